#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What becomes of a signal that the kernel accepts: each of the outcomes that it tells apart.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM);
use Test::More;

my @claim = (-1, 1, 0);    # SI_QUEUE

# A target that no other process of its user can fill the queue of.
sub target_with_limit ($limit) {
  my $target = actor();
  $target->do('block');
  $target->do(limit => $limit);
  return $target;
}

# Rows: name, target, calls to make before, the call, result, error.
sub rows () {
  my $blocking = actor();
  $blocking->do('block');
  my $ignoring = actor();
  $ignoring->do(ignore => SIGUSR1);
  my $full = target_with_limit(0);
  my ($a, $b, $c) = map { $_->id } $blocking, $ignoring, $full;
  return (
    ['the first of its kind', $blocking, [kill => $a, SIGUSR1], 'delivered', undef],
    ['the second of its kind', $blocking, [kill => $a, SIGUSR1], 'pending', undef],
    ['a real-time signal', $blocking, [kill => $a, 40], 'delivered', undef],
    ['the same real-time signal', $blocking, [kill => $a, 40], 'delivered', undef],
    ['an ignored signal', $ignoring, [kill => $b, SIGUSR1], 'ignored', undef],
    ['no room in the queue', $full, [rt_sigqueueinfo => $c, 40, @claim], 'overflow', 'EAGAIN'],
    ['no room for its info', $full, [kill => $c, 41], 'lost_info', undef],
    ['a probe', $blocking, [kill => $a, 0], 'probed', undef],
  );
}

my @rows = rows();
my $sender = actor();
my $tracer = trace('-a', '--each', '--from-pid', $sender->id);
my @did = map { $sender->do(@{$_->[2]}) } @rows;
my @events = signals(finish_ok($tracer, 'all results'));
is scalar @events, @rows, 'an event for each call' or diag explain [map { $_->{result} } @events];
for my $i (0 .. $#rows) {
  my ($name, $target, $call, $result, $error) = @{$rows[$i]};
  is $did[$i]{error}, $error, "$name: the call itself";
  is_call($events[$i], $did[$i], $name);
  is $events[$i]{result}, $result, "$name: result";
  is_process($events[$i]{target}, $target->facts, "$name: target");
}

done_testing;
