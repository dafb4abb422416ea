#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# supervise.sh PIPE: the demo's supervisor. Starts the service again whenever it dies, and knows no
# more about it than its exit status.
trap 'kill -9 $service; exit' TERM
while :; do
  sh svc.sh <>"$1" &
  service=$!
  { wait $service; } 2>/dev/null # no "Killed" of the shell's own
  echo "supervisor: the database died, status $?; starting it again" >&2
done
