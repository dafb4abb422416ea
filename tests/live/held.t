#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Processes whose memory cannot be read, as they hold its lock for ever: the tracer starts all the same,
# has what others execute, and ends.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;
use Time::HiRes qw(time);

# Two of a user: the second is not waited for.
my $held = KS::Process->start([helper('held_memory'), 2]);
my $first = $held->line;
plan skip_all => 'there is no FUSE' if $first eq 'none';
my @pids = ($first, $held->line);
my $actor = actor('older');
my $pid = $actor->id;

my $begin = time;
my $tracer = trace('-s', 'URG', '--from-pid', $$, '--env', 'HOME');
cmp_ok time - $begin, '<', 20, 'the tracer is ready';
kill URG => $_ for @pids, $pid;
my @targets = map { $_->{target} } signals(finish_ok($tracer, 'held memory'));
like $tracer->stderr, qr/cannot read the memory of 2 processes, such as $pids[1]/, 'it says which it could not read';
is_deeply [map { $_->{pid} } @targets], [@pids, $pid], 'their signals are there';
is_deeply [map { $_->{cmdline} } @targets[0, 1]], [undef, undef], 'their arguments are unknown';
is_deeply [map { $_->{env} } @targets[0, 1]], [undef, undef], 'so are their variables';
is_deeply [map { $_->{exe} } @targets[0, 1]], [(helper('held_memory')) x 2], 'their executables are not';
is_deeply $targets[2]{cmdline}, [helper('actor'), 'older'], 'those of one that starts later are known';
is $targets[2]{env}{HOME}, $ENV{HOME}, 'with its variables';
$held->close_stdin;
$held->wait;
until_true('what waited is gone', sub { !grep { (slurp($_) // '') =~ /^PPid:\s+${\$tracer->pid}$/m } glob '/proc/[0-9]*/status' });
done_testing;
