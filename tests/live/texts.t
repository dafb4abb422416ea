#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What a process executed is right for all that inherited it, whatever the one that executed it does
# since; and when the last of them has ended, none of it is kept.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $children = 3;
my $marker = "text of $$";

# Has children, and executes another program when it is told to.
my $dir = temp_dir();
my $program = "$dir/parent";
write_file($program, <<'END');
  $| = 1;
  my $n = shift;
  my $byte;
  $^F = 99;    # the executed program keeps the pipe that its children wait for
  pipe my $end, my $hold or die;
  $SIG{USR1} = $SIG{CHLD} = 'IGNORE';
  for (1 .. $n) {
    my $pid = fork // die;
    next if $pid;
    close $hold;
    print "$$\n";
    sysread $end, $byte, 1;
    exit;
  }
  print "$$\n";
  sysread STDIN, $byte, 1;
  exec $^X, '-e', '$| = 1; print "executed\n"; sysread STDIN, my $byte, 1';
END

sub maps_of ($pid) {
  return map { slurp($_) =~ /^map_id:\s*(\d+)/m ? $1 : () } glob "/proc/$pid/fdinfo/*";
}

# How many elements of the map of long texts have the marker; undef: that cannot be seen here.
sub kept ($pid) {
  for my $map (maps_of($pid)) {
    my ($shown) = run_command('bpftool', 'map', 'show', 'id', $map, '-j');
    next if $shown !~ /"name":"long_texts"/;
    my $dump = run_command('bpftool', '-j', 'map', 'dump', 'id', $map);
    my @values = map { pack 'H*', s/[^0-9a-f]|0x//gr } $dump =~ /"value":\[([^\]]*)\]/g;
    return scalar grep { /\Q$marker\E/ } @values;
  }
  return undef;
}

sub run_command (@command) {
  my $process = eval { KS::Process->start([@command]) } or return '';
  $process->close_stdin;
  my $output = $process->rest;
  $process->wait;
  return $output;
}

sub test_text ($name, $bytes) {
  my @arguments = ($marker, 'x' x $bytes);
  my $tracer = trace('-s', 'USR1', '--from-pid', $$);
  my $parent = KS::Process->start([$^X, $program, $children, @arguments]);
  my @pids = map { 0 + $parent->line } 0 .. $children;
  kill USR1 => $_ for grep { $_ != $parent->pid } @pids;
  my $before = kept($tracer->pid);
  $parent->write("x");
  is $parent->line, 'executed', "$name: the parent executes another program";
  my $since = kept($tracer->pid);
  kill USR1 => $_ for @pids;
  $parent->close_stdin;
  is $parent->wait, 0, "$name: the parent ends";
  is_kept($tracer, $name, $bytes, $before, $since);
  my @events = finish_ok($tracer, $name);
  is_texts($name, $parent->pid, \@pids, @events);
  return;
}

sub is_kept ($tracer, $name, $bytes, $before, $since) {
  SKIP: {
    skip 'maps cannot be seen here', 2 if !defined $before;
    is "$before $since", $bytes > 272 ? '1 1' : '0 0', "$name: one text for all";
    ok eval { until_true('released', sub { !kept($tracer->pid) }); 1 }, "$name: it goes with the last process";
  }
  return;
}

sub is_texts ($name, $parent, $pids, @events) {
  for my $pid (@$pids) {
    my @cmdlines = map { $_->{target}{cmdline} } to_target($pid, @events);
    my @right = grep { ($pid == $parent) != grep { /\Q$marker\E/ } @{$_ // []} } @cmdlines;
    is @cmdlines, $pid == $parent ? 1 : 2, "$name: the signals to $pid";
    is @right, @cmdlines, "$name: what $pid executed is right" or diag explain \@cmdlines;
  }
  return;
}

test_text('short', 10);
test_text('long', 300);
test_text('cut', 3000);
done_testing;
