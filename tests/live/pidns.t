#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Pids are those of killsnoop's own namespace, except in audit's format, which has the host's.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGKILL);
use Test::More;

my @enter = qw(unshare --pid --fork --mount-proc);

# Played inside: what an actor of this namespace says, and what killsnoop does, with its pids.
sub inside () {
  my ($sender, $target) = (actor('inside', 'sender'), actor('inside', 'target'));
  $target->do('block');
  my $tracer = trace('-p', $target->pid);
  my $audit = KS::Tracer->start(['--audit-format', '-p', $target->pid]);
  say $json->encode({target => $target->facts, sender => $sender->facts, self => $$});
  STDOUT->flush;
  <STDIN>;    # a signal came from outside
  my $did = $sender->do(kill => $target->id, SIGUSR2);
  my $killed = $sender->do(kill => $target->id, SIGKILL);
  my $output = $tracer->complete;
  $audit->complete;
  my $records = $audit->{seen} . ($audit->{buffer} // '');
  say $json->encode({did => $did, killed => $killed, json => $output, status => $tracer->wait,
    stderr => $tracer->stderr});
  STDOUT->flush;
  POSIX::_exit(0);
}

# The host's pid of what is $pid in the namespace of the host's $holder.
sub host_pid ($holder, $pid) {
  my ($space) = readlink "/proc/$holder/ns/pid";
  for my $entry (glob '/proc/[0-9]*') {
    next if (readlink("$entry/ns/pid") // '') ne $space;
    my ($inner) = (slurp("$entry/status") // '') =~ /^NSpid:.*\s(\d+)$/m or next;
    return $1 if $inner == $pid && $entry =~ /(\d+)/;
  }
  die "no $pid inside";
}

sub child_of ($pid) {
  my ($child) = split ' ', slurp("/proc/$pid/task/$pid/children") // '';
  return $child // die "no child of $pid";
}

inside() if @ARGV && $ARGV[0] eq 'inside';

my $room = KS::Actor->start([@enter, $^X, $0, 'inside']);
my $told = decode($room->line);
my $init = child_of($room->pid);
my ($target, $sender) = map { host_pid($init, $told->{$_}{pid}) } qw(target sender);
isnt $target, $told->{target}{pid}, 'the target has another pid on the host';

# From outside, into the namespace: nobody there can see who it is.
my $outsider = actor('an', 'outsider');
my $host = trace('-p', $target);
my $audit = KS::Tracer->start(['--audit-format', '-p', $target]);
my $out = $outsider->do(kill => $target, SIGUSR1);
$room->write("\n");
my $done = decode($room->line);

sub inner_events () {
  is $done->{status}, 0, 'inside: it ends with its target' or diag $done->{stderr};
  my @events = parse_events($done->{json}, 'inside');
  is scalar @events, 4, 'inside: three signals and the end' or return;
  return @events;
}

sub test_inside (@events) {
  is_process($events[0]{target}, $told->{target}, 'inside, from outside: target');
  is $events[0]{sender}{$_}, undef, "inside, from outside: no $_" for qw(pid tid ppid);
  is_deeply $events[0]{sender}{cmdline}, $outsider->facts->{cmdline},
    'inside, from outside: the sender is told all the same';
  for my $i (1, 2) {
    my $did = $i == 1 ? $done->{did} : $done->{killed};
    is_call($events[$i], $did, "inside, $did->{args}[1]");
    is_process($events[$i]{target}, $told->{target}, "inside, $did->{args}[1]: target");
  }
  is $events[1]{sender}{ancestors}[0]{pid}, $told->{self}, 'inside: ancestors have its pids';
  is $events[3]{process}{pid}, $told->{target}{pid}, 'inside: the end is of its pid';
  is $events[3]{cause}{sender}{pid}, $told->{sender}{pid}, 'inside: and so is the culprit';
  return;
}

# The same signals with the host's pids.
sub test_outside () {
  my @events = parse_events($host->complete, 'outside');
  is $host->wait, 0, 'outside: it ends with its target';
  is scalar @events, 4, 'outside: three signals and the end' or return;
  is_call($events[0], $out, 'outside');
  is_deeply [map { $_->{target}{pid} } @events[0 .. 2]], [($target) x 3], 'outside: targets';
  is_deeply [map { $_->{sender}{pid} } @events[1, 2]], [($sender) x 2], 'outside: senders';
  is $events[1]{args}[0], $told->{target}{pid}, 'outside: arguments are the caller\'s';
  SKIP: {
    skip 'this kernel fills in the siginfo of kill later', 1 if !$events[0]{info};
    is $events[0]{info}{pid}, 0, 'outside: the target is told of a sender whom it cannot see';
  }
  return;
}

sub test_audit () {
  my @lines = split /\n/, $audit->complete;
  my @pids = map { /^type=SYSCALL .* pid=(\d+) / ? $1 : () } @lines;
  is_deeply \@pids, [$outsider->id, $sender, $sender], 'audit: senders have the host\'s pids';
  my @targets = map { /^type=OBJ_PID .* opid=(\d+) / ? $1 : () } @lines;
  is_deeply \@targets, [($target) x 3], 'audit: targets have the host\'s pids';
  return;
}

my @inner = inner_events();
test_inside(@inner) if @inner;
test_outside();
test_audit();
done_testing;
