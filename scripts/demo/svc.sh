#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The demo's service: a database that says its pid, waits for requests and harms nobody.
echo $$
while read -r request; do
  echo "answer to $request"
done
