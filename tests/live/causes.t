#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What a trace says of why a process ended: who brought it about, although the process sent itself
# the signal, handled it, or the kernel sent it without a call.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGABRT SIGHUP SIGINT SIGKILL SIGSEGV SIGTERM SIGUSR1 SIGUSR2);
use Test::More;

# A process that says when it is ready.
sub ready_process (@command) {
  my $process = KS::Process->start([@command]);
  is $process->line, 'ready', "ready: $command[0]";
  return $process;
}

sub has_tool ($name) { return grep { -x "$_/$name" } split /:/, $ENV{PATH} }

sub perl_that ($code) {
  return ready_process($^X, '-e', "\$| = 1; $code; print qq(ready\\n); select undef, undef, undef, .05 while 1");
}

# Watches $target while $do runs; returns the events, the last of which is its end.
sub watched ($pid, $do, $name) {
  my $tracer = trace('-p', $pid);
  $do->();
  my @events = parse_events($tracer->complete, $name);
  is $tracer->wait, 0, "$name: status 0" or diag $tracer->stderr;
  is $events[-1]{event}, 'exit', "$name: the end is shown";
  return @events;
}

# The last line for people.
sub verdict ($pid, $do) {
  my $tracer = KS::Tracer->start(['-p', $pid]);
  $do->();
  return (split /\n/, $tracer->complete)[-1];
}

# ---- the process sends itself what it was sent ----

my %again = (
  'perl' => sub { perl_that('$SIG{TERM} = sub { $SIG{TERM} = "DEFAULT"; kill TERM => $$ }') },
  'perl, by tgkill' => sub {
    perl_that('$SIG{TERM} = sub { $SIG{TERM} = "DEFAULT"; syscall ' . tgkill_number() . ', $$ + 0, $$ + 0, 15 }');
  },
  'bash' => sub {
    ready_process('bash', '-c', 'trap "trap - TERM; kill -TERM \$\$" TERM; echo ready; while :; do sleep .05; done');
  },
  'a child of it' => sub {
    perl_that('$SIG{TERM} = sub { $SIG{TERM} = "DEFAULT"; system $^X, "-e", "kill TERM => getppid" }');
  },
  'its group' => sub {
    perl_that('setpgrp; $SIG{TERM} = sub { $SIG{TERM} = "DEFAULT"; kill TERM => 0 }');
  },
);

sub tgkill_number () { return (POSIX::uname())[4] eq 'x86_64' ? 234 : 131 }

sub is_reraised ($end, $first, $sender, $name) {
  my $cause = $end->{cause};
  is $cause->{how}, 'reraised', "$name: raised again";
  is $cause->{seq}, $first->{seq}, "$name: the cause is the signal from outside";
  is $cause->{sender}{pid}, $sender->{pid}, "$name: and its sender";
  is_deeply $cause->{sender}{cmdline}, $sender->{cmdline}, "$name: with its command line";
  cmp_ok $end->{blow_seq}, '>', $cause->{seq}, "$name: another signal struck";
  return;
}

sub test_again () {
  for my $name (sort keys %again) {
    SKIP: {
      skip 'bash is not here', 1 if $name eq 'bash' && !has_tool('bash');
      my ($sender, $target) = (actor('the', 'culprit'), $again{$name}->());
      my @events = watched($target->pid, sub { $sender->do(kill => $target->pid, SIGTERM) }, $name);
      is_reraised($events[-1], $events[0], $sender->facts, $name);
    }
  }
  return;
}

# It does not matter by which call.
sub test_again_after_any_call () {
  my $sender = actor('the', 'culprit');
  my %calls = (
    tkill => sub ($pid) { (tkill => $pid, SIGTERM) },
    tgkill => sub ($pid) { (tgkill => $pid, $pid, SIGTERM) },
    rt_sigqueueinfo => sub ($pid) { (rt_sigqueueinfo => $pid, SIGTERM, -1, 1, 0) },
    group => sub ($pid) { (kill => -$pid, SIGTERM) },
  );
  for my $name (sort keys %calls) {
    my $target = perl_that('setpgrp; $SIG{TERM} = sub { $SIG{TERM} = "DEFAULT"; kill TERM => $$ }');
    my @events = watched($target->pid, sub { $sender->do($calls{$name}->($target->pid)) }, $name);
    is_reraised($events[-1], $events[0], $sender->facts, $name);
  }
  return;
}

sub test_again_in_words () {
  my ($sender, $target) = (actor('the', 'culprit'), $again{perl}->());
  my ($pid, $by) = ($target->pid, $sender->id);
  like verdict($pid, sub { $sender->do(kill => $pid, SIGTERM) }),
    qr/perl\[$pid\] was killed by SIGTERM, sent by \S+\[$by\] \(.*the culprit\) [\d.]+ ms before, which perl\[$pid\] raised again [\d.]+ s later$/,
    'raised again: in words';
  return;
}

sub test_own () {
  my $target = perl_that('$SIG{USR1} = sub { kill ABRT => $$ }');
  my $abort = sub { kill USR1 => $target->pid };
  my $line = verdict($target->pid, $abort);
  like $line, qr/was killed by SIGABRT.*, which it sent itself [\d.]+ s after SIGUSR1 from /,
    'another signal of its own: what it handled before is named';
  $target = ready_process($^X, '-e', '$| = 1; $SIG{ALRM} = sub { kill ABRT => $$ }; print "ready\n"; <STDIN>; alarm 1; sleep 1 while 1');
  my @events = watched($target->pid, sub { $target->write("go\n") }, 'its own');
  is $events[-1]{cause}{how}, 'killed', 'its own: killed';
  is $events[-1]{cause}{sender}{pid}, $target->pid, 'its own: by itself';
  is $events[-1]{blow_seq}, $events[-1]{cause}{seq}, 'its own: at once';
  return;
}

# A child that ends it by another signal is named itself.
sub test_child_of_it () {
  my ($sender, $target) = (actor('the', 'culprit'),
    perl_that('$SIG{HUP} = sub { system $^X, "-e", "kill KILL => getppid" }'));
  my @events = watched($target->pid, sub { $sender->do(kill => $target->pid, SIGHUP) }, 'by a child of it');
  is $events[-1]{cause}{how}, 'killed', 'by a child of it: killed';
  is $events[-1]{cause}{seq}, $events[1]{seq}, 'by a child of it: by that signal';
  is $events[-1]{cause}{sender}{pid}, $events[1]{sender}{pid}, 'by a child of it: its sender';
  return;
}

sub test_fault_again () {
  SKIP: {
    skip 'python3 is not here', 1 if !has_tool('python3');
    fault_again();
  }
  return;
}

sub fault_again () {
  my $target = ready_process('python3', '-X', 'faulthandler', '-c',
    'import ctypes, sys; print("ready", flush=True); sys.stdin.readline(); ctypes.string_at(0)');
  my @events = watched($target->pid, sub { $target->write("go\n") }, 'a fault, raised again');
  my $end = $events[-1];
  is $end->{cause}{how}, 'fault', 'a fault, raised again: is a fault';
  is $end->{cause}{sender}, undef, 'a fault, raised again: without a sender';
  is $end->{cause}{seq}, $events[0]{seq}, 'a fault, raised again: the first is the cause';
  cmp_ok $end->{blow_seq}, '>', $end->{cause}{seq}, 'a fault, raised again: the second struck';
  return;
}

# ---- it handles the signal and ends by itself ----

sub test_handled () {
  for my $status (0, 3, 128 + SIGTERM) {
    my ($sender, $target) = (actor('the', 'culprit'), perl_that("\$SIG{TERM} = sub { exit $status }"));
    my $name = "SIGTERM is handled, status $status";
    my @events = watched($target->pid, sub { $sender->do(kill => $target->pid, SIGTERM) }, $name);
    my $cause = $events[-1]{cause};
    is $events[-1]{status}{code}, $status, "$name: the status";
    is $cause->{how}, 'handled', "$name: handled";
    is $cause->{seq}, $events[0]{seq}, "$name: the signal is the cause";
    is $cause->{sender}{pid}, $sender->id, "$name: its sender";
  }
  my ($sender, $target) = (actor('the', 'culprit'), perl_that('$SIG{TERM} = sub { exit 0 }'));
  like verdict($target->pid, sub { $sender->do(kill => $target->pid, SIGTERM) }),
    qr/ exited with status 0, [\d.]+ s after SIGTERM from \S+ \(.*the culprit\), which it handled$/,
    'SIGTERM is handled: in words';
  return;
}

# ---- the kernel sends it, without a call ----

my ($stacks) = grep { $_->{name} eq 'stacks' } @{decode((run_tool(['doctor', '--json']))[1])->{abilities}};
my $can_stack = $stacks->{available};

# Who did it by another system call is the sender, with all there is to say.
sub is_sender ($event, $pid, $origin, $name) {
  my $sender = $event->{sender};
  is $event->{$_->[0]}, $_->[1], "$name: $_->[0]" for ['origin', $origin], ['context', undef], ['via', undef], ['call', undef];
  is $sender->{pid}, $pid, "$name: who did it";
  is $sender->{ancestors}[0]{pid}, $$, "$name: started by whom";
  return;
}

# Who only ran is shown likewise, and is not the sender.
sub is_context ($event, $pid, $syscall, $origin, $name) {
  my $context = $event->{context};
  is $event->{$_->[0]}, $_->[1], "$name: $_->[0]" for ['origin', $origin], ['sender', undef], ['via', undef], ['call', undef];
  is $context->{pid}, $pid, "$name: who ran";
  is $context->{syscall}, $syscall, "$name: in which system call";
  is $context->{ancestors}[0]{pid}, $$, "$name: started by whom";
  return;
}

sub is_kernel_cause ($end, $event, $name) {
  my $cause = $end->{cause};
  my $who = $event->{sender} ? 'sender' : 'context';
  is $cause->{seq}, $event->{seq}, "$name: that is the cause";
  is $cause->{origin}, $event->{origin}, "$name: of the same origin";
  is_deeply $cause->{$who}{$_}, $event->{$who}{$_}, "$name: the cause has its $_"
    for qw(pid comm exe cmdline), $event->{sender} ? () : "ancestors";
  return;
}

# Rows: name, what the process does, origin, words. Without a stack, nothing shows who does asynchronous I/O.
sub test_by_others () {
  my @rows = (
    ['asynchronous I/O', sub ($pid) { ('sigio', $pid, SIGKILL) }, 'io', 'a write to a \w+ that it watches \(F_SETSIG\)'],
    ['asynchronous I/O like a fault', sub ($pid) { ('sigio', $pid, SIGSEGV) }, 'io', 'a write to a \w+ that it watches \(F_SETSIG\)'],
    ['PTRACE_KILL', sub ($pid) { ('ptrace_kill', $pid) }, 'ptrace', 'its tracer, by ptrace'],
  );
  for my $row (@rows) {
    my ($name, $args, $origin, $words) = @$row;
    my ($target, $sender) = (actor(), undef);
    my @events = watched($target->pid, sub { $sender = kernel_sends($args->($target->pid)) }, $name);
    next if $name eq 'PTRACE_KILL' && !is_sent(\@events, $name);
    my $is_seen = $origin eq 'ptrace' || $can_stack;
    $is_seen ? is_sender($events[0], $sender->pid, $origin, $name) : is_context($events[0], $sender->pid, 'write', $origin, $name);
    is_kernel_cause($events[-1], $events[0], $name);
    $target = actor();
    my $line = verdict($target->pid, sub { $sender = kernel_sends($args->($target->pid)) });
    my $pid = $sender->pid;
    like $line, $is_seen ? qr/, sent by kernel_sends\[$pid\] \(.*kernel_sends .*\) [\d.]+ ms before: $words$/
      : qr/, no kill call; while kernel_sends\[$pid\] \(.*kernel_sends .*\) ran in write, .*; probably asynchronous I/, "$name: in words";
    $sender->wait;
  }
  return;
}

# Before v5.17, PTRACE_KILL sends none.
sub is_sent ($events, $name) {
  return 1 if @$events > 1;
  is $events->[0]{cause}, undef, "$name: without a signal, there is no cause";
  return 0;
}

sub test_cgroup_kill () {
  my $root = cgroup_mount('v2');
  my $cgroup = $root && "$root/killsnoop-test-$$";
  SKIP: {
    skip 'no cgroup2 with cgroup.kill', 1 if !$cgroup || !mkdir($cgroup) || !-e "$cgroup/cgroup.kill";
    for my $name ('cgroup.kill', 'cgroup.kill by a script') {
      my $target = actor();
      move_to($cgroup, $target->pid);
      my @command = $name =~ /script/ ? ('sh', '-c', "echo 1 > $cgroup/cgroup.kill")
        : ($^X, '-e', 'open my $f, ">", $ARGV[0]; print $f 1', "$cgroup/cgroup.kill");
      my $writer;
      my $line = verdict($target->pid, sub { $writer = KS::Process->start([@command]); $writer->wait });
      my $pid = $writer->pid;
      like $line, qr/ by SIGKILL, sent by \w+\[$pid\] \(.*cgroup\.kill.*\) [\d.]+ ms before: a write to cgroup\.kill$/, "$name: in words";
    }
  }
  rmdir $cgroup if $cgroup;
  return;
}

# A process says the pid of a child, and on the next line sends it a signal, or ends.
sub test_by_parents () {
  my @rows = (
    ['the parent ends', ['parent_death', SIGTERM], 'SIGTERM', qr/sent by PARENT \(.*\) [\d.]+ ms before: its parent ended \(PR_SET_PDEATHSIG\)/],
    ['TIOCSIG', ['tiocsig', SIGINT], 'SIGINT', qr/sent by PARENT \(.*\) [\d.]+ ms before: ioctl\(TIOCSIG\) on its terminal \(pts\d+\)/],
    ['^C', ['type', 3], 'SIGINT', qr/(?:\^C on its terminal \(pts\d+\)|typed on its terminal|no kill call; .*; probably by a write to the other side of its terminal).*/],
  );
  for my $row (@rows) {
    my ($name, $args, $signal, $words) = @$row;
    my $parent = kernel_sends(@$args);
    my ($child, $pid) = ($parent->line, $parent->pid);
    my $line = verdict($child, sub { $parent->write("go\n") });
    $words =~ s/PARENT/kernel_sends\\[$pid\\]/;
    like $line, qr/^\S+ kernel_sends\[$child\] was killed by $signal, $words$/, "$name: in words";
    $parent->wait;
  }
  return;
}

# A tracer gives the process another signal than the one it was sent: the kernel shows none.
sub test_injected () {
  my $target = actor();
  my $tracer = kernel_sends('inject', $target->pid, SIGTERM);
  my $pid = $tracer->pid;
  is $tracer->line, $target->pid, 'injected: the tracer is there';
  like verdict($target->pid, sub { $target->signal('WINCH') }),
    qr/ was killed by SIGTERM; no signal was seen that did it: probably injected by its tracer kernel_sends\[$pid\] \(.*inject.*\)$/,
    'injected: the tracer is named';
  $tracer->wait;
  return;
}

# At the end of a system call it is the process itself that sends it, in the kernel.
sub test_injected_in_call () {
  my $target = perl_that('');
  my $tracer = kernel_sends('inject_call', $target->pid, SIGTERM);
  is $tracer->line, $target->pid, 'injected in a call: the tracer is there';
  my @events = watched($target->pid, sub { $tracer->write("go\n") }, 'injected in a call');
  is $events[-1]{tracer}{pid}, $tracer->pid, 'injected in a call: the tracer is named';
  # Without a stack, that is likely, and not certain.
  my ($stacks) = grep { $_->{name} eq 'stacks' } @{decode((run_tool(['doctor', '--json']))[1])->{abilities}};
  my @by = $stacks->{available} ? $tracer->pid : ();
  is $events[-1]{cause}{how}, @by ? 'injected' : 'killed', 'injected in a call: how';
  is $events[-1]{cause}{sender}{pid}, $by[0], 'injected in a call: by whom';
  is_deeply [map { $_->{sender}{pid} } @{$events[-1]{cause}{path}}], \@by, 'injected in a call: the path';
  $tracer->wait;
  return;
}

sub test_faults_and_limits () {
  my $target = actor();
  like verdict($target->pid, sub { $target->tell('fault') }),
    qr/ was killed by SIGSEGV(?: \(core dumped\))?, a fault \(SEGV_\w+\)$/, 'a fault: in words';
  $target = ready_process('sh', '-c', 'ulimit -t 1; echo ready; read -r go; while :; do :; done');
  my @events = watched($target->pid, sub { $target->write("go\n") }, 'a limit of CPU time');
  ok $events[-1]{cause}, 'a limit of CPU time: the signal is the cause';
  is $events[-1]{cause}{sender}, undef, 'a limit of CPU time: no sender';
  return;
}

# What is known of siginfo is in the long form.
sub test_siginfo () {
  my $target = actor();
  my $tracer = KS::Tracer->start(['-vp', $target->pid]);
  kernel_sends('sigio', $target->pid, SIGKILL)->wait;
  my $text = $tracer->complete;
  like $text, qr/^    siginfo    -\[1\]|^    siginfo    POLL_IN\[1\]/m, 'si_code is shown';
  like $text, qr/^    (?:sender     |running    while )kernel_sends\[\d+\] /m, 'who did it';
  like $text, qr/^    started by $$ /m, 'and its ancestors';
  return;
}

# ---- results ----

sub test_resumed () {
  my ($sender, $target) = (actor(), actor());
  my $tracer = trace('--from-pid', $sender->id);
  my $failed = trace('-x', '--from-pid', $sender->id);
  $sender->do(kill => $target->id, 19);
  until_true('stopped', sub { in_state($target->pid, 'T') });
  $sender->do(kill => $target->id, 18);
  # Until it has run, the kernel cannot tell the next one from that.
  until_true('running', sub { in_state($target->pid, 'S') });
  $sender->do(kill => $target->id, 18);
  my @events = signals(finish_ok($tracer, 'SIGCONT'));
  is_deeply [map { $_->{result} } @events], [qw(delivered resumed ignored)],
    'SIGCONT resumes what is stopped, and nothing else';
  is_deeply [map { $_->{reason} } @events], [undef, undef, 'default'], 'SIGCONT: reasons';
  my @failures = signals(finish_ok($failed, 'SIGCONT that fails'));
  is_deeply [map { $_->{result} } @failures], ['ignored'], 'what resumes has not failed';
  return;
}

# The two calls may come before the target stops at all.
sub test_resumed_at_once () {
  my ($sender, $target) = (actor(), actor());
  my $tracer = trace('--each', '-p', $target->id);
  for (1 .. 20) {
    $sender->do(kill => $target->id, $_) for 19, 18;
  }
  my @events = grep { $_->{sender} } signals(finish_ok($tracer, 'SIGCONT at once'));
  is_deeply [map { $_->{result} } @events], [map { qw(delivered resumed) } 1 .. 20],
    'SIGCONT takes a SIGSTOP back that has not acted yet';
  return;
}

sub test_reasons () {
  my $sender = actor();
  my ($ignoring, $plain, $zombie) = map { actor() } 1 .. 3;
  $ignoring->do(ignore => SIGUSR1);
  my $dying = kernel_sends('dying');
  my $dying_pid = $dying->line;
  $zombie->facts;
  $zombie->tell(exit => 0);
  until_true('a zombie', sub { in_state($zombie->pid, 'Z') });
  my @rows = (
    ['handler', $ignoring->id, SIGUSR1], ['default', $plain->id, 28],
    ['dying', $dying_pid, SIGTERM], ['zombie', $zombie->pid, SIGKILL],
  );
  my $is_kthread = (slurp('/proc/2/comm') // '') eq "kthreadd\n";
  push @rows, ['kernel_thread', 2, SIGTERM] if $is_kthread;
  my $tracer = trace('-a', '--from-pid', $sender->id);
  $sender->do(kill => @$_[1, 2]) for @rows;
  my @events = signals(finish_ok($tracer, 'reasons'));
  $dying->write("go\n");
  for my $i (0 .. $#rows) {
    my ($reason) = @{$rows[$i]};
    next if $reason =~ /dying|zombie/ && $events[$i]{result} ne 'ignored';    # before v6.1
    is $events[$i]{result}, 'ignored', "$reason: ignored";
    is $events[$i]{reason}, $reason, "$reason: for that";
  }
  return;
}

sub test_namespace_init () {
  my $tracer = trace('-s', 'KILL,TERM', '--from-comm', 'nsinit-killer');
  is kill_init('nsinit-killer', qw(KILL TERM)), "done\n", 'the init of a pid namespace lives on';
  my @events = signals(finish_ok($tracer, 'the init of a pid namespace'));
  is_deeply [map { "$_->{signal}{name} $_->{result} $_->{reason}" } @events],
    [map { "$_ ignored namespace_init" } qw(SIGKILL SIGTERM)], 'the init of a pid namespace';
  return;
}

test_again();
test_again_after_any_call();
test_again_in_words();
test_own();
test_child_of_it();
test_fault_again();
test_handled();
test_by_others();
test_cgroup_kill();
test_by_parents();
test_injected();
test_injected_in_call();
test_faults_and_limits();
test_siginfo();
test_resumed();
test_resumed_at_once();
test_reasons();
test_namespace_init();
done_testing;
