#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Programs that write a title over their arguments are shown as the kernel shows them.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my %titles = (
  'shorter than the arguments' => 'ks: x',
  'into the environment' => 'ks: master process ' . 'long ' x 20,
);
my $title = helper('title');
$ENV{KS_ROOM} = '-' x 400;    # there is an environment to write to

sub test_title ($name, $text) {
  my $tracer = trace('-s', 'USR1');
  open my $from, '-|', $title, $text or die "$title: $!";
  my $shown = do { local $/; <$from> };
  close $from;
  my ($event) = grep { $_->{sender} && $_->{sender}{comm} eq 'title' } signals(finish_ok($tracer, $name));
  is $shown, $text, "$name: the kernel shows the title";
  is_deeply $event->{sender}{cmdline}, [$text], "$name: and so does killsnoop";
  return;
}

test_title($_, $titles{$_}) for sort keys %titles;
done_testing;
