#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
kill -9 "$1"
