#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A signal that hits a process while it executes a program: what the process is said to run is right
# from then on.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $rounds = $ENV{KS_EMULATED} ? 200 : 4000;
$KS::Process::timeout = 120;

my ($dir, $launcher) = (temp_dir(), KS::Process->start(['sh', '-c', 'read -r _; exec "$@"', 'sh', helper('execrace'), $rounds]));
my $tracer = trace('--each', '-s', 'USR1,USR2', '--from-pid', $launcher->pid, '-w', "$dir/events");
$launcher->write("go\n");
is $launcher->wait, 0, 'all rounds';
is $tracer->finish . $tracer->wait, '0', 'the trace ends well' or diag $tracer->stderr;

my ($round, $hits, %wrong) = (0, 0);
open my $events, '<', "$dir/events" or die "events: $!";
while (<$events>) {
  my ($signal, $cmdline) = /"signal":\{"number":\d+,"name":"(\w+)"\}.*"target":\{.*?"cmdline":(null|\[.*?\])/ or next;
  my ($argument) = $cmdline =~ /\A\["execrace","(\d+)"/;
  if ($signal eq 'SIGUSR2') {
    $hits++;
    $wrong{'unknown in exec'}++ if $cmdline eq 'null';
    next;
  }
  $round += 2;
  $wrong{defined $argument ? 'of another round' : 'unknown'}++ if ($argument // 0) != $round;
}
cmp_ok $hits, '>=', $rounds / 2 - 1, 'a signal in each exec';
is $round, $rounds, 'a signal after each';
is_deeply \%wrong, {}, 'the command line is that of the program it runs';
done_testing;
