#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Each call of the kill family, done and refused: how it was made, who made it, whom it hit.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGHUP SIGTERM SIGURG);
use Test::More;

my $nobody = 65534;
my $dir = temp_dir();
my $target = actor('the', 'target');
$target->do('block');    # so that each signal is generated once and stays
my $pid = $target->id;

# A sender in whom no two facts are alike.
sub unlike_sender () {
  my $actor = actor('a', 'sender of calls');
  $actor->do('tty');
  $actor->do(login => 4);
  $actor->do(name => 'ks caller');
  $actor->do(chdir => $dir);
  $actor->do(ids => 1, 0, 2, 3, 4, 5);
  return $actor;
}

# The parameters of each call to hit $pid: by its name, so that each has a signal of its own.
sub calls_to ($actor, $pid, @signals) {
  my $fd = $actor->do(pidfd => $pid)->{fd};
  my @claim = (-1, 4242, 77);    # SI_QUEUE
  return (
    ['kill', $pid, $signals[0]],
    ['tkill', $pid, $signals[1]],
    ['tgkill', $pid, $pid, $signals[2]],
    ['rt_sigqueueinfo', $pid, $signals[3], @claim],
    ['rt_tgsigqueueinfo', $pid, $pid, $signals[4], @claim],
    ['pidfd_send_signal', $fd, $signals[5], 0],
  );
}

my %scope = (
  kill => 'process', tkill => 'thread', tgkill => 'thread', rt_sigqueueinfo => 'process',
  rt_tgsigqueueinfo => 'thread', pidfd_send_signal => 'process',
);
my %result = (
  EPERM => 'denied', ESRCH => 'no_process', EINVAL => 'invalid', EBADF => 'bad_fd',
  EFAULT => 'failed',
);
my @signals = (SIGUSR1, SIGUSR2, SIGHUP, 40, 41, SIGTERM);
my @names = qw(SIGUSR1 SIGUSR2 SIGHUP SIGRTMIN+6 SIGRTMIN+7 SIGTERM);

sub signal_argument ($did) {
  return $did->{args}[$did->{via} =~ /tg/ ? 2 : 1];
}

# What a target is told of this sender by this call.
sub told_info ($did) {
  return {code => 0, pid => $did->{sender}{pid}, uid => $did->{sender}{uid}, forged => JSON::PP::false}
    if $did->{via} =~ /\A(?:kill|pidfd_send_signal)\z/;
  return {code => -6, pid => $did->{sender}{pid}, uid => $did->{sender}{uid}, forged => JSON::PP::false}
    if $did->{via} =~ /\Atg?kill\z/;
  return {code => -1, pid => 4242, uid => 77, forged => JSON::PP::true};
}

sub check_done ($event, $did, $signal_name) {
  my $name = "$did->{via}, done";
  is_call($event, $did, $name);
  is_deeply $event->{signal}, {number => signal_argument($did), name => $signal_name},
    "$name: signal";
  is $event->{result}, 'delivered', "$name: result";
  is $event->{scope}, $scope{$did->{via}}, "$name: scope";
  SKIP: {
    skip 'this kernel fills in the siginfo of kill later', 1
      if $did->{via} eq 'kill' && !$event->{info};
    is_deeply $event->{info}, told_info($did), "$name: info";
  }
  is_deeply [@{$event->{call}}{qw(targets index)}], [1, 0], "$name: the only target";
  ok $event->{call}{id}, "$name: call.id";
  is_process($event->{target}, $target->facts, "$name: target");
  ok !exists $event->{target}{ancestors}, "$name: only senders have ancestors";
  return;
}

sub check_failed ($event, $did, $name) {
  is_call($event, $did, $name);
  is $event->{result}, $result{$did->{error}}, "$name: result";
  is $event->{scope}, $scope{$did->{via}}, "$name: scope";
  is $event->{signal}{number}, signal_argument($did), "$name: signal";
  is $event->{info}, undef, "$name: nobody is told anything";
  return;
}

sub check_user_names ($event) {
  is $event->{sender}{user}, scalar getpwuid 1, 'the sender\'s real user has a name';
  is $event->{target}{user}, 'root', 'the target\'s real user has a name';
  return;
}

sub check_ancestors ($event) {
  my ($first) = @{$event->{sender}{ancestors}};
  my $own = facts_of($$);
  is $first->{$_}, $own->{$_}, "the first ancestor's $_" for qw(pid comm exe);
  is_deeply $first->{cmdline}, $own->{cmdline}, 'the first ancestor\'s cmdline';
  cmp_ok scalar @{$event->{sender}{ancestors}}, '<=', 16, 'no more than 16 ancestors';
  return;
}

sub test_done () {
  my $sender = unlike_sender();
  my @calls = calls_to($sender, $pid, @signals);
  my $tracer = trace('--from-pid', $sender->id);
  my @did = map { $sender->do(@$_) } @calls;
  my @events = signals(finish_ok($tracer, 'calls that are done'));
  is scalar @events, @did, 'an event for each call' or return;
  check_done($events[$_], $did[$_], $names[$_]) for 0 .. $#did;
  check_user_names($events[0]);
  check_ancestors($events[0]);
  my %ids = map { $_->{call}{id} => 1 } @events;
  is scalar keys %ids, @did, 'each call has an id of its own';
  return;
}

# Who refused it is known even though nothing happened to it.
sub test_denied () {
  my $sender = actor('nobody\'s');
  my @calls = calls_to($sender, $pid, (SIGTERM) x 6);
  $sender->do(ids => ($nobody) x 6);
  my $tracer = trace('--from-pid', $sender->id);
  my @did = map { $sender->do(@$_) } @calls;
  my @events = signals(finish_ok($tracer, 'calls that are denied'));
  is scalar @events, @did, 'an event for each denied call' or return;
  for my $i (0 .. $#did) {
    is $did[$i]{error}, 'EPERM', "$did[$i]{via} is denied";
    check_failed($events[$i], $did[$i], "$did[$i]{via}, denied");
    next if $did[$i]{via} eq 'pidfd_send_signal';
    is_process($events[$i]{target}, $target->facts, "$did[$i]{via}, denied: target");
    is $events[$i]{reason}, 'other_user', "$did[$i]{via}, denied: why";
  }
  return;
}

# Rows: what it is, error, call.
sub bad_calls ($actor) {
  my $gone = $actor->do('gone');
  my $own = $actor->id;
  my $file = $actor->do(open => '/dev/null')->{fd};
  my $fd = $actor->do(pidfd => $pid)->{fd};
  my @claim = (-1, 0, 0);
  return (
    ['kill of nobody', 'ESRCH', 'kill', $gone->{pid}, 9],
    ['tkill of nobody', 'ESRCH', 'tkill', $gone->{pid}, 9],
    ['tgkill of nobody', 'ESRCH', 'tgkill', $gone->{pid}, $gone->{pid}, 9],
    ['tgkill of another\'s thread', 'ESRCH', 'tgkill', $own, $pid, 9],
    ['rt_sigqueueinfo to nobody', 'ESRCH', 'rt_sigqueueinfo', $gone->{pid}, 9, @claim],
    ['rt_tgsigqueueinfo to nobody', 'ESRCH', 'rt_tgsigqueueinfo', ($gone->{pid}) x 2, 9, @claim],
    ['pidfd_send_signal to nobody', 'ESRCH', 'pidfd_send_signal', $gone->{fd}, 9, 0],
    ['kill of no group', 'ESRCH', 'kill', -$gone->{pid}, 9],
    ['kill of the smallest number', 'ESRCH', 'kill', -2**31, 9],
    ['kill with signal 99', 'EINVAL', 'kill', $pid, 99],
    ['kill with signal -1', 'EINVAL', 'kill', $pid, -1],
    ['tkill of thread 0', 'EINVAL', 'tkill', 0, 9],
    ['tgkill with signal 99', 'EINVAL', 'tgkill', $pid, $pid, 99],
    ['rt_sigqueueinfo with signal 99', 'EINVAL', 'rt_sigqueueinfo', $pid, 99, @claim],
    ['rt_tgsigqueueinfo of group -1', 'EINVAL', 'rt_tgsigqueueinfo', -1, $pid, 9, @claim],
    ['pidfd_send_signal with a flag', 'EINVAL', 'pidfd_send_signal', $fd, 9, 0x1000],
    ['pidfd_send_signal without a file', 'EBADF', 'pidfd_send_signal', -1, 9, 0],
    ['pidfd_send_signal to a file', 'EBADF', 'pidfd_send_signal', $file, 9, 0],
    ['rt_sigqueueinfo without info', 'EFAULT', 'rt_sigqueueinfo', $pid, 9],
    ['rt_sigqueueinfo as the kernel', 'EPERM', 'rt_sigqueueinfo', $pid, 40, 128, 1, 0],
    ['rt_sigqueueinfo as tkill', 'EPERM', 'rt_sigqueueinfo', $pid, 40, -6, 1, 0],
    ['rt_tgsigqueueinfo as kill', 'EPERM', 'rt_tgsigqueueinfo', ($pid) x 2, 40, 0, 1, 0],
    ['pidfd_send_signal as the kernel', 'EPERM', 'pidfd_send_signal', $fd, 40, 0, 128, 1, 0],
  );
}

my %group = ('kill of no group' => 1, 'kill of the smallest number' => 1);

sub test_bad () {
  my $sender = actor();
  my @rows = bad_calls($sender);
  my $tracer = trace('--from-pid', $sender->id);
  my @did = map { $sender->do(@$_[2 .. $#$_]) } @rows;
  my @events = signals(finish_ok($tracer, 'calls that fail'));
  is scalar @events, @rows, 'an event for each failed call'
    or diag join "\n", map { "@{$_->{args}} $_->{error}" } @events;
  for my $i (0 .. $#rows) {
    local $scope{kill} = $group{$rows[$i][0]} ? 'group' : 'process';
    is $did[$i]{error}, $rows[$i][1], "$rows[$i][0] fails with $rows[$i][1]";
    check_failed($events[$i], $did[$i], $rows[$i][0]);
    is $events[$i]{reason}, $rows[$i][1] eq 'EPERM' ? 'siginfo' : undef, "$rows[$i][0]: why";
  }
  return check_bad_targets(\@rows, \@events);
}

# The target of a failed call: none that does not exist, and the one that was meant.
sub check_bad_targets ($rows, $events) {
  for my $i (grep { $rows->[$_][0] =~ /nobody|no group/ } 0 .. $#$rows) {
    is $events->[$i]{target}, undef, "$rows->[$i][0]: no target";
  }
  for my $i (grep { $rows->[$_][0] =~ /\Akill with/ } 0 .. $#$rows) {
    is $events->[$i]{target}{pid}, $pid, "$rows->[$i][0]: target";
  }
  my ($event) = grep { $_->{signal}{number} == 99 } @$events;
  is $event->{signal}{name}, 'SIG99', 'a signal that does not exist has a name that says so';
  return;
}

# A process that rewrote its title is named by the new one, as audit does.
sub test_title () {
  my $sender = actor('a long argument that gives room for a title');
  my $tracer = trace('--from-pid', $sender->id);
  $sender->do(title => 'worker: idle');
  $sender->do(kill => $pid, 34);
  my ($event) = signals(finish_ok($tracer, 'a new title'));
  is $event->{sender}{cmdline}[0], 'worker: idle', 'the sender\'s title is the present one';
  return;
}

test_done();
test_denied();
test_bad();
test_title();
done_testing;
