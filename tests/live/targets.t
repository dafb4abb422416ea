#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Whom a call hits: many at once, threads, itself, the dead, the child of a vfork.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM SIGKILL);
use Test::More;

# An actor with this many children in a group of their own, all of which survive SIGUSR1.
sub family ($children, @wrapper) {
  my $actor = actor_as([@wrapper, helper('actor')]);
  $actor->do(handle => SIGUSR1);
  $actor->do('group') if !@wrapper;
  return ($actor, $actor->do(children => $children)->{pids});
}

# One call, told as one event for each of these pids.
sub is_one_call ($events, $did, $scope, $pids, $name) {
  is_call($_, $did, $name) for @$events[0 .. 0];
  is_deeply [sort map { $_->{target}{pid} } @$events], [sort @$pids], "$name: every target once";
  is_deeply [map { $_->{call}{index} } @$events], [0 .. $#$pids], "$name: index";
  my %values;
  for my $event (@$events) {
    $values{join ' ', $event->{call}{id}, $event->{call}{targets}, $event->{scope},
        $event->{call}{return}, $event->{sender}{pid}, "@{$event->{args}}"}++;
  }
  is scalar keys %values, 1, "$name: the same call" or diag explain \%values;
  is $events->[0]{call}{targets}, @$pids, "$name: number of targets";
  is $events->[0]{scope}, $scope, "$name: scope";
  return;
}

sub test_group () {
  my ($actor, $children) = family(40);
  my $sender = actor();
  my $tracer = trace('--from-pid', $sender->id);
  my $did = $sender->do(kill => -$actor->id, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'a group'));
  is_one_call(\@events, $did, 'group', [$actor->id, @$children], 'kill of a group of 41');
  return;
}

sub test_own_group () {
  my ($actor, $children) = family(3);
  my $tracer = trace('--from-pid', $actor->id);
  my $did = $actor->do(kill => 0, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'the own group'));
  is_one_call(\@events, $did, 'group', [$actor->id, @$children], 'kill of the own group');
  return;
}

# Nobody may signal them: a hundred are shown, the others counted.
sub test_many_refused () {
  SKIP: {
    skip 'the search takes longer than it may where a kernel is emulated', 1 if $ENV{KS_EMULATED};
    check_many_refused();
  }
  return;
}

sub check_many_refused () {
  my ($actor, $children) = family(149);
  my $sender = actor_as([qw(setpriv --reuid 65534 --regid 65534 --clear-groups), helper('actor')]);
  my $tracer = trace('--from-pid', $sender->id);
  my $table = KS::Tracer->start(['--from-pid', $sender->id]);
  my $did = $sender->do(kill => -$actor->id, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'many refused'));
  is scalar @events, 100, 'many refused: as many as are shown';
  is_call($events[0], $did, 'many refused');
  my %pids = map { $_ => 1 } $actor->id, @$children;
  is scalar(grep { delete $pids{$_->{target}{pid}} } @events), 100, 'many refused: each is one of them';
  is_deeply [grep { $_->{result} ne 'denied' || $_->{call}{targets} != 150 || $_->{call}{unshown} != 50 } @events],
    [], 'many refused: all are counted';
  my @rows = grep { /denied/ } split /\n/, $table->finish;
  is scalar @rows, 100, 'many refused: rows';
  is_deeply [map { / \(50 more targets got no signal\)\z/ ? 1 : 0 } @rows], [(0) x 99, 1],
    'many refused: the last row says how many more';
  return;
}

# kill(-1) in a pid namespace of its own, where it hits all but process 1, which sends.
sub test_all () {
  my ($actor, $children) = family(20, qw(unshare --pid --fork));
  my $tracer = trace('--from-pid', $actor->id);
  my $did = $actor->do(kill => -1, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'all'));
  is_one_call(\@events, $did, 'all', $children, 'kill of all');
  return;
}

# By default a group that a pidfd stands for; not every kernel knows the flag.
sub test_pidfd_group () {
  my ($actor, $children) = family(2);
  my $sender = actor();
  my $fd = $sender->do(pidfd => $actor->id)->{fd};
  my $tracer = trace('--from-pid', $sender->id);
  my $did = $sender->do(pidfd_send_signal => $fd, SIGUSR1, 4);
  my @events = signals(finish_ok($tracer, 'the group of a pidfd'));
  SKIP: {
    skip 'PIDFD_SIGNAL_PROCESS_GROUP needs Linux 6.9', 1 if ($did->{error} // '') eq 'EINVAL';
    is_one_call(\@events, $did, 'group', [$actor->id, @$children], 'pidfd_send_signal to a group');
  }
  return;
}

# PIDFD_SELF_THREAD_GROUP is no file, but the caller.
sub test_own_pidfd_group () {
  my ($actor, $children) = family(2);
  my $tracer = trace('--from-pid', $actor->id);
  my $did = $actor->do(pidfd_send_signal => -10001, SIGUSR1, 4);
  my @events = signals(finish_ok($tracer, 'the group of PIDFD_SELF'));
  SKIP: {
    skip 'PIDFD_SELF needs Linux 6.14', 1 if $did->{error};
    is_one_call(\@events, $did, 'group', [$actor->id, @$children], 'PIDFD_SELF: its group');
  }
  return;
}

# Whom a process creates while the tracer starts must not take the place of what it is itself.
sub test_forking_target () {
  my @command = ('sh', '-c', 'trap "" USR1; while :; do (:); done', 'a-marker');
  for my $try (1 .. 3) {
    my $shell = KS::Process->start(\@command);
    my $tracer = trace('-p', $shell->pid, '-s', 'USR1');
    kill USR1 => $shell->pid;
    my @events = signals(finish_ok($tracer, 'a forking target'));
    is_deeply $events[0]{target}{cmdline}, \@command, 'a forking target: its arguments';
    kill KILL => $shell->pid;
    $shell->wait;
  }
  return;
}

sub test_sending_thread () {
  my ($sender, $target) = (actor(), actor());
  $target->do('block');
  my $tracer = trace('--from-pid', $sender->id);
  my $did = $sender->do(thread => 'a-thread', kill => $target->id, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'a thread sends'));
  isnt $did->{sender}{tid}, $did->{sender}{pid}, 'the sender is not the main thread';
  is_call($events[0], $did, 'a thread sends');
  is scalar @events, 1, 'a thread sends: one event';
  return;
}

sub test_thread_is_hit () {
  my ($sender, $target) = (actor(), actor());
  my ($tid) = @{$target->do(thread_of => 'worker-7')->{tids}};
  $target->do(handle => SIGUSR1, SIGUSR2);
  my $tracer = trace('--from-pid', $sender->id);
  my @did = (
    $sender->do(tgkill => $target->id, $tid, SIGUSR1), $sender->do(tkill => $tid, SIGUSR2),
  );
  my @events = signals(finish_ok($tracer, 'a thread is hit'));
  for my $i (0, 1) {
    my $name = "a thread is hit by $did[$i]{via}";
    is_call($events[$i], $did[$i], $name);
    is_process($events[$i]{target}, {%{$target->facts}, tid => $tid, comm => 'worker-7'},
      "$name: target");
    is $events[$i]{scope}, 'thread', "$name: scope";
  }
  return;
}

sub test_itself () {
  my $actor = actor();
  $actor->do(handle => SIGUSR1);
  my $tracer = trace('-p', $actor->id);
  my $did = $actor->do(kill => $actor->id, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'to itself'));
  is_call($events[0], $did, 'to itself');
  is_process($events[0]{target}, $actor->facts, 'to itself: target');
  return;
}

# Signals to a process that is dying are dropped since v6.1 (9a95f78eab70); before, they were queued.
sub is_pending ($pid, $signal) {
  open my $status, '<', "/proc/$pid/status" or die "/proc/$pid/status: $!";
  my ($mask) = map { /\AShdPnd:\s*(\w+)/ ? hex $1 : () } <$status>;
  return $mask & 1 << $signal - 1;
}

sub test_zombie () {
  my ($sender, $target) = (actor(), actor('soon', 'dead'));
  my $facts = $target->facts;
  $target->tell(exit => 3);
  until_true('a zombie', sub { in_state($target->pid, 'Z') });
  my $tracer = trace('--from-pid', $sender->id);
  my $did = $sender->do(kill => $target->pid, SIGTERM);
  my $result = is_pending($target->pid, SIGTERM) ? 'delivered' : 'ignored';
  my @events = signals(finish_ok($tracer, 'a zombie'));
  is_call($events[0], $did, 'a zombie');
  is $events[0]{result}, $result, 'a zombie: result';
  is $events[0]{target}{$_}, $facts->{$_}, "a zombie: target $_" for qw(pid tid ppid comm uid);
  return;
}

# The same, but it is alive when the tracer starts: what it was is kept until it is reaped.
sub test_fresh_zombie () {
  my ($sender, $target) = (actor(), actor('soon', 'dead'));
  my $facts = $target->facts;
  my $tracer = trace('--from-pid', $sender->id);
  $target->tell(exit => 3);
  until_true('a zombie', sub { in_state($target->pid, 'Z') });
  my $did = $sender->do(kill => $target->pid, SIGTERM);
  my @events = signals(finish_ok($tracer, 'a fresh zombie'));
  is_call($events[0], $did, 'a fresh zombie');
  is $events[0]{target}{exe}, $facts->{exe}, 'a fresh zombie: target exe';
  is_deeply $events[0]{target}{cmdline}, $facts->{cmdline}, 'a fresh zombie: target cmdline';
  return;
}

sub test_vfork () {
  my ($actor, $target) = (actor(), actor());
  my ($child) = @{$actor->do('vfork_child')->{pids}};
  $target->do('block');
  my $tracer = trace();
  my $did = $actor->do(vfork => 'kill', $target->id, SIGUSR1);
  my $killed = $target->do(kill => $child, SIGKILL);
  my @events = finish_ok($tracer, 'vfork');
  my ($event) = sent_by($did->{sender}{pid}, @events);
  is_call($event, $did, 'the child of a vfork sends');
  is $event->{sender}{ancestors}[0]{pid}, $actor->id, 'its parent is its first ancestor';
  ($event) = to_target($child, @events);
  is_call($event, $killed, 'the child of a vfork is hit');
  my %facts = (%{$actor->facts}, pid => $child, tid => $child, ppid => $actor->id);
  delete $facts{start_ticks};
  is_process($event->{target}, \%facts, 'the child of a vfork: target');
  return;
}

test_group();
test_many_refused();
test_own_group();
test_all();
test_pidfd_group();
test_own_pidfd_group();
test_forking_target();
test_sending_thread();
test_thread_is_hit();
test_itself();
test_zombie();
test_fresh_zombie();
test_vfork();
done_testing;
