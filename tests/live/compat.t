#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Calls through the 32-bit and x32 entries of x86-64, and by 32-bit programs on arm64: seen, and marked
# with their own numbers.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM SIGHUP);
use Test::More;

my %entries = (x86_64 => [qw(i386 x32)], aarch64 => ['arm']);
my $machine = (POSIX::uname())[4];
plan skip_all => "$machine has no such entries" if !$entries{$machine};

my $target = actor();
$target->do('block');

# Who calls through an entry: where that belongs to the program, a program of its own.
sub caller_by ($entry) {
  return $entry eq 'arm' ? actor_as([helper('actor-arm'), 'sender']) : actor('sender');
}

sub words ($entry, @call) { return $entry eq 'arm' ? @call : ($entry, @call) }

# Whether there is such an entry.
sub probe ($entry) {
  return system(helper('actor-arm') . ' </dev/null >/dev/null 2>&1') == 0 if $entry eq 'arm';
  my $actor = actor();
  $actor->tell($entry, 'kill', $actor->id, 0);
  my $line = $actor->line // return;    # a fault: nobody answers that interrupt
  return (decode($line)->{error} // '') ne 'ENOSYS';
}

sub calls_of ($entry, $sender, @signals) {
  my ($pid, $fd) = ($target->id, $sender->do(pidfd => $target->id)->{fd});
  my @claim = (-1, 4242, 77);
  return map { [words($entry, @$_)] } (
    ['kill', $pid, $signals[0]],
    ['tkill', $pid, $signals[1]],
    ['tgkill', $pid, $pid, $signals[2]],
    ['rt_sigqueueinfo', $pid, $signals[3], @claim],
    ['rt_tgsigqueueinfo', $pid, $pid, $signals[4], @claim],
    ['pidfd_send_signal', $fd, $signals[5], 0],
    ['kill', -$sender->do('gone')->{pid}, 9],
    ['kill', $pid, 99],
  );
}

sub check_event ($event, $did, $name) {
  # Not every kernel lets the return of such a call be seen.
  $did->{return} = undef if $event && $event->{call} && !defined $event->{call}{return};
  is_call($event, $did, $name);
  return if $did->{error};
  is $event->{result}, 'delivered', "$name: result";
  is_process($event->{target}, $target->facts, "$name: target");
  is_deeply $event->{info}, {code => -1, pid => 4242, uid => 77, forged => JSON::PP::true}, "$name: info"
    if $did->{via} =~ /queueinfo/;
  return;
}

sub test_entry ($entry, @signals) {
  SKIP: {
    skip "this kernel has no $entry system calls", 1 if !probe($entry);
    my $sender = caller_by($entry);
    my @calls = calls_of($entry, $sender, @signals);
    my $tracer = trace('--from-pid', $sender->id);
    my @did = map { $sender->do(@$_) } @calls;
    my @events = signals(finish_ok($tracer, "$entry calls"));
    my @seen = grep { !$_->{error} } @did;
    # the failures, too
    @seen = @did if @events > @seen || ($ENV{KS_HOOK} // '') eq 'fexit';
    is scalar @events, @seen, "$entry: an event for each call that a signal came of";
    check_event($events[$_], $seen[$_], "$entry $seen[$_]{via} #$_") for 0 .. $#seen;
    note "$entry: " . (@seen == @did ? 'failed calls are seen' : 'failed calls are not seen');
  }
  return;
}

# In between, a native call of the same program.
sub test_mixed () {
  SKIP: {
    skip 'this kernel has no i386 system calls', 1 if !probe('i386');
    my $sender = actor();
    my $tracer = trace('--from-pid', $sender->id);
    my @did = ($sender->do(i386 => 'kill', $target->id, 50), $sender->do(kill => $target->id, 51));
    my @events = signals(finish_ok($tracer, 'mixed calls'));
    is_deeply [map { [@{$_->{call}}{qw(arch syscall)}] } @events], [['i386', 37], ['x86_64', 62]],
      'the entry is that of the call, not of the program';
  }
  return;
}

my %signals = (
  i386 => [SIGUSR1, SIGUSR2, SIGHUP, 40, 41, SIGTERM],
  x32 => [34, 35, 36, 42, 43, 37],
  arm => [SIGUSR1, SIGUSR2, SIGHUP, 40, 41, SIGTERM],
);
test_entry($_, @{$signals{$_}}) for @{$entries{$machine}};
test_mixed() if $machine eq 'x86_64';
done_testing;
