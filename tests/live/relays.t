#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Whoever passes a signal on is not where it came from: the verdict names both, and what came before.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::End;
use POSIX qw(SIGINT SIGKILL SIGTERM);
use Test::More;

# Who stops something by stop_it(), in words.
my $command = qr/sh\[\d+\] \(sh -c 'kill -\w+ \d+; :'\)/;

# A command of its own group, and the process in it that says its pid: [process, pid].
sub start_under (@wrapper) {
  my $process = KS::Process->start(['setsid', @wrapper, 'sh', '-c', 'echo $$; exec sleep 100']);
  my $pid = $process->line;
  until_true('sleep', sub { (slurp("/proc/$pid/comm") // '') eq "sleep\n" });
  return ($process, $pid);
}

# Signals a process by a program that is gone at once. Returns its pid.
sub stop_it ($signal, $pid) {
  my $sender = KS::Process->start(['sh', '-c', "kill -$signal $pid; :"]);
  $sender->wait;
  return $sender->pid;
}

sub is_path ($cause, $pids, $signals, $name) {
  is_deeply [map { $_->{sender}{pid} } @{$cause->{path}}], $pids, "$name: from the process outwards";
  is_deeply [map { $_->{signal}{number} } @{$cause->{path}}], $signals, "$name: which signals";
  return;
}

# Rows: name, a program that passes signals on and how it is called.
my @relays = (
  ['timeout', qw(timeout 100)],
  ['a shell with a trap', 'sh', '-c', 'trap "kill -TERM \$!" TERM; "$@" & wait; wait', 'sh'],
  ['perl', $^X, '-e', '$SIG{TERM} = sub { kill TERM => $pid }; $pid = fork // die; exec @ARGV if !$pid;'
      . ' 1 until waitpid($pid, 0) == $pid'],
);

sub test_relay ($name, @wrapper) {
  my ($relay, $pid) = start_under(@wrapper);
  my $parent = (split ' ', slurp("/proc/$pid/stat") =~ s/.*\)//r)[1];
  my $tracer = trace('-p', $pid);
  my $text = KS::Tracer->start(['-p', $pid]);
  my $sender = stop_it(TERM => $parent);
  my ($end) = exits(ended($tracer, $name));
  is_path($end->{cause}, [$parent, $sender], [SIGTERM, SIGTERM], $name);
  is $end->{cause}{path}[1]{seq}, undef, "$name: what it got is no event of this trace";
  cmp_ok $end->{cause}{path}[1]{delay_ns}, '>', $end->{delay_ns}, "$name: it came before";
  like $text->complete, qr/ was killed by SIGTERM, sent by \S+\[$parent\] .*; $command had sent SIGTERM to \S+\[$parent\] [\d.]+ m?s earlier$/m,
    "$name: in words";
  $relay->wait;
  return;
}

# What is sent to more than one of them reaches the process twice.
sub test_two_relays () {
  my ($outer, $pid) = start_under(qw(timeout 100 timeout 100));
  my ($inner) = (split ' ', slurp("/proc/$pid/stat") =~ s/.*\)//r)[1];
  my ($first) = (split ' ', slurp("/proc/$inner/stat") =~ s/.*\)//r)[1];
  my $tracer = trace('-p', $pid);
  my $sender = stop_it(TERM => $first);
  my ($end) = exits(ended($tracer, 'two relays'));
  is_path($end->{cause}, [$inner, $first, $sender], [(SIGTERM) x 3], 'two relays');
  $outer->wait;
  return;
}

# killsnoop itself passes on to its command what it gets.
sub test_killsnoop () {
  my $tool = KS::Tracer->start(['--json', '--', 'sh', '-c', 'echo $$; exec sleep 100']);
  my $pid = $tool->line;
  my $sender = stop_it(TERM => $tool->pid);
  my @events = parse_events($tool->complete =~ s/\A\d+\n//r, 'of killsnoop');
  is $tool->wait, 128 + SIGTERM, 'of killsnoop: status';
  is_path($events[-1]{cause}, [$tool->pid, $sender], [SIGTERM, SIGTERM], 'of killsnoop');
  return;
}

# SIGTERM was sent first, and the process did not stop.
sub test_escalation () {
  my $target = actor();
  $target->do('block');
  my ($tracer, $text) = (trace('-p', $target->id), KS::Tracer->start(['-p', $target->id]));
  my $first = stop_it(TERM => $target->id);
  my $second = stop_it(KILL => $target->id);
  my @events = ended($tracer, 'escalation');
  my $end = $events[-1];
  is $end->{cause}{sender}{pid}, $second, 'escalation: the cause is the last';
  is_path($end->{cause}, [$second], [SIGKILL], 'escalation');
  is_deeply [map { [$_->{sender}{pid}, $_->{signal}{number}, $_->{seq}] } @{$end->{before}}],
    [[$first, SIGTERM, $events[0]{seq}]], 'escalation: what came before';
  like((split /\n/, $text->complete)[-1], qr/ by SIGKILL, sent by $command .*; SIGTERM from $command [\d.]+ m?s earlier$/,
    'escalation: in words');
  return;
}

# Rows: why the end of a process ends another, which prints its pid; how the first is started.
my @ends = (
  ['parent_death', 'sh', '-c', 'setpriv --pdeathsig KILL sh -c "echo \$\$; exec sleep 100" & wait'],
  ['pidns_exit', 'unshare', '-pf', 'sh', '-c', '(read pid rest </proc/self/stat; echo $pid; exec sleep 100) & wait'],
);

# It goes back to who ended that other one.
sub test_by_end ($origin, @command) {
  my $first = KS::Process->start(['setsid', @command]);
  my $pid = $first->line;
  until_true('sleep', sub { (slurp("/proc/$pid/comm") // '') eq "sleep\n" });
  my $parent = (split ' ', slurp("/proc/$pid/stat") =~ s/.*\)//r)[1];
  my ($tracer, $text) = (trace('-p', $pid), KS::Tracer->start(['-p', $pid]));
  my $sender = stop_it(KILL => $parent);
  my ($end) = exits(ended($tracer, $origin));
  is $end->{cause}{origin}, $origin, "$origin: why";
  is_path($end->{cause}, [$parent, $sender], [SIGKILL, SIGKILL], $origin);
  like $text->complete, qr/; $command had sent SIGKILL to \S+\[$parent\] [\d.]+ ms earlier$/m, "$origin: in words";
  $first->wait;
  return;
}

# A wrapper ends with the status of its child: who killed that is the cause.
sub test_wrapper ($name) {
  my $wrapper = KS::Process->start(['setsid', 'sh', '-c', 'read go; sh -c "echo \$\$; exec sleep 100"; exit $?']);
  my $pid = $wrapper->pid;
  my $start = sub {
    $wrapper->write("go\n");
    my $child = $wrapper->line;
    until_true('sleep', sub { (slurp("/proc/$child/comm") // '') eq "sleep\n" });
    return $child;
  };
  my $child = $name =~ /older/ && $start->();
  my ($tracer, $text) = (trace('-p', $pid), KS::Tracer->start(['-p', $pid]));
  $child ||= $start->();
  my $sender = stop_it(KILL => $child);
  my ($end) = exits(ended($tracer, $name));
  is $end->{status}{code}, 128 + SIGKILL, "$name: status";
  is_deeply [@{$end->{cause}}{qw(how origin)}], [qw(handled user)], "$name: how";
  is_deeply $end->{cause}{target}, {pid => $child, comm => 'sleep'}, "$name: who was killed";
  is_path($end->{cause}, [$sender], [SIGKILL], $name);
  like $text->complete, qr/ sh\[$pid\] exited with status 137, after its child sleep\[$child\] was killed by SIGKILL, sent by $command [\d.]+ ms before$/m,
    "$name: in words";
  $wrapper->wait;
  return;
}

# A child is killed, and their parent ends the others.
sub test_siblings () {
  my $parent = actor();
  my ($first, $second) = @{$parent->do(children => 2)->{pids}};
  my $tracer = trace('-p', $parent->id, '-p', $second);
  my $sender = stop_it(KILL => $first);
  until_true('the end of the first', sub { in_state($first, 'Z') });
  $parent->do(kill => $second, SIGTERM);
  $parent->tell(exit => 0);
  my ($end) = grep { $_->{process}{pid} == $second } exits(ended($tracer, 'siblings'));
  is_path($end->{cause}, [$parent->id, $sender], [SIGTERM, SIGKILL], 'siblings');
  is $end->{cause}{path}[1]{target}{pid}, $first, 'siblings: who was killed first';
  return;
}

# A parent that was not signalled, or was long ago something else, is the one.
sub test_no_relay () {
  my ($parent, $other) = (actor(), actor());
  my ($pid) = @{$parent->do(children => 1)->{pids}};
  $parent->do('block');
  my $tracer = trace('-p', $pid);
  $other->do(kill => $parent->id, 10);
  $parent->do(kill => $pid, SIGINT);
  my ($end) = exits(ended($tracer, 'no relay'));
  is_path($end->{cause}, [$parent->id], [SIGINT], 'no relay');
  is_deeply $end->{before}, [], 'no relay: nothing came before';
  return;
}

# Signals to a relay are no events, and its end is none of a target.
sub test_relay_is_no_target () {
  my $other = actor();
  my $parent = KS::Process->start(['sh', '-c', 'sleep 100 & echo $!; wait']);    # which it outlives
  my $pid = $parent->line;
  my $tracer = trace('--each', '-p', $pid);
  $other->do(kill => $parent->pid, SIGTERM);
  until_true('the end of the parent', sub { in_state($parent->pid, 'Z') });
  is waitpid($tracer->pid, POSIX::WNOHANG), 0, 'the end of a relay: the trace goes on';
  $other->do(kill => $pid, SIGKILL);
  my @events = ended($tracer, 'the end of a relay');
  is_deeply [map { ($_->{target} // $_->{process})->{pid} } @events], [$pid, $pid],
    'the end of a relay: only the target has events';
  return;
}

test_relay(@$_) for @relays;
test_by_end(@$_) for @ends;
test_wrapper($_) for 'a wrapper', 'a wrapper, its child is older';
test_siblings();
test_two_relays();
test_killsnoop();
test_escalation();
test_no_relay();
test_relay_is_no_target();
done_testing;
