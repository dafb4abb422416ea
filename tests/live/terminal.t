#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The table on a terminal: it fits, also after that has changed its size.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $target = actor();
$target->do('block');
my $sender = actor('with', 'arguments', 'that', 'are', 'longer', 'than', 'a' x 100);
my @filter = ('--sig', 45, '--from-pid', $sender->id);

sub on_terminal ($columns, $rows, @options) {
  return KS::Tracer->start(['--each', @filter, @options], wrapper => [helper('terminal'), $columns, $rows]);
}

sub table_line ($tracer) { return $tracer->line =~ s/\r\z//r =~ s/\e\[\d*m//gr }

sub send_one () {
  $sender->do(kill => $target->id, 45);
  return;
}

# The next line of the table that begins like that.
sub line_like ($tracer, $start) {
  my $line;
  do { $line = table_line($tracer) } while $line !~ $start;
  return $line;
}

sub width ($line) { return length($line =~ s/…/./gr) }

sub test_sizes () {
  my $tracer = on_terminal(80, 24);
  my $header = table_line($tracer);
  like $header, qr/^TIME {5}SIGNAL/, '80 columns: the header is narrow';
  send_one();
  my $line = line_like($tracer, qr/^\d\d:/);
  cmp_ok width($line), '<=', 80, '80 columns: a line fits';
  like $line, qr/^\d\d:\d\d:\d\d SIG\S+ +\w+ .*…/, '80 columns: what is too long is cut';
  $tracer->write("132 24\n");
  like line_like($tracer, qr/^TIME/), qr/^TIME {12}SIGNAL/, '132 columns: another header';
  send_one();
  $line = line_like($tracer, qr/^\d\d:/);
  cmp_ok width($line), '<=', 132, '132 columns: a line fits';
  like $line, qr/^\d\d:\d\d:\d\d\.\d{6} /, '132 columns: the time is whole';
  $tracer->finish;
  is $tracer->wait, 0, 'sizes: status';
  return;
}

sub test_header_again () {
  my $tracer = on_terminal(100, 8);
  send_one() for 1 .. 20;
  my $lines = 0;
  my $headers = 0;
  while ($lines < 20) {
    table_line($tracer) =~ /^TIME/ ? $headers++ : $lines++;
  }
  is $headers, 4, 'the header comes again after a screenful';
  $tracer->finish;
  return;
}

sub test_wide () {
  my $tracer = on_terminal(80, 24, '--wide');
  send_one();
  cmp_ok width(line_like($tracer, qr/^\d\d:/)), '>', 200, '--wide: nothing is cut';
  $tracer->finish;
  return;
}

test_sizes();
test_header_again();
test_wide();
done_testing;
