#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Commands that end what they have started, and limits and faults that end it: all of it under one
# `killsnoop -- COMMAND`, which says who did it.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Story;
use Test::More;

my $dir = temp_dir();

# Each part has a folder; whoever takes part in it writes its pid to the file `pids` there, or to one
# that begins with that. All parts run at once.
my $script = <<'END';
export victim='echo $$ >> pids; exec sleep 100'
await() { until [ -s "$1" ]; do sleep .01; done; }
part() { mkdir "$1/$2" && cd "$1/$2" && eval "$3"; } 2>/dev/null

deadline='timeout 2 sh -c "$victim"'
deadline_int='timeout -s INT 2 sh -c "$victim"'
deadline_killed='timeout -k .3 2 sh -c "trap : TERM; echo \$PPID \$\$ > pids; while :; do sleep .05; done"'
pipe='sh -c "echo \$\$ > pids; exec yes" | head -n 1'
job='bash -mc "$(declare -f await); sh -c \"\$victim\" & await pids; echo \$\$ >> pids; kill %1; wait"'
group='setsid bash -c "$(declare -f await); sh -c \"\$victim\" & await pids; trap \"\" TERM; echo \$\$ >> pids; kill 0; wait"'
xargs='echo $BASHPID > pids; printf "1\n2\n" | setsid xargs -P2 -I{} sh -c "echo \$PPID \$\$ >> pids{}; exec sleep 100" & xargs=$!
await pids1; await pids2; kill -TERM -$xargs; wait'
file_size='ulimit -f 1; sh -c "echo \$\$ > pids; exec head -c 100000 /dev/zero > file"'
abort='perl -MPOSIX -e "open F, q(>pids); print F \$\$; close F; abort"'
alarm='perl -e "open F, q(>pids); print F \$\$; close F; alarm 1; sleep 100"'
watchdog='perl -e "if (!(\$p = fork)) { sleep 100; exit } open F, q(>pids); print F qq(\$p \$\$); close F; \$SIG{ALRM} = sub { kill KILL => \$p }; alarm 1; wait; wait"'

strict='/usr/bin/python3 -c "if True:
  import ctypes, os; open(\"pids\", \"w\").write(str(os.getpid())); ctypes.CDLL(None).prctl(22, 1); os.getppid()"'
filter='/usr/bin/python3 -c "if True:
  import ctypes, os, struct; open(\"pids\", \"w\").write(str(os.getpid())); libc = ctypes.CDLL(None)
  code = ctypes.create_string_buffer(struct.pack(\"HBBI\", 6, 0, 0, 0x80000000), 8)
  libc.prctl(38, 1, 0, 0, 0); libc.prctl(22, 2, struct.pack(\"HxxxxxxQ\", 1, ctypes.addressof(code)), 0, 0)"'
segfault='/usr/bin/python3 -c "if True:
  import ctypes, os; open(\"pids\", \"w\").write(str(os.getpid())); ctypes.string_at(0)"'
subprocess='/usr/bin/python3 -c "if True:
  import os, subprocess; open(\"pids1\", \"w\").write(str(os.getpid()))
  subprocess.run([\"sh\", \"-c\", os.environ[\"victim\"]], timeout=2)"'
pool='/usr/bin/python3 -c "if True:
  import multiprocessing, os, time; open(\"pids\", \"w\").write(str(os.getpid()) + \" \")
  def work(n): open(\"pids%d\" % n, \"w\").write(str(os.getpid()) + \" \"); time.sleep(100)
  with multiprocessing.Pool(2) as pool:
    pool.map_async(work, [1, 2], 1)
    while not all(os.path.exists(\"pids%d\" % n) and os.path.getsize(\"pids%d\" % n) for n in (1, 2)): time.sleep(.01)"'
exec_file='node -e "fs.writeFileSync(\"pids1\", \"\" + process.pid);
  child_process.execFile(\"sh\", [\"-c\", process.env.victim], {timeout: 2000, killSignal: \"SIGUSR2\"}, () => {})"'

names='deadline deadline_int deadline_killed pipe job group xargs file_size abort alarm watchdog strict filter segfault subprocess pool exec_file'
for name in $names; do part "$1" $name "${!name}" >/dev/null 2>&1 & done
wait
for name in $names; do echo $name $(cat "$1/$name"/pids*); done
END

sub by_timeout ($signal) {
  return sub ($pid) { return ($pid => {status => $signal, how => 'killed', signal => $signal, passed => [$signal, 'SIGALRM']}) };
}

my %stories = (
  deadline => by_timeout('SIGTERM'),
  deadline_int => by_timeout('SIGINT'),
  deadline_killed => sub ($timeout, $pid) {
    return ($pid => {status => 'SIGKILL', how => 'killed', passed => [qw(SIGKILL SIGALRM)], from => [$timeout, undef], before => [$timeout, 'SIGTERM']});
  },
  pipe => sub ($pid) { return ($pid => {status => 'SIGPIPE', origin => 'pipe', from => [], words => qr/without a reader;/}) },
  job => sub ($pid, $bash) { return ($pid => {status => 'SIGTERM', how => 'killed', from => [$bash]}) },
  group => sub ($pid, $sh) { return ($pid => {status => 'SIGTERM', how => 'killed', from => [$sh]}) },
  xargs => sub ($by, $xargs, $pid1, $, $pid2) {
    return map { ($_ => {status => 'SIGTERM', how => 'killed', from => [$by]}) } $xargs, $pid1, $pid2;
  },
  file_size => sub ($pid) { return ($pid => {status => 'SIGXFSZ', how => 'limit', origin => 'file_size', words => qr/its limit of file size/}) },
  abort => sub ($pid) { return ($pid => {status => 'SIGABRT', how => 'killed', from => [$pid], words => qr/, which it sent itself/}) },
  alarm => sub ($pid) { return ($pid => {status => 'SIGALRM', origin => 'itimer', from => []}) },
  # In strict mode, the kernel ends it without a signal.
  strict => sub ($pid) { return ($pid => {status => 'SIGKILL', how => undef, from => [], words => qr/; no signal was seen that did it$/}) },
  filter => sub ($pid) { return ($pid => {status => 'SIGSYS', origin => 'seccomp', from => [], words => qr/a system call that seccomp forbids/}) },
  segfault => sub ($pid) { return ($pid => {status => 'SIGSEGV', how => 'fault', origin => 'fault', from => [], words => qr/a fault \(SEGV_MAPERR\)$/}) },
  subprocess => sub ($pid, $python) { return ($pid => {status => 'SIGKILL', how => 'killed', from => [$python]}) },
  pool => sub ($python, @pids) { return map { ($_ => {status => 'SIGTERM', how => 'killed', from => [$python]}) } @pids },
  exec_file => sub ($pid, $node) { return ($pid => {status => 'SIGUSR2', how => 'killed', from => [$node]}) },
  watchdog => sub ($pid, $parent) {
    return ($pid => {status => 'SIGKILL', how => 'killed', from => [$parent, undef], passed => [qw(SIGKILL SIGALRM)]});
  },
);

my %needs = (node => ['exec_file'], '/usr/bin/python3' => [qw(strict filter segfault subprocess pool)]);
for my $program (grep { !program($_) } sort keys %needs) {
  SKIP: { skip "$program is not here: @{$needs{$program}}", 1 }
  delete @stories{@{$needs{$program}}};
}
run_command('commands', ['bash', '-c', $script, 'bash', "$dir"], %stories);
done_testing;
