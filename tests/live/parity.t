#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Each call of many situations, and of a random mix, is recorded by kernel audit and by killsnoop:
# the records are equal, but for the serial, the key and a time within one tick.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::HostAudit;
use KS::Parity qw(report);
use Test::More;

my $why_not = KS::HostAudit->why_not;
plan skip_all => $why_not if $why_not;

my $random_calls = 10_000;
my $dir = temp_dir();
$ENV{TMPDIR} = "$dir";    # of what situations leave, if they are killed

# What it prints. Its processes are created after audit was enabled.
sub perform ($name, @args) {
  my $situations = KS::Process->start([helper('situations'), @args]);
  my $calls = $situations->rest;
  is $situations->wait, 0, "$name are performed" or diag $situations->stderr;
  return $calls;
}

# Two at once: the hooks that killsnoop chooses here, and those that see 32-bit programs everywhere.
my %tracers = (auto => [], raw => ['--hook', 'raw']);

my @buffer = qw(--buffer-size 64M);    # twice as much as usual, for all that is sent in a few seconds

my $audit = KS::HostAudit->begin;
for my $name (keys %tracers) {
  $tracers{$name} =
    KS::Tracer->start(['--all', '--audit-format', '-w', "$dir/$name", @{$tracers{$name}}, @buffer]);
}
my $situations = perform('situations');
my $random = perform('random calls', '--random', $random_calls, $$);
for my $name (sort keys %tracers) {
  my $tracer = $tracers{$name};
  is $tracer->finish . $tracer->wait, '0', "$name: all in the file" or diag $tracer->stderr;
}
my $kernel = $audit->end;
is $audit->lost, 0, 'audit has lost nothing';

my (undef, $doctor) = run_tool(['doctor', '--json']);
my %hidden = (auto => decode($doctor)->{plan}{returns} eq 'tracepoint');
for my $name (sort keys %tracers) {
  my %of =
    (kernel => $kernel, killsnoop => slurp("$dir/$name"), no_compat_returns => $hidden{$name});
  report("$name: situations", %of, calls => $situations);
  report(
    "$name: random", %of,
    calls => $random,
    least_situations => 1,
    least_calls => $random_calls
  );
}
done_testing;
