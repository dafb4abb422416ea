#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# make fuzz, for a short time: the recordings are its seeds, and nothing it makes of them is fatal.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../package/lib";
use Build;
use Test::More;

my $seconds = 10;
my $clang = $ENV{CLANG} // 'clang';
my $program = 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }';

plan skip_all => "$clang has no libFuzzer: scripts/setup fuzz"
  if !can_run($clang) || system "echo '$program' | $clang -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null";
make_ok('its build', ['fuzz-build', "BUILD=$build"]);
my $said = make_ok("$seconds seconds", ['fuzz', "BUILD=$build", "FUZZ_SECONDS=$seconds"]);
my @seeds = glob "$top/tests/replay/*.rec";
my ($runs) = $said =~ /^stat::number_of_executed_units:\s*(\d+)/m;
cmp_ok $runs // 0, '>', @seeds, 'more than the recordings were tried';
done_testing;
