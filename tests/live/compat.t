#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Calls through the 32-bit and x32 entries of x86-64: seen, and marked with their own numbers.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM SIGHUP);
use Test::More;

plan skip_all => 'only x86-64 has these entries' if (POSIX::uname())[4] ne 'x86_64';

my $target = actor();
$target->do('block');

# The answer to a call that does nothing; undef if there is no such entry.
sub probe ($entry) {
  my $actor = actor();
  $actor->tell($entry, 'kill', $actor->id, 0);
  my $line = $actor->line // return;    # a fault: nobody answers that interrupt
  my $did = decode($line);
  return ($did->{error} // '') eq 'ENOSYS' ? undef : $did;
}

sub calls_of ($entry, $sender, @signals) {
  my ($pid, $fd) = ($target->id, $sender->do(pidfd => $target->id)->{fd});
  my @claim = (-1, 4242, 77);
  return map { [$entry, @$_] } (
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
  is_deeply $event->{info}, {code => -1, pid => 4242, uid => 77}, "$name: info"
    if $did->{via} =~ /queueinfo/;
  return;
}

sub test_entry ($entry, @signals) {
  SKIP: {
    skip "this kernel has no $entry system calls", 1 if !probe($entry);
    my $sender = actor('sender');
    my @calls = calls_of($entry, $sender, @signals);
    my $tracer = trace('--from-pid', $sender->id);
    my @did = map { $sender->do(@$_) } @calls;
    my @events = signals(finish_ok($tracer, "$entry calls"));
    my @seen = grep { !$_->{error} } @did;
    @seen = @did if @events > @seen;    # the failures, too
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

test_entry('i386', SIGUSR1, SIGUSR2, SIGHUP, 40, 41, SIGTERM);
test_entry('x32', 34, 35, 36, 42, 43, 37);
test_mixed();
done_testing;
