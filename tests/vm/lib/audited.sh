# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Labels in killsnoop's audit format beside those in the kernel's own records. For guests whose kernel
# was started with audit=1 log_buf_len=4M: without an audit daemon, the kernel prints its records.

# To send signal 0 is enough for a record, and leaves the targets alive.
audited_begin() {
  echo 0 >/proc/sys/kernel/printk_ratelimit
  auditctl -D >/dev/null && auditctl -b 8192 >/dev/null &&
    auditctl -a always,exit -F arch=b64 -S kill >/dev/null || return
  killsnoop doctor --json >"$OUT/doctor.json"
  mkfifo /tmp/ready
  killsnoop --audit-format -s 0 -w "$OUT/killsnoop.log" --ready-fd 3 3>/tmp/ready 2>"$OUT/killsnoop.err" &
  audited_tracer=$!
  read -r _ </tmp/ready || true
}

audited_end() {
  kill -INT "$audited_tracer"
  wait "$audited_tracer"
  echo $? >"$OUT/killsnoop.status"
  dmesg >"$OUT/dmesg"
}

# in_label CHANGE COMMAND...: runs it by a label that is written to attr/current first.
in_label() {
  # shellcheck disable=SC2016 # that shell's own arguments
  sh -c 'printf %s "$0" >/proc/self/attr/current || exit; exec "$@"' "$@"
}

# target CHANGE: a process with that label, which waits; it is $target then.
target() {
  # shellcheck disable=SC2016
  (exec sh -c 'printf %s "$0" >/proc/self/attr/current || exit; exec sleep 1000' "$1") &
  await_target $!
}

# Until it executes, it is a shell, or has not the label that executing gives it. If it has ended, it
# never will: then the results tell.
await_target() {
  target=$1
  while [ -e "/proc/$target" ] && [ "$(tr '\0' ' ' <"/proc/$target/cmdline")" != "sleep 1000 " ]; do
    :
  done
  targets="${targets-} $target"
}

# send_all: signal 0 to each target. To be run by in_label, too.
# shellcheck disable=SC2034 # guests use it
send_all="for target in \$0; do kill -0 \$target; done"

# ---- refused signals ----

# trace_refused: what is sent with the signals below goes to a file.
trace_refused() {
  killsnoop --json --each -s HUP,USR1,USR2,WINCH -w "$OUT/refused.json" --ready-fd 3 3>/tmp/ready 2>"$OUT/refused.err" &
  refused_tracer=$!
  read -r _ </tmp/ready || true
}

# To be run by whom the module does not let signal: SIGUSR1 to a process, SIGHUP to a group.
# shellcheck disable=SC2034 # guests use it
send_refused='kill -USR1 "$0"; kill -HUP "-$0"; :'

# refuse_user COMMAND...: another user than that of the target sends SIGUSR2, behind that command.
refuse_user() {
  # shellcheck disable=SC2016
  "$@" /usr/bin/setpriv --reuid 1 --clear-groups sh -c 'kill -USR2 "$0"' "$refused_target"
}

# A process in a group of its own; it is $refused_target then.
target_of_refused() {
  (exec setsid sleep 1000) &
  await_target $!
  refused_target=$target
}

# What is not refused is seen, too.
end_refused() {
  kill -WINCH "$refused_target"
  kill -INT "$refused_tracer"
  wait "$refused_tracer"
  echo $? >"$OUT/refused.status"
}
