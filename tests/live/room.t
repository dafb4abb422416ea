#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# No user can take all the room for what processes execute: beyond a bound, it is unknown of the
# processes of that user, which is said, and of no other. Half of the table cannot be filled here, so
# the count of this user is set as if it were.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(sum0);
use Test::More;

my ($uid, $many) = (40_000 + $$ % 10_000, 1 << 30);
my $place = ($uid * 0x9e3779b1 & 0xffffffff) >> 20;    # count_of() in bpf/exec.bpf.h

sub bpftool (@args) {
  my $process = eval { KS::Process->start(['bpftool', '-j', @args]) } or return '';
  $process->close_stdin;
  my $output = $process->rest;
  return $process->wait ? '' : $output;
}

sub map_of ($pid, $name) {
  for my $file (glob "/proc/$pid/fdinfo/*") {
    my ($id) = slurp($file) =~ /^map_id:\s*(\d+)/m or next;
    return $id if bpftool('map', 'show', 'id', $id) =~ /"name":"$name"/;
  }
  return undef;
}

my @key = ('key', 'hex', map { sprintf '%02x', $_ } unpack 'C4', pack 'L', $place);

sub set_count ($map, $n) {
  return bpftool('map', 'update', 'id', $map, @key, 'value', 'hex', map { sprintf '%02x', $_ } unpack 'C4', pack 'L', $n);
}

sub count ($map) {
  my ($bytes) = bpftool('map', 'lookup', 'id', $map, @key) =~ /"value":\s*\[([^\]]*)\]/ or return -1;
  return unpack 'L', pack 'C4', map { hex } $bytes =~ /0x(\w+)/g;
}

# A process of this user, created by one of it; and its pid.
sub sleeper ($uid) {
  my $shell = KS::Process->start(['setpriv', '--reuid', $uid, '--regid', $uid, '--clear-groups', 'sh', '-c', 'sleep 1000 & echo $!; wait']);
  return ($shell, 0 + $shell->line);
}

# Whether the command line of each was known when it was killed.
sub kill_sleepers (@sleepers) {
  for my $sleeper (@sleepers) {
    kill TERM => $sleeper->[1];
    $sleeper->[0]->wait;
  }
  return;
}

my $tracer = trace('-s', 'TERM', '--from-pid', $$);
my $map = map_of($tracer->pid, 'execs_of_user');
plan skip_all => 'maps cannot be seen here' if !defined $map;

my @before = ([sleeper($uid)]);
is count($map), 1, 'a process of the user is counted';
kill_sleepers(@before);
ok eval { until_true('freed', sub { !count($map) }); 1 }, 'until it is gone';

set_count($map, $many);
my @beyond = ([sleeper($uid)], [sleeper(0)]);
is count($map), $many, 'beyond the bound, none is added';
kill_sleepers(@beyond);
set_count($map, 0);
my @after = ([sleeper($uid)]);
is count($map), 1, 'and then, one is again';
kill_sleepers(@after);

my @events = finish_ok($tracer, 'room', 3);
sub cmdline ($sleeper) { return map { $_->{target}{cmdline} } to_target($sleeper->[1], @events) }

my $known = ['sleep', '1000'];
is_deeply [map { cmdline($_) } @before, @after], [$known, $known], 'within the bound, command lines are known';
is_deeply [map { cmdline($_) } @beyond], [undef, $known], 'beyond, only those of others';
cmp_ok sum0(map { $_->{count} } grep { $_->{event} eq 'lost' && $_->{cause} eq 'process_lost' } @events), '>', 0, 'which is said';
done_testing;
