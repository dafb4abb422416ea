#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A chain of ancestors is whole as long as somebody descends from them, however many processes have
# ended since; and what is kept of these is bounded.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

$KS::Process::timeout = 120;

# Twice as many as are kept: without a bound, they would take 65 MB. It takes long enough for what is
# needed to be asked for repeatedly.
my $dead = $ENV{KS_EMULATED} ? 200 : 80_000;
my $most_kb = 48 << 10; # 32 MB as killsnoop counts, and what the allocator adds

sub start_chains ($n, @wrapper) { return KS::Process->start([@wrapper, helper('chains'), $n]) }

# All of it has ended when no process can write to its output any more.
sub finish ($chains) {
  $chains->close_stdin;
  $chains->rest;
  return $chains->wait;
}

sub memory_of ($pid) { return slurp("/proc/$pid/status") =~ /^RssAnon:\s+(\d+)/m ? $1 : 0 }

my $tracer = trace('-s', 'RTMAX-3', '--from-comm', 'orphan,later');
my $mine = start_chains(0);
my %parent = (0 => $mine->line);
my $before = memory_of($tracer->pid);
my $other = start_chains($dead, qw(setpriv --reuid 65534 --regid 65534 --clear-groups));
$parent{65534} = $other->line;
is finish($other), 0, "another user's processes have ended" or diag $other->stderr;
my $grown = memory_of($tracer->pid) - $before;
is finish($mine), 0, 'and mine' or diag $mine->stderr;
my @events = finish_ok($tracer, 'chains');

for my $uid (0, 65534) {
  my @own = grep { $_->{sender}{uid} == $uid } signals(@events);
  my ($orphan) = grep { $_->{sender}{comm} eq 'orphan' && $_->{sender}{pid} == $_->{target}{pid} } @own;
  my ($later) = grep { $_->{sender}{comm} eq 'later' } @own;
  is $later->{sender}{pid}, $orphan->{sender}{pid}, "uid $uid: the orphan signals twice";
  my $ancestor = $orphan->{sender}{ancestors}[0];
  is $ancestor->{comm}, 'parent', "uid $uid: the parent has ended, and is known";
  is $ancestor->{pid}, $parent{$uid}, "uid $uid: and is the one";
  is_deeply $later->{sender}{ancestors}, $orphan->{sender}{ancestors},
    "uid $uid: the same ancestors after $dead processes have ended";
}
cmp_ok $grown, '<', $most_kb, "memory is bounded: $grown KB more";
done_testing;
