#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What the BPF side once recorded gives the same output as ever, in every format: README.md tells
# what is in the recordings. Needs no privileges.
use v5.36;
use strict;
use warnings;
use FindBin;
use Cwd qw(abs_path);
use Test::More;

my $here = $FindBin::Bin;
my $killsnoop = abs_path($ENV{BUILD} // "$here/../../build") . '/killsnoop';
my @replay = ($killsnoop, 'replay', '--utc');

# Where and who reads must not matter.
@ENV{qw(TZ LC_ALL)} = ('Asia/Kathmandu', 'C');

-x $killsnoop or BAIL_OUT("there is no $killsnoop: call make");
my %options = map { my ($name, @option) = split; ($name => \@option) } `$here/formats`;
cmp_ok scalar keys %options, '>=', 5, 'the formats are there';
my @recordings = map { s/\.rec\z//r } sort glob "$here/*.rec";
cmp_ok scalar @recordings, '>=', 14, 'the recordings are there';

sub slurp ($path) {
  open my $file, '<:raw', $path or return undef;
  local $/;
  return <$file> // '';
}

# Standard output and the status.
sub output_of (@command) {
  open my $from, '-|:raw', @command or die "$command[0]: $!";
  local $/;
  my $output = <$from> // '';
  close $from;
  return ($output, $?);
}

sub show_difference ($golden, $output) {
  open my $diff, '|-', 'diff', '-u', '--label', $golden, '--label', 'now', $golden, '-' or return;
  print $diff $output;
  close $diff;
  return;
}

sub check_golden ($recording, $format) {
  my $golden = "$recording.$format";
  my $name = $golden =~ s/.*\///r;
  my ($output, $status) = output_of(@replay, @{$options{$format}}, "$recording.rec");
  # 3: facts are lost in it.
  is $status >> 8, ($recording =~ /loss\z/ ? 3 : 0), "$name: status";
  my $want = slurp($golden) // return fail "$name is there";
  ok $output eq $want, "$name: the same" or show_difference($golden, $output);
  return;
}

for my $recording (@recordings) {
  check_golden($recording, $_) for sort keys %options;
}

# ---- every layout that records ever had ----

my @layouts = map { s/\.rec\z//r } sort glob "$here/layouts/*.rec";
cmp_ok scalar @layouts, '>=', 6, 'the older recordings are there';
check_golden($_, 'json') for @layouts;

# ---- user space's filters, on recordings ----

sub count_lines ($name, @options) {
  my ($output) = output_of(@replay, '-o', 'target.pid', @options, "$here/$name.rec");
  my @lines = split /\n/, $output;
  return @lines - 1;
}

is count_lines('threads'), 8, 'all events';
is count_lines('threads', '-c', 'worker'), 4, 'by the comm of the thread';
is count_lines('threads', '-c', 'work*,svc'), 8, 'by one or another comm';
is count_lines('threads', '--from-comm', 'boss'), 2, "by the sender's comm";
is count_lines('threads', '-c', 'worker', '--from-comm', 'boss'), 1, 'by both';
is count_lines('single', '-u', 'svc'), 2, 'by unit: the signal and the end';
is count_lines('single', '-u', 'other'), 1, 'by another unit: the end only';
is count_lines('errors', '-x', '--from-uid', '4242'), 9, 'what failed, by the uid of the sender';
is count_lines('kernel', '--from-uid', '0'), 0, 'nobody sent what the kernel sent';

# ---- what is damaged is told ----

my $first = $recordings[0];
my $bytes = slurp("$first.rec");

sub check_damaged ($name, $damaged) {
  my $path = "/tmp/killsnoop-replay-$$.rec";
  open my $file, '>:raw', $path or die "$path: $!";
  print $file $damaged;
  close $file;
  my ($output, $status) = output_of('sh', '-c', '"$0" "$@" 2>&1', @replay, '--json', $path);
  unlink $path;
  is $status >> 8, 1, "$name: status 1";
  like $output, qr/^killsnoop: \d+ records? could not be decoded$/m, "$name: told";
  return;
}

# The clock, of 48 bytes, comes first, and the size of a record before that.
check_damaged('cut', substr $bytes, 0, -1);
check_damaged('another version', $bytes =~ s/\A(.{52})./$1\xee/sr);
check_damaged('another type', $bytes =~ s/\A(.{52}\x01.)./$1\xee/sr);
$bytes = slurp("$here/single.rec");
check_damaged('a flag that is not known', $bytes =~ s/\A(.{76})./$1\x01/sr);
check_damaged('longer than itself', $bytes =~ s/\A(.{54})../$1\xff\xff/sr);

# ---- other tools read it ----

SKIP: {
  skip 'ausearch is not installed', scalar @recordings
    if (output_of('sh', '-c', 'command -v ausearch'))[1];
  for my $recording (@recordings) {
    my $name = $recording =~ s/.*\///r;
    my @events = slurp("$recording.audit") =~ /^type=(?:SYSCALL|KERNEL)/mg;
    my ($found) = output_of('sh', '-c', 'ausearch -if "$0" --format raw 2>/dev/null </dev/null',
      "$recording.audit");
    is scalar(() = $found =~ /^type=(?:SYSCALL|KERNEL)/mg), @events,
      "$name.audit: ausearch finds every event";
  }
}

SKIP: {
  my $validate = "$here/../live/lib/validate";
  my $schema = "$here/../../user/doc/events.schema.json";
  skip 'python3-jsonschema is not installed', scalar @recordings
    if (output_of('sh', '-c', 'python3 -c "import jsonschema" 2>/dev/null'))[1];
  for my $recording (@recordings) {
    my $name = $recording =~ s/.*\///r;
    my ($faults) = output_of('sh', '-c', '"$0" "$1" <"$2" 2>&1', $validate, $schema,
      "$recording.json");
    is $faults, '', "$name.json: as the schema has it";
  }
}

done_testing;
