#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A storm of signals: what is not shown is counted, exactly, in the stream and on standard error.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(sum0);
use Test::More;

my $count = $ENV{KS_STORM} // 200_000;
my $no_events = qr/\A(?:return|process|exit|label)_lost\z/;
$KS::Process::timeout = 120;

# Parsing them all takes minutes: events are counted by their text, and one in a while is parsed.
sub tally ($file, $pid) {
  my %tally = (lines => 0, events => 0, lost => 0, incomplete => 0, other => 0, sample => '', sequence_faults => 0);
  my ($last, $gap) = (0, 0);    # seq counts from 1
  open my $lines, '<', $file or die "$file: $!";
  while (my $line = <$lines>) {
    my ($type, $seq) = $line =~ /\A\{"event":"(\w+)",.*?"seq":(\d+),/ or die "no event: $line";
    $tally{sequence_faults}++ if $seq <= $last;
    $gap += $seq - $last - 1;
    my ($count) = $type eq 'signal' ? $line =~ /"count":(\d+)/ : 1;
    $last = $seq + $count - 1;
    count_line(\%tally, $type, $line, $pid, $count);
    $tally{sample} .= $line if $type ne 'signal' || $tally{lines}++ % 5000 == 0;
  }
  return (%tally, gap => $gap);
}

sub count_line ($tally, $type, $line, $pid, $count) {
  if ($type eq 'signal') {
    $tally->{$line =~ /"sender":\{"pid":$pid,/ ? 'events' : 'other'} += $count;
  } elsif ($type eq 'lost') {
    my $lost = decode($line);
    $tally->{$lost->{cause} =~ $no_events ? 'incomplete' : 'lost'} += $lost->{count};
  }
  return;
}

sub run_storm ($name, @args) {
  my $dir = temp_dir();
  my $storm = KS::Actor->start([helper('storm'), $count]);
  my $pid = decode($storm->line)->{pid};
  my $tracer = trace('-w', "$dir/events", '--from-pid', $pid, '-s', 'USR1', @args);
  my $did = $storm->do('go');
  my $output = $tracer->finish;
  my %tally = tally("$dir/events", $pid);
  note sprintf '%s: %.0f ns a call, %d shown, %d lost', $name, $did->{ns} / $count,
    @tally{qw(events lost)};
  is $did->{sent}, $count, "$name: as many as asked for";
  is $tally{events} + $tally{lost}, $count, "$name: shown and lost make all";
  is $tally{other}, 0, "$name: nothing else is shown";
  is $tally{sequence_faults}, 0, "$name: seq counts up";
  is $tally{gap}, $tally{lost}, "$name: the gaps in seq are what is lost";
  is $tracer->wait, $tally{lost} + $tally{incomplete} ? 3 : 0,
    "$name: the status tells whether all is there";
  like $tracer->stderr, qr/\b$tally{lost}\b[^\n]*\blost\b|\blost\b[^\n]*\b$tally{lost}\b/,
    "$name: how many are lost is on standard error" if $tally{lost};
  unlike $tracer->stderr, qr/\b[1-9]\d* (?:\w+ )*lost/, "$name: none is lost by standard error"
    if !$tally{lost};
  parse_events($tally{sample}, "$name, a sample");
  return %tally;
}

# Asked to end while its reader is slow, it shows what the buffer holds as long as that is read: a line
# now and then is enough.
sub test_slow_reader () {
  my $storm = KS::Actor->start([helper('storm'), 20_000]);
  my $pid = decode($storm->line)->{pid};
  my $tracer = trace('--from-pid', $pid, '-s', 'USR1');
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  $storm->do('go');
  $tracer->signal($_) for qw(INT CONT);    # all of it is still in the buffer
  for (1 .. 30) {
    select undef, undef, undef, 0.1;    # time itself is the matter: longer than any limit there may be
    $tracer->read_more;
  }
  my @lines = split /\n/, $tracer->complete;
  my @losses = map { /"event":"lost"/ ? decode($_) : () } @lines;
  my @lost = map { $_->{count} } grep { $_->{cause} !~ $no_events } @losses;
  my $shown = sum0 map { /"event":"signal".*"count":(\d+)/ } @lines;
  is $shown + sum0(@lost), 20_000, 'a slow reader: shown and lost make all';
  is $tracer->wait, @losses ? 3 : 0, 'a slow reader: the status tells';
  return;
}

# How many signals a text has.
my %signals_in = (
  'the table' => sub ($line) { $line =~ /^\d\d:/ ? $line =~ / x([\d,]+)$/ ? $1 =~ s/,//gr : 1 : 0 },
  '--audit-format' => sub ($line) { $line =~ /^type=SYSCALL / },
);

sub test_text ($name, @args) {
  my $dir = temp_dir();
  my $storm = KS::Actor->start([helper('storm'), $count]);
  my $pid = decode($storm->line)->{pid};
  my $tracer = KS::Tracer->start(['-w', "$dir/events", '--from-pid', $pid, '-s', 'USR1', @args]);
  $storm->do('go');
  $tracer->finish;
  is $tracer->wait, 0, "$name: nothing is lost" or diag $tracer->stderr;
  open my $lines, '<', "$dir/events" or die "$dir/events: $!";
  my $sum = 0;
  while (my $line = <$lines>) { $sum += $signals_in{$name}->($line) || 0 }
  is $sum, $count, "$name: all are there";
  return;
}

test_text('the table');
test_text('--audit-format', '--audit-format');
my %summed_up = run_storm('the default buffer');
is $summed_up{lost}, 0, 'the default buffer holds all';
cmp_ok $summed_up{lines}, '<', $count / 50, 'which is told in few lines';
my %each = run_storm('each', '--each');
is $each{lines}, $each{events}, '--each: a line for each';
test_slow_reader();
my %small = run_storm('a small buffer', '--buffer-size', '4K');
cmp_ok $small{lost}, '>', 0, 'a small buffer loses some: the count was put to the test';
done_testing;
