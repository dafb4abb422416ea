#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# How a watched process ends, and why.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::End;
use POSIX qw(SIGTERM SIGKILL SIGSEGV SIGUSR1);
use Test::More;

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

# What a parent's end sends has no call, although its last call was to send itself the same.
sub test_parent_ends () {
  my $parent = actor();
  my ($child) = @{$parent->do(children => 1)->{pids}};
  my $audit = KS::Tracer->start(['--audit-format', '-p', $child, '-s', 'KILL']);
  my $tracer = trace('-p', $child);
  $parent->tell(kill => $parent->pid, SIGKILL);
  my ($signal, $exit) = ended($tracer, 'the parent ends');
  is $signal->{$_->[0]}, $_->[1], "the parent ends: $_->[0]"
    for ['origin', 'parent_death'], ['via', undef], ['context', undef], ['result', 'delivered'];
  is $signal->{sender}{pid}, $parent->pid, 'the parent ends: it is the sender';
  is $exit->{cause}{seq}, $signal->{seq}, 'the parent ends: that is the cause';
  like $tracer->stderr, qr/\A[^\n]* 0 lost\n\z/, 'the parent ends: nothing is missing';
  unlike $audit->complete, qr/type=SYSCALL/, 'the parent ends: no record of a call';
  return;
}

test_killed();
test_second_blow();
test_handled();
test_exits();
test_fault();
test_threads();
test_parent_ends();
done_testing;
