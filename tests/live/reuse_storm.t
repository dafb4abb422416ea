#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Where pids are used again all the time, no signal that has the target that is meant is one by a wrong
# pid. KS_REUSE_SECONDS: how long.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $seconds = $ENV{KS_REUSE_SECONDS} // 6;
my $dir = temp_dir();
# An hour of events is more than a file should have: what is of interest is kept.
my $sieve = q(perl -ne '$n++; print if /"pid_reuse":\{/; END { print "$n lines\n" }');
my $tracer = KS::Tracer->start(['--json', '--each', '-s', 'TERM,USR1,0'],
  wrapper => ['bash', '-c', qq(exec "\$0" "\$@" > >($sieve > "$dir/kept"))]);
local $KS::Process::timeout = $seconds + 60;
my $storm = KS::Process->start(['unshare', '--pid', '--fork', '--mount-proc', 'bash', "$FindBin::Bin/lib/reuse_storm.sh", $seconds, $dir]);
$storm->close_stdin;
$storm->rest;
my $status = $storm->wait;
plan skip_all => 'the next pid cannot be chosen here' if $status == 77;
is $status, 0, 'pids are used again' or diag $storm->stderr;
$tracer->finish;
$tracer->wait;

my (%times, $again);
$again += $times{$_}++ ? 1 : 0 for split ' ', slurp("$dir/pids");
my $kept;
until_true('all is read', sub { $kept = slurp("$dir/kept"); $kept =~ /^\d+ lines$/m });
my ($signals) = $kept =~ /^(\d+) lines$/m;
my @wrong = map { decode($_) } $kept =~ /^\{.*/mg;
note sprintf '%d signals; %d of %d children had a pid that another child of the shell had had', $signals, $again, scalar split ' ', slurp("$dir/pids");
cmp_ok $signals, '>', 10 * $seconds, 'there are signals';
cmp_ok $again, '>', $seconds, 'pids were used again';
is @wrong, 0, 'no wrong pid' or diag explain [@wrong > 3 ? @wrong[0 .. 2] : @wrong];
done_testing;
