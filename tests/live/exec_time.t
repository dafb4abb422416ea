#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# When the program that runs in a process was executed: not when the process started.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGURG);
use Test::More;
use Time::HiRes ();

# Prints its pid, and at each line that it reads does one more thing: executes itself, forks.
my $program = <<'END';
  $| = 1;
  print "$$\n";
  while (my $line = <STDIN>) {
    exec $^X, '-e', $ENV{PROGRAM} if $line eq "exec\n";
    my $child = fork // die;
    if (!$child) { print "$$\n"; sleep 1000; exit }
  }
END

# Does it, and returns what it printed, and the times before and after.
sub timed ($do) {
  my $before = Time::HiRes::time();
  my $line = $do->();
  return (0 + $line, $before, Time::HiRes::time());
}

sub is_between ($got, $before, $after, $name) {
  my $time = parse_time($got // '') // 0;
  my $slack = $ENV{KS_EMULATED} ? 0.1 : 0.001;    # the clocks are not read at once
  ok $before - $slack <= $time && $time <= $after + $slack, $name
    or diag sprintf '%s is not in %.6f to %.6f', $got // 'null', $before, $after;
  return;
}

my $older = actor();
$older->facts;
my $tracer = trace('-s', 'URG', '--from-pid', $$);
$ENV{PROGRAM} = $program;
my $process;
my ($pid, @first) = timed(sub { $process = KS::Process->start([$^X, '-e', $program]); $process->line });
kill URG => $pid;
my ($same, @second) = timed(sub { $process->write("exec\n"); $process->line });
is $same, $pid, 'it executes';
kill URG => $pid;
my ($child) = timed(sub { $process->write("fork\n"); $process->line });
kill URG => $_ for $child, $older->id;
kill KILL => $child;
$process->close_stdin;
my @events = signals(finish_ok($tracer, 'exec_time'));
is @events, 4, 'all signals' or BAIL_OUT('signals are missing');
my ($started, $executed, $forked, $before) = map { $_->{target} } @events;

is_between($started->{exec_time}, @first, 'the time of the first exec');
cmp_ok $started->{exec_time}, 'gt', $started->{start_time}, 'which comes after the start';
is_between($executed->{exec_time}, @second, 'the time of the second exec');
is $executed->{start_time}, $started->{start_time}, 'the process is the same';
is $forked->{exec_time}, $executed->{exec_time}, 'a child that executes nothing has that of its parent';
cmp_ok $forked->{exec_time}, 'lt', $forked->{start_time}, 'which was before it started';
is $before->{exec_time}, undef, 'older than the tracer: unknown';
is $_->{sender}{exec_time}, undef, 'and so is the sender' for @events;
done_testing;
