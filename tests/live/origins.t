#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Each way in which the kernel itself sends a signal: what the end of its target is put down to.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Story;
use POSIX qw(SIGINT SIGKILL SIGTERM);
use Test::More;

my ($stacks) = grep { $_->{name} eq 'stacks' } @{decode((run_tool(['doctor', '--json']))[1])->{abilities}};
my $can_stack = $stacks->{available};
my $is_x86 = (POSIX::uname())[4] eq 'x86_64';

# Of want: from, the pids of the path: none, if that is not said. Where the kernel has no stacks, likely is what is said
# instead, and there is no origin to be sure of.
sub expect ($s, %want) {
  my $likely = delete $want{likely};
  $want{from} = $s->{by} ? [$s->{by}] : [] if !exists $want{from} && !exists $want{by};
  return %want if $can_stack || !$likely;
  delete @want{qw(origin how from by)};
  return (%want, words => $likely);
}

# Helpers that print the pid of their victim, and strike at a line.
sub at_line ($name, $command, %want) {
  my $is_sent = delete $want{is_sent};
  return {
    name => $name,
    start => sub {
      my $s = {process => KS::Process->start($command)};
      first_line($s);
      $s->{by} = $s->{process}->pid if $is_sent;
      return $s->{pid} ? $s : 'this kernel has no such thing';
    },
    strike => sub ($s) { $s->{process}->write("go\n") },
    want => sub ($s) { return expect($s, %want) },
  };
}

sub provoked ($how, %want) { return at_line($how, [helper('provoke'), $how], %want) }
sub sent ($how, %want) { return at_line("@$how", [helper('kernel_sends'), @$how], is_sent => 1, %want) }

# Helpers that strike a process.
sub struck ($how, @more) {
  my %want = splice @more, @more % 2;
  return {
    name => $how,
    start => sub { my $process = actor(); return {process => $process, pid => $process->id} },
    strike => sub ($s) {
      my $sender = kernel_sends($how, $s->{pid}, @more);
      $s->{by} = $sender->pid;
      $sender->wait;
    },
    want => sub ($s) { return expect($s, %want) },
  };
}

# ---- by the process itself ----

sub fault ($how, $signal, $codes) {
  return provoked($how, status => $signal, how => 'fault', origin => 'fault', words => qr/ was killed by $signal, a fault$codes$/);
}

my @own = (
  fault('segv', 'SIGSEGV', qr/ \(SEGV_MAPERR\)/),
  fault('bus', 'SIGBUS', qr/ \(BUS_ADRERR\)/),
  fault('fpe', 'SIGFPE', qr/ \(FPE_INTDIV\)/),
  fault('ill', 'SIGILL', qr/ \(ILL_ILLOP[NC]\)/),
  fault('trap', 'SIGTRAP', qr/ \((?:TRAP_BRKPT|SI_KERNEL)\)/),
  (map { provoked($_->[0], status => $_->[1], origin => 'itimer', words => qr/, its timer \(setitimer\); /) }
    ['real', 'SIGALRM'], ['virtual', 'SIGVTALRM'], ['prof', 'SIGPROF']),
  provoked('timer', status => 'SIGUSR1', origin => 'posix_timer', words => qr/, its timer \(timer_create\); /),
  provoked('cpu_soft', status => 'SIGXCPU', how => 'limit', origin => 'cpu_limit', words => qr/, its limit of CPU time \(RLIMIT_CPU\), 1 s; /),
  provoked('cpu_hard', status => 'SIGKILL', how => 'limit', origin => 'cpu_limit', words => qr/, its limit of CPU time \(RLIMIT_CPU\), 1 s; /, likely => qr/its limit of CPU time/),
  provoked('file_size', status => 'SIGXFSZ', how => 'limit', origin => 'file_size', words => qr/, its limit of file size \(RLIMIT_FSIZE\), 1 bytes; /),
  # Before v5.16, it ends without a signal.
  provoked('filter_kill', status => 'SIGSYS', origin => 'seccomp', words => qr/, a system call that seccomp forbids; /,
    likely => qr/(?:, a system call that seccomp forbids; |; no signal was seen that did it$)/),
  provoked('filter_trap', status => 'SIGSYS', origin => 'seccomp', words => qr/, a system call that seccomp forbids; /),
  provoked('pipe', status => 'SIGPIPE', origin => 'pipe', words => qr/, a write to a pipe or socket without a reader; /),
  provoked('bpf', status => 'SIGUSR1', origin => 'bpf', words => qr/, a BPF program \(bpf_send_signal\); /, likely => qr/, no kill call; /),
);

# ---- by others ----

my @others = (
  provoked('mqueue', status => 'SIGUSR1', origin => 'mqueue', by => 'provoke', words => qr/, sent by provoke\[\d+\] .*: a message in a queue \(mq_notify\)$/),
  struck('sigio', SIGKILL, status => 'SIGKILL', origin => 'io', words => qr/: a write to a socket that it watches \(F_SETSIG\)$/, likely => qr/; probably asynchronous I.O /),
  struck('exitkill', status => 'SIGKILL', origin => 'ptrace', words => qr/: its tracer ended \(PTRACE_O_EXITKILL\)$/),
  sent(['parent_death', SIGTERM], status => 'SIGTERM', origin => 'parent_death', words => qr/: its parent ended \(PR_SET_PDEATHSIG\)$/),
  sent(['tiocsig', SIGINT], status => 'SIGINT', origin => 'tty', words => qr/: ioctl\(TIOCSIG\) on its terminal \(pts\d+\)$/),
  sent(['type', 3], status => 'SIGINT', origin => 'tty', from => [], words => qr/, \^C on its terminal \(pts\d+\)/),
  sent(['type', 28], status => 'SIGQUIT', origin => 'tty', from => [], words => qr/, \^\\ on its terminal \(pts\d+\)/),
  sent(['hangup'], status => 'SIGHUP', origin => 'hangup', words => qr/: its terminal was hung up/, likely => qr/; probably by hanging up its terminal/),
  sent(['autokill'], status => 'SIGKILL', origin => 'autokill', words => qr/: the last pidfd of it was closed \(CLONE_PIDFD_AUTOKILL\)$/),
  at_line('reboot', [helper('kernel_sends'), 'reboot'], status => 'SIGKILL', origin => 'reboot', by => 'kernel_sends',
    words => qr/, sent by kernel_sends\[\d+\] .*: reboot\(2\) in its pid namespace$/, likely => qr/; probably by reboot\(2\) in its pid namespace$/),
);
# Before v5.17, it sends none.
push @others, struck('ptrace_kill', status => 'SIGKILL', origin => 'ptrace', words => qr/: its tracer, by ptrace$/) if $can_stack;

# Its first process is killed, and another ends with it.
push @others, {
  name => 'a pid namespace',
  start => sub {
    my $s = {process => KS::Process->start(['unshare', '-pf', 'sh', '-c', 'sleep 100 & echo; wait'])};
    $s->{process}->line;
    $s->{init} = child_of($s->{process}->pid);
    $s->{pid} = child_of($s->{init}, qr/sleep/);
    return $s;
  },
  strike => sub ($s) { $s->{by} = outsider('KILL', $s->{init}) },
  want => sub ($s) {
    return expect($s, status => 'SIGKILL', origin => 'pidns_exit', from => [$s->{init}, $s->{by}], words => qr/: the first process of its pid namespace ended; /);
  },
};

# It is stopped, and its parent ends, which alone was in its session and not in its group.
push @others, {
  %{at_line('orphaned group', [$^X, '-e', 'my $pid = fork; if (!$pid) { sleep 1 while 1 } setpgrp $pid, $pid; $| = 1; print "$pid\n"; <STDIN>'],
    is_sent => 1, status => 'SIGHUP', origin => 'orphaned_pgrp', words => qr/: its stopped process group was orphaned$/,
    likely => qr/; probably by its end: a terminal was hung up, or a stopped process group is orphaned/)},
  strike => sub ($s) {
    outsider('STOP', $s->{pid});
    until_true('stopped', sub { in_state($s->{pid}, 'T') });
    $s->{process}->write("go\n");
  },
};

# ---- cgroups ----

my @cgroups;

END {
  my $status = $?;
  for my $path (@cgroups) {
    until_true("$path is gone", sub { rmdir $path });
  }
  $? = $status;
}

sub can_write ($path, $text) { return eval { write_file($path, $text); 1 } }

# Processes in a cgroup of version 2 of their own, with these settings.
sub in_cgroup ($name, $n, $settings, $strike, %want) {
  my %settings = %$settings;
  return {
    name => $name,
    start => sub {
      my $root = cgroup_mount('v2') or return 'no cgroup v2 is mounted';
      can_write("$root/cgroup.subtree_control", '+memory') if %settings;
      my $path = "$root/ks-origins-$$-" . $name =~ s/\W/-/gr;
      mkdir $path or die "$path: $!";
      push @cgroups, $path;
      return 'no cgroup.kill here' if !%settings && !-e "$path/cgroup.kill";
      -e "$path/$_" && can_write("$path/$_", $settings{$_}) or return "no $_ here" for sort keys %settings;
      my $code = '<STDIN>; exit if !shift; my @all; 1 while push @all, "x" x 100_000';
      my @processes = map { KS::Process->start([$^X, '-e', $code, $_ == 1 ? 1 : 0]) } 1 .. $n;
      move_to($path, $_->pid) for @processes;
      return {path => $path, processes => \@processes, pids => [map { $_->pid } @processes]};
    },
    strike => $strike,
    want => sub ($s) { return map { ($_ => {expect($s, %want)}) } @{$s->{pids}} },
  };
}

my %small = ('memory.max' => 24 << 20, 'memory.swap.max' => 0);
my $grow = sub ($s) { $s->{processes}[0]->write("go\n") };
my $oom = qr/probably out of memory/;

my @in_cgroups = (
  in_cgroup('cgroup.kill', 2, {}, sub ($s) { $s->{by} = $$; write_file("$s->{path}/cgroup.kill", 1) },
    status => 'SIGKILL', origin => 'cgroup.kill', words => qr/: a write to cgroup\.kill$/),
  in_cgroup('memory.max', 1, \%small, $grow, status => 'SIGKILL', how => 'limit', origin => 'oom', words => qr/, out of memory in a cgroup that has a limit/, likely => $oom),
  in_cgroup('memory.oom.group', 2, {%small, 'memory.oom.group' => 1}, $grow,
    status => 'SIGKILL', how => 'limit', origin => 'oom', words => qr/, out of memory in (?:its cgroup \(memory\.oom\.group\)|a cgroup that has a limit)/, likely => $oom),
);

# ---- on machines that are thrown away ----

# It is the one that the kernel kills if there is no memory.
sub hog ($name, $more, $strike, %want) {
  my $code = 'open my $file, ">", "/proc/self/oom_score_adj" or die; print $file 1000; close $file; my @all;'
    . ' $| = 1; print "$$\n"; <STDIN>; 1 while shift && push @all, "x" x 1_000_000; sleep 1 while 1';
  return {%{at_line($name, [$^X, '-e', $code =~ s/shift/$more/r], status => 'SIGKILL', how => 'limit', origin => 'oom', %want)},
    $strike ? (strike => $strike) : ()};
}

my @in_guests = (
  hog('no memory', 1, undef, words => qr/, out of memory[;,]/, likely => $oom),
  hog('sysrq f', 0, sub ($s) { write_file('/proc/sysrq-trigger', 'f') }, words => qr/, out of memory, said sysrq/, likely => $oom),
);
push @in_guests, provoked('poison', status => 'SIGBUS', how => 'fault', origin => 'memory_failure', words => qr/, a fault \(BUS_MCEERR_A[RO]\)/)
  if slurp('/proc/meminfo') =~ /^HardwareCorrupted/m;

run_stories('origins', @own, @others, @in_cgroups, $ENV{KS_GUEST} ? @in_guests : ());

# ---- what stops, and does not end ----

# ^Z, which a group that is orphaned would ignore.
sub test_stop () {
  my $parent = KS::Process->start([$^X, '-e', 'exec @ARGV', helper('kernel_sends'), 'type', 26]);
  my $pid = $parent->line;
  my $tracer = trace('-s', 'TSTP', '-p', $pid);
  $parent->write("go\n");
  $tracer->line;
  outsider('KILL', $pid);
  my ($event) = signals(finish_ok($tracer, '^Z'));
  is $event->{origin}, 'tty', '^Z: by the terminal';
  is $event->{sender}, undef, '^Z: by nobody';
  $parent->wait;
  return;
}

test_stop();
done_testing;
