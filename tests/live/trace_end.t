#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# How a trace ends: with its targets, with its command, when told to; and what it says then.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGTERM SIGKILL SIGSEGV SIGUSR1);
use Test::More;

# A tracer of these targets; plain: as people see it.
sub watch (@actors) { return trace(map { ('-p', $_->pid) } @actors) }

sub watch_plain (@actors) { return KS::Tracer->start([map { ('-p', $_->pid) } @actors]) }

sub exits (@events) { return grep { $_->{event} eq 'exit' } @events }

# The events of a tracer that ends by itself, the last of which tells of the end of $actor.
sub ended ($tracer, $name) {
  my @events = parse_events($tracer->complete, $name);
  is $tracer->wait, 0, "$name: status 0" or diag $tracer->stderr;
  return @events;
}

sub check_exit ($event, $facts, $status, $name) {
  is $event->{event}, 'exit', "$name: the end is told" or return;
  is_process($event->{process}, $facts, "$name: process");
  my %want = (code => undef, signal => undef, core => JSON::PP::false, %$status);
  is_deeply $event->{status}, \%want, "$name: status" or diag explain $event->{status};
  return;
}

sub check_cause ($event, $blow, $sender, $name) {
  my $cause = $event->{cause};
  ok $cause, "$name: a cause is named" or return;
  is $cause->{seq}, $blow->{seq}, "$name: cause is the event of the blow";
  is_deeply $cause->{signal}, $blow->{signal}, "$name: cause signal";
  is $cause->{sender}{$_}, $sender->{$_}, "$name: cause sender $_" for qw(pid comm exe);
  is_deeply $cause->{sender}{cmdline}, $sender->{cmdline}, "$name: cause sender cmdline";
  cmp_ok $event->{delay_ns}, '>', 0, "$name: the delay is positive";
  cmp_ok $event->{delay_ns}, '<', 30e9, "$name: and plausible";
  return;
}

sub test_killed () {
  my ($target, $sender) = (actor('the', 'service'), actor('the', 'culprit'));
  my ($target_facts, $sender_facts) = map { $_->facts } $target, $sender;
  my $tracer = watch($target);
  $sender->do(kill => $target->id, SIGKILL);
  my @events = ended($tracer, 'killed');
  is scalar @events, 2, 'killed: the signal and the end';
  is_call_of($events[0], $sender_facts, SIGKILL, 'killed');
  check_exit($events[1], $target_facts, {signal => {number => 9, name => 'SIGKILL'}}, 'killed');
  check_cause($events[1], $events[0], $sender_facts, 'killed');
  return;
}

sub is_call_of ($event, $sender, $number, $name) {
  is $event->{event}, 'signal', "$name: the blow is told";
  is $event->{signal}{number}, $number, "$name: the blow's signal";
  is_process($event->{sender}, $sender, "$name: the blow's sender");
  return;
}

# The blow that ends a process is the first that could: a later one changes nothing.
sub test_second_blow () {
  my ($target, $first, $second) = (actor(), actor('first'), actor('second'));
  my ($facts, $culprit) = ($target->facts, $first->facts);
  $second->facts;
  my $tracer = watch($target);
  $target->signal('STOP');
  until_true('stopped', sub { in_state($target->pid, 'T') });
  $first->do(kill => $target->pid, SIGTERM);
  $second->do(kill => $target->pid, SIGKILL);
  my @events = ended($tracer, 'two blows');
  my ($end) = exits(@events);
  my $name = $end->{status}{signal}{name} // '';
  my ($blow) = grep { $_->{signal}{name} eq $name } signals(@events);
  my $sender = $name eq 'SIGTERM' ? $culprit : $second->facts;
  check_cause($end, $blow, $sender, "two blows, ended by $name");
  return;
}

sub test_handled () {
  my ($target, $sender) = (actor(), actor('polite'));
  $target->do(exit_on => 5, SIGTERM);
  my ($facts, $sender_facts) = ($target->facts, $sender->facts);
  my $tracer = watch($target);
  $sender->do(kill => $target->id, SIGTERM);
  my @events = ended($tracer, 'SIGTERM handled');
  is_call_of($events[0], $sender_facts, SIGTERM, 'SIGTERM handled');
  check_exit($events[-1], $facts, {code => 5}, 'SIGTERM handled');
  return;
}

sub test_exits () {
  my $target = actor();
  my $facts = $target->facts;
  my $tracer = watch($target);
  $target->tell(exit => 3);
  my @events = ended($tracer, 'exit code 3');
  is scalar @events, 1, 'exit code 3: only the end is told';
  check_exit($events[0], $facts, {code => 3}, 'exit code 3');
  is $events[0]{$_}, undef, "exit code 3: no $_" for qw(cause delay_ns);
  return;
}

sub test_fault () {
  my $target = actor();
  my $facts = $target->facts;
  my $tracer = watch($target);
  $target->tell('fault');
  my @events = ended($tracer, 'a fault');
  is $events[0]{signal}{number}, SIGSEGV, 'a fault: the signal is told';
  check_exit($events[-1], $facts, {signal => {number => 11, name => 'SIGSEGV'}}, 'a fault');
  is $events[-1]{cause}{seq}, $events[0]{seq}, 'a fault: the kernel\'s signal is the cause';
  is $events[-1]{cause}{sender}, undef, 'a fault: and nobody the sender';
  return;
}

# A thread that is killed takes the process with it.
sub test_threads () {
  my ($target, $sender) = (actor(), actor());
  my ($tid) = @{$target->do(thread_of => 'worker')->{tids}};
  my ($facts, $sender_facts) = ($target->facts, $sender->facts);
  my $tracer = watch($target);
  $sender->do(tgkill => $target->id, $tid, SIGUSR1);
  my @events = ended($tracer, 'a thread is killed');
  check_exit($events[-1], $facts, {signal => {number => 10, name => 'SIGUSR1'}},
    'a thread is killed');
  check_cause($events[-1], $events[0], $sender_facts, 'a thread is killed');
  return;
}

sub test_several () {
  my @targets = map { actor("target $_") } 1 .. 3;
  my @facts = map { $_->facts } @targets;
  my $tracer = watch(@targets);
  $targets[1]->tell(exit => 1);
  until_true('the first end', sub { in_state($targets[1]->pid, 'Z') });
  $targets[0]->signal('TERM');
  until_true('the second end', sub { in_state($targets[0]->pid, 'Z') });
  is waitpid($tracer->pid, POSIX::WNOHANG), 0, 'several: it goes on while one is left';
  $targets[2]->tell(exit => 0);
  my @ends = exits(ended($tracer, 'several'));
  is_deeply [map { $_->{process}{pid} } @ends], [map { $facts[$_]{pid} } 1, 0, 2],
    'several: each end, in order';
  is_deeply [map { $_->{status}{code} } @ends], [1, undef, 0], 'several: each status';
  return;
}

sub test_zombie () {
  my $target = actor();
  my $facts = $target->facts;
  $target->tell(exit => 4);
  until_true('a zombie', sub { in_state($target->pid, 'Z') });
  my ($status, $out, $err) = run_tool(['-p', $target->pid], within => 10);
  isnt $status, 2, 'already dead: no usage error';
  like $out . $err, qr/\b$facts->{pid}\b/, 'already dead: it says of whom';
  like $out . $err, qr/end|exit|dead|zombie/i, 'already dead: and that it ended';
  return;
}

# For people: one line names the target, the signal, and the culprit by its command line.
sub test_verdict () {
  for my $option ('-p', '-vp') {
    my ($target, $sender) = (actor('the', 'service'), actor('the', 'culprit'));
    my $tracer = KS::Tracer->start([$option, $target->id]);
    $sender->do(kill => $target->id, SIGKILL);
    my @lines = split /\n/, $tracer->complete;
    is $tracer->wait, 0, "verdict, $option: status 0";
    my ($pid, $sender_pid) = ($target->pid, $sender->id);
    like $lines[-1], qr/\b$pid\b.*SIGKILL.*\b$sender_pid\b/,
      "verdict, $option: target, signal and sender";
    like $lines[-1], qr/the culprit/, "verdict, $option: the culprit's command line";
  }
  return;
}

sub test_verdict_exit () {
  my $target = actor();
  my $facts = $target->facts;
  my $tracer = watch_plain($target);
  $target->tell(exit => 3);
  my @lines = split /\n/, $tracer->complete;
  like $lines[-1], qr/\b$facts->{pid}\b.*\b3\b/, 'verdict: an exit code';
  return;
}

# ---- a command ----

sub run_command ($name, $want, @command) {
  my ($status, $out, $err) = run_tool(['--json', '--', @command]);
  is $status, $want, "$name: the status is the command's" or diag $err;
  return ($out, $err);
}

sub test_command () {
  my $actor = helper('actor');
  my ($out) = run_command('exit 0', 0, 'true');
  my ($end) = exits(parse_events($out, 'exit 0'));
  is_deeply $end->{status}, {code => 0, signal => undef, core => JSON::PP::false},
    'exit 0: the end is told';
  run_command('exit 7', 7, qw(sh -c), 'exit 7');
  ($out) = run_command('killed', 137, qw(sh -c), 'kill -9 $$; :');
  ($end) = exits(parse_events($out, 'killed'));
  is_deeply $end->{cause}{sender}{cmdline}, [qw(sh -c), 'kill -9 $$; :'],
    'killed: it was the command itself';
  my ($none, $err) = run_command('not found', 127, '/no/such/command');
  is $none, '', 'not found: no events';
  like $err, qr{\A[^\n]*/no/such/command[^\n]*\n\z}, 'not found: one line that names it';
  ($none, $err) = run_command('not executable', 126, '/etc/passwd');
  like $err, qr{\A[^\n]*/etc/passwd[^\n]*\n\z}, 'not executable: one line that names it';
  ($none, $err) = run_command('not in PATH', 127, 'no-such-command-at-all');
  return;
}

# Its standard streams are the command's own.
sub test_command_streams () {
  my $file = File::Temp->new;
  my $tool = KS::Tracer->start(['--json', '-w', $file->filename, '--', 'cat']);
  $tool->write("through\n");
  $tool->close_stdin;
  is $tool->complete, "through\n", 'a command has standard input and output';
  is $tool->wait, 0, 'a command that reads to the end';
  return;
}

# What a command is sent by others, and that their signals reach nobody else.
sub test_command_is_killed () {
  my $sender = actor('the', 'culprit');
  my $tool = KS::Tracer->start(['--json', '--', 'sh', '-c', 'echo $$; exec cat']);
  my $pid = $tool->line;
  until_true('cat', sub { (slurp("/proc/$pid/comm") // '') eq "cat\n" });
  $sender->do(kill => $pid, SIGTERM);
  my $out = $tool->complete =~ s/\A\d+\n//r;
  is $tool->wait, 128 + SIGTERM, 'a command is killed: status';
  my @events = parse_events($out, 'a command is killed');
  check_cause($events[-1], $events[0], $sender->facts, 'a command is killed');
  return;
}

# Told by HUP, unless that is ignored.
sub test_nohup () {
  my ($sender, $target) = (actor(), actor());
  $target->do('block');
  my $tracer = KS::Tracer->start(['--json', '--from-pid', $sender->id],
    wrapper => ['sh', '-c', 'trap "" HUP; exec "$@"', 'sh']);
  kill HUP => $tracer->pid;
  $sender->do(kill => $target->id, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'nohup'));
  is scalar @events, 1, 'nohup: the trace goes on';
  return;
}

# ---- the end of a parent ----

# What a parent's end sends is the kernel's, although its last call was to send itself the same.
sub test_parent_ends () {
  my $parent = actor();
  my ($child) = @{$parent->do(children => 1)->{pids}};
  my $audit = KS::Tracer->start(['--audit-format', '-p', $child, '-s', 'KILL']);
  my $tracer = trace('-p', $child);
  $parent->tell(kill => $parent->pid, SIGKILL);
  my ($signal, $exit) = ended($tracer, 'the parent ends');
  is $signal->{$_->[0]}, $_->[1], "the parent ends: $_->[0]"
    for ['origin', 'kernel'], ['via', undef], ['sender', undef], ['result', 'delivered'];
  is $exit->{cause}{seq}, $signal->{seq}, 'the parent ends: that is the cause';
  like $tracer->stderr, qr/\A[^\n]* 0 lost\n\z/, 'the parent ends: nothing is missing';
  unlike $audit->complete, qr/type=SYSCALL/, 'the parent ends: no record of a call';
  return;
}

# ---- being told ----

sub test_told_to_end () {
  for my $signal (qw(INT TERM)) {
    my ($sender, $target) = (actor(), actor());
    $target->do('block');
    my $tracer = trace('--each', '--from-pid', $sender->id);
    $sender->do(kill => $target->id, 40) for 1 .. 100;
    my @events = parse_events($tracer->finish($signal), "SIG$signal");
    is $tracer->wait, 0, "SIG$signal: status 0";
    is scalar @events, 100, "SIG$signal: all that came before is shown";
    like $tracer->stderr, qr/\A[^\n]*\b100\b[^\n]*\n\z/, "SIG$signal: one line of summary";
  }
  return;
}

test_killed();
test_second_blow();
test_handled();
test_exits();
test_fault();
test_threads();
test_several();
test_zombie();
test_verdict();
test_verdict_exit();
test_command();
test_command_streams();
test_command_is_killed();
test_nohup();
test_parent_ends();
test_told_to_end();
done_testing;
