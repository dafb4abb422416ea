#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What suites check of the files that a guest with audited.sh hands over. Sourced by them.

# shellcheck source=tests/vm/lib/doctor.sh disable=SC2154 # vm-test has it
. "$vm/lib/doctor.sh"

# Both as "SYSCALL arch=..." without what no two of them can have in common: time and serial.
audited_ours() {
  sed -nE 's/^type=(SYSCALL|OBJ_PID) msg=[^ ]* (.*)/\1 \2/p' killsnoop.log
}

# Of the kernel's, those of kill and signal 0, x86-64's and arm64's: the guest's own business is done by others, and audit also
# records what BPF programs are loaded.
audited_kernels() {
  sed -nE 's/.*audit: type=1300 audit\([^)]*\): (.*)/SYSCALL \1/p; s/.*audit: type=1318 audit\([^)]*\): (.*)/OBJ_PID \1/p' dmesg |
    awk '/^SYSCALL/ { keep = / syscall=(62|129) / && / a1=0 / } keep' |
    if [ -e modes ]; then sed -E 's/ (subj|obj)=(.*) \([a-z]+\) (key|ocomm)=/ \1=\2 \3=/'; else cat; fi
}

# Labels are left out of both where this kernel does not tell where they are.
audited_compare() {
  local change=
  if ! abilities_have labels doctor.json; then
    echo "ok - killsnoop's labels # SKIP this kernel does not tell where they are"
    change='s/ (subj|obj)=.* (key|ocomm)=/ \2=/'
  fi
  [ -s kernel.records ] && diff <(sed -E "$change" kernel.records) our.records >differences
}

# audited_check LABELS...: the records are the same, and these are what they should have told of.
audited_check() {
  local label n
  [ "$(cat killsnoop.status)" = 0 ]
  check "killsnoop ends with status 0"
  audited_kernels >kernel.records
  audited_ours >our.records
  n=$(wc -l <kernel.records)
  audited_compare
  check "killsnoop's records are the kernel's, all $n"
  [ ! -s differences ] || head -n 10 differences | sed 's/^/# /'
  for label in "$@"; do
    grep -qF " subj=$label key=" kernel.records
    check "the kernel told of a sender '$label'"
    grep -qF " obj=$label ocomm=" kernel.records
    check "the kernel told of a target '$label'"
  done
}

# refused_results, of the signal $name: a line for each: result, reason, errno.
refused_results() {
  # shellcheck disable=SC2016 # perl's variables
  perl -MJSON::PP -nE 'my $e = decode_json($_); next if ($e->{signal}{name} // "") ne $ENV{name};
    say join " ", map { $_ // "null" } @$e{qw(result reason error)}' refused.json
}

# refused_is SIGNAL COUNT RESULT REASON ERRNO NAME: each of these signals.
refused_is() {
  local seen
  seen=$(name=$1 refused_results | sort | uniq -c | tr -s ' ')
  [ "$seen" = " $2 $3 $4 $5" ]
  check "$6"
  comment <<<"$1:$seen"
}

# refused_check MODULE COUNT: so many were refused to other users.
refused_check() {
  [ "$(cat refused.status)" = 0 ]
  check "killsnoop ends with status 0, after refused signals"
  refused_is SIGUSR1 1 denied security_module EACCES "$1 refuses a signal to a process: that is the reason"
  refused_is SIGHUP 1 denied security_module EACCES "$1 refuses a signal to a group: that is the reason"
  refused_is SIGUSR2 "$2" denied other_user EPERM "another user is refused: that is the reason"
  refused_is SIGWINCH 1 ignored default null "what is not refused has another result"
}
