#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The demo's culprit: ends "its own" worker by a pid that it noted long ago. Meanwhile the pid
# belongs to somebody else.
kill -9 "$1"
