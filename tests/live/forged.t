#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Whether a sender passes its own pid and uid, where that can be known.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

my %number = (x86_64 => 129, aarch64 => 138);
my $call = $number{(POSIX::uname())[4]} or plan skip_all => 'the number of rt_sigqueueinfo is not known here';

# Passes a siginfo with this pid and uid: SI_QUEUE.
sub queue ($target, $pid, $uid) {
  my $info = pack 'iii x4 iI x104', SIGUSR1, 0, -1, $pid, $uid;
  return syscall($call, $target + 0, SIGUSR1, $info) == 0;
}

sub check ($target, $pid, $uid, $forged, $name) {
  my $tracer = trace('-p', $target, '-s', 'USR1');
  ok queue($target, $pid, $uid), "$name: is sent";
  my ($event) = signals(finish_ok($tracer, $name));
  is $event->{info}{forged}, $forged, $name;
  return;
}

my $target = actor();
$target->do('block');
check($target->id, $$, $<, JSON::PP::false, 'its own');
check($target->id, $$ + 1, $<, JSON::PP::true, 'another pid');
check($target->id, $$, $< + 77, JSON::PP::true, 'another uid');
my $nested = KS::Process->start(['unshare', '-pf', $^X, '-e', '$SIG{USR1} = "IGNORE"; $| = 1; print "ready\n"; <STDIN>']);
$nested->line;
my ($inside) = split ' ', slurp('/proc/' . $nested->pid . '/task/' . $nested->pid . '/children');
check($inside, $$, $<, undef, 'its own, to another pid namespace, which sees another');
done_testing;
