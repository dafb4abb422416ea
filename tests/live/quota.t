#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A user who floods the ring takes no room from others, in each way of flooding: what others send is
# there, and what the user has lost is counted.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(sum0);
use POSIX ();
use Test::More;

my $signal = 28;       # SIGWINCH: it ends nothing
my $uid = 31_337;
my $flood = 6_000;     # more than the buffer has room for, three times
my $others = 40;
my $gone = 4_194_304;  # no pid

sub flood_as_user ($target) {
  # With another name each time, no signal repeats the one before.
  my $code = 'setpgrp; my $to = $ARGV[0] eq "group" ? -$$ : $ARGV[0] || $$; my ($signal, $n) = @ARGV[1, 2];'
    . ' for (1 .. $n) { $0 = "flood $_"; kill $signal, $to }';
  my $flooder = KS::Process->start([$^X, '-e', $code, $target, $signal, $flood], prepare => sub {
    POSIX::setgid($uid) && POSIX::setuid($uid) or die "setuid: $!";
    chdir '/' or die "/: $!";
  });
  is $flooder->wait, 0, "a flood to $target: it was sent" or diag $flooder->stderr;
  return $flooder->pid;
}

sub test_flood ($target) {
  my $name = "a flood to $target";
  my $blocked = actor();
  $blocked->do('block');
  my $tracer = trace('-s', $signal, '--buffer-size', '1M');
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  my $flooder = flood_as_user($target);
  my $sender = actor();
  $sender->do(kill => $blocked->id, $signal) for 1 .. $others;
  $tracer->signal('CONT');
  my @events = finish_ok($tracer, $name, 3);
  my %lost;
  $lost{"$_->{cause} " . ($_->{ring} // '-')} += $_->{count} for grep { $_->{event} eq 'lost' } @events;
  my @shown = grep { $_->{sender}{pid} == $sender->id } signals(@events);
  my @flood = grep { $_->{sender}{pid} == $flooder } signals(@events);
  is sum0(map { $_->{count} } @shown), $others, "$name: all that another user sends is there";
  is scalar(grep { !defined $_->{sender}{exe} || !@{$_->{sender}{ancestors} // []} } @shown), 0,
    "$name: with the description of the sender";
  cmp_ok scalar @flood, '>', 300, "$name: half of the buffer is for whoever comes first";
  is @flood + ($lost{'ring_full bulk'} // 0), $flood, "$name: what is shown and what is lost make all";
  my @spans = map { [@$_{qw(from to)}] } grep { $_->{event} eq 'lost' } @events;
  like $tracer->stderr, qr/ lost \(ring_full\), in the ring bulk, after \Q$spans[0][0]\E, before \Q$spans[-1][1]\E$/m,
    "$name: standard error has the ring, and from when until when";
  delete $lost{'ring_full bulk'};
  is_deeply \%lost, {}, "$name: nothing else is lost";
  return;
}

test_flood($_) for 0, $gone, 'group';
done_testing;
