#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Programs that write a title over their arguments are shown as the kernel shows them, but for the
# empty arguments that it leaves at the end.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

my %titles = (
  'shorter than the arguments' => 'ks: x',
  'into the environment' => 'ks: master process ' . 'long ' x 20,
);
my $title = helper('title');
$ENV{KS_ROOM} = '-' x 400;    # there is an environment to write to

sub test_title ($name, $text) {
  my $tracer = trace('-s', 'USR1', '--from-comm', 'title');
  open my $from, '-|', $title, $text or die "$title: $!";
  my $shown = do { local $/; <$from> };
  close $from;
  my ($event) = grep { $_->{sender} && $_->{sender}{comm} eq 'title' } signals(finish_ok($tracer, $name));
  is $shown, $text, "$name: the kernel shows the title";
  is_deeply $event->{sender}{cmdline}, [$text], "$name: and so does killsnoop";
  return;
}

# What is left of the arguments is NULs: as many empty arguments, to the kernel.
sub test_zeroed () {
  my @tracers = map { KS::Tracer->start(['-s', 'USR1', '--from-comm', 'title', @$_]) } ['--json'], [], ['-v'];
  open my $from, '-|', $title, '-0', 'ks: zeroed ' . '-' x 40 or die "$title: $!";
  my $shown = do { local $/; <$from> };
  close $from;
  my ($lines, $table, $verbose) = map { $_->finish } @tracers;
  my ($event) = grep { $_->{sender}{comm} eq 'title' } signals(parse_events($lines, 'zeroed'));
  is_deeply $event->{sender}{cmdline}, [$shown], 'zeroed: no empty arguments in JSON';
  my ($row) = grep { /title\[$event->{sender}{pid}\]/ } split /\n/, $table;
  like $row, qr/ '\Q$shown\E' +perl\[/, 'zeroed: nor in the table';
  like $verbose, qr/^ +cmdline '\Q$shown\E'$/m, 'zeroed: nor with -v';
  return;
}

# As arguments of senders, targets and ancestors; the first of all stays.
sub test_empty ($name, $want, $process) {
  my $id = $process->id;
  my $tracer = trace('-s', 'USR1', '-p', $id);
  $process->do('block');
  $process->do(kill => $id, SIGUSR1);
  $process->do(vfork => 'kill', $id, SIGUSR1);
  my ($self, $child) = to_target($id, finish_ok($tracer, $name));
  is_deeply $self->{sender}{cmdline}, $want, "$name: sender";
  is_deeply $self->{target}{cmdline}, $want, "$name: target";
  is_deeply $child->{sender}{ancestors}[0]{cmdline}, $want, "$name: ancestor";
  is_deeply $child->{sender}{ancestors}[0]{cut}, [], "$name: which is no cut";
  $process->stop;
  return;
}

my $actor = helper('actor');
test_title($_, $titles{$_}) for sort keys %titles;
test_zeroed();
test_empty('empty at the end', [$actor, '', 'x'], actor('', 'x', ('') x 20));
done_testing;
