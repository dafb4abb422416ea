#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Another user floods on both cores while root kills processes: each killing is seen with its sender,
# its chain and its victim, and what is not shown of the flood is counted, exactly.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(sum0);
use Test::More;

my $killings = $ENV{KS_KILLINGS} // ($ENV{KS_EMULATED} ? 10 : 60);
my $floods = 2;
my @nobody = qw(setpriv --reuid 65534 --regid 65534 --clear-groups);
$KS::Process::timeout = 120;

# Passes on what is of the killings, and losses, and counts the rest: there are gigabytes of it.
my $sieve = 'while (<STDIN>) { if (/"event":"(?!signal)|"comm":"victim-\d+"/) { print } else { $n += /"count":(\d+)/ ? $1 : 1 } }'
  . ' print "rest ", $n // 0, "\n"';

sub start_tracer (@args) {
  pipe my $read, my $write or die "pipe: $!";
  my $sieving = KS::Process->start([$^X, '-e', $sieve], stdin => $read);
  my $tracer = KS::Tracer->start(['--json', @args], stdout => $write);
  close $_ for $read, $write;
  return ($tracer, $sieving);
}

sub start_flood ($dir, $mode) {
  my $flood = KS::Process->start([@nobody, helper('flood'), $mode], prepare => sub { chdir $dir or die $! });
  $flood->line eq 'ready' or die 'no flood';
  return $flood;
}

# Each victim has a name of its own.
sub kill_one ($killer, $i) {
  my $code = '$0 = "victim-" . shift; $| = 1; print "ready\n"; <STDIN>';
  my $victim = KS::Process->start([$^X, '-e', $code, $i]);
  $victim->line eq 'ready' or die 'no victim';
  $killer->do(kill => $victim->pid, 9);
  $victim->wait;
  return $victim->pid;
}

sub check_killing ($event, $pid, $i, $killer, $name) {
  my $sender = $event->{sender};
  my $is_right = $event->{signal}{number} == 9 && $event->{target}{comm} eq "victim-$i"
    && ($event->{target}{cmdline} // [])->[0] && $sender->{pid} == $killer->id && $sender->{exe}
    && @{$sender->{ancestors} // []} && $sender->{ancestors}[0]{pid} == $$
    && $sender->{ancestors}[0]{exe};
  fail("$name: killing $i is whole") && diag explain $event if !$is_right;
  return $is_right;
}

sub check_all ($name, $events, $pids, $killer) {
  my %of = map { $_->{target}{pid} => $_ } grep { $_->{sender} && $_->{sender}{pid} == $killer->id } signals(@$events);
  my @missing = grep { !$of{$pids->[$_]} } 0 .. $#$pids;
  is_deeply \@missing, [], "$name: all of $killings killings are seen";
  my @whole = grep { $of{$pids->[$_]} && check_killing($of{$pids->[$_]}, $pids->[$_], $_, $killer, $name) } 0 .. $#$pids;
  is scalar @whole, $killings, "$name: with sender, chain and victim";
  return;
}

sub check_count ($name, $events, $rest, $sent) {
  my %lost;
  $lost{$_->{cause}} += $_->{count} for grep { $_->{event} eq 'lost' } @$events;
  my $lost = sum0 @lost{grep { !/_lost\z/ } keys %lost};
  note sprintf '%s: %d calls, %d shown, %d lost', $name, $sent, $rest, $lost;
  is $rest + $lost, $sent, "$name: shown and lost make all" or diag explain \%lost;
  my @spans = grep { $_->{event} eq 'lost' && $_->{cause} eq 'ring_full' } @$events;
  my @without = grep { !$_->{ring} || !$_->{from} } @spans;
  is_deeply \@without, [], "$name: losses tell the ring and since when";
  return;
}

sub test_flood ($mode) {
  my $dir = temp_dir();
  chmod 0777, $dir;
  my $killer = actor();
  my @floods = map { start_flood($dir, $mode) } 1 .. $floods;
  my ($tracer, $sieving) = start_tracer('--from-pid', join ',', map { $_->pid } $killer, @floods);
  $_->write("go\n") for @floods;
  my @pids = map { kill_one($killer, $_) } 0 .. $killings - 1;
  $_->close_stdin for @floods;
  my $sent = sum0 map { $_->line } @floods;
  $_->wait for @floods;
  $tracer->signal('INT');
  my @lines = split /\n/, $sieving->rest;
  my ($rest) = pop(@lines) =~ /\Arest (\d+)\z/;
  my @events = parse_events(join('', map { "$_\n" } @lines), $mode);
  check_all($mode, \@events, \@pids, $killer);
  check_count($mode, \@events, $rest, $sent);
  my $is_lossy = grep { $_->{event} eq 'lost' } @events;
  is $tracer->wait, $is_lossy ? 3 : 0, "$mode: status" or diag $tracer->stderr;
  return;
}

test_flood($_) for qw(continue handled denied move bomb);
done_testing;
