#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The blast radius: one kill of all processes, or one loop over them, is one story. It is played in a
# pid namespace, of which nothing else is hit.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(max);
use Test::More;

my ($comm, $dir) = ("ks-b-$$", temp_dir());

# The init of the namespace: has 15 processes of root and 15 of another user, all of which ignore
# the signal, and a shell run each line of its input in a perl called $comm.
my $init = <<~'END';
  use POSIX ();
  my $comm = shift;
  $| = 1;
  $SIG{USR1} = 'IGNORE';
  pipe my $read, my $write;    # closed when all have executed their program
  for my $uid ((0) x 15, (65534) x 15) {
    next if fork;
    POSIX::setuid($uid) if $uid;
    exec 'sleep', 600;
  }
  close $write;
  sysread $read, my $byte, 1;
  print "ready\n";
  while (my $code = <STDIN>) {
    chomp $code;
    system 'sh', '-c', '"$0" -e "$1" "$2"; :', $^X, "\$0 = shift; $code", $comm;
    print "done\n";
  }
  END

my $room = KS::Process->start([qw(unshare --pid --fork --mount-proc), $^X, '-e', $init, $comm]);
$room->line eq 'ready' or die 'no room';

sub play ($code) {
  $room->write("$code\n");
  $room->line eq 'done' or die $code;
  return;
}

my @filter = ('-s', 'USR1', '--from-comm', $comm);
my $json = trace(@filter, '--save-records', "$dir/records");
my $table = KS::Tracer->start([@filter]);

# The sentence comes while the trace goes on, with no event behind it.
sub wait_for_sentence () {
  while (defined(my $line = $table->line)) { return $line if $line =~ /^ / }
  die 'no sentence';
}

my $each = 'kill USR1 => grep { $_ > 1 } map { m{(\d+)} } glob "/proc/[0-9]*"';
my @stories = (
  ['kill(-1)', 'kill USR1 => -1', 31, 2, 1, qr/its own ancestor sh\[\d+\]/],
  ['a loop, twice', "$each; $each", 32, 2, 2, qr/itself and its own ancestor sh\[\d+\]/],
  ['by a user', 'use POSIX (); POSIX::setuid(65534); kill USR1 => -1', 15, 1, 0, undef],
);

my @sentences;
for my $story (@stories) {
  my ($name, $code, $processes, $users, $ancestors, $who) = @$story;
  play($code);
  push @sentences, wait_for_sentence();
  my $end = $users == 1 ? '1 user' : "$users users";
  $end .= "; $who among them" if $who;
  like $sentences[-1], qr/^  $comm\[\d+\] signalled $processes processes \(SIGUSR1\): (?:[^;]*, )?$end\z/,
    "$name: the sentence";
}

# ---- JSON: running totals ----

my @events = signals(finish_ok($json, 'JSON'));
my %of;
push @{$of{$_->{sender}{pid}}}, $_ for @events;
my @blasts = sort { $a->[0]{seq} <=> $b->[0]{seq} } values %of;
is scalar @blasts, @stories, 'JSON: as many senders as stories';

sub check_totals ($name, $events, $processes, $users, $ancestors) {
  my (%seen, %users, @wrong);
  for my $event (@$events) {
    if ($event->{result} ne 'denied') {
      $seen{$event->{target}{pid}} = 1;
      $users{$event->{target}{uid}} = 1;
    }
    my $blast = $event->{blast} // {processes => 1, users => 1, first_seq => $events->[0]{seq}};
    push @wrong, $event->{seq}
      if $blast->{processes} != max(1, scalar keys %seen) || $blast->{users} != max(1, scalar keys %users)
      || $blast->{first_seq} != $events->[0]{seq};
  }
  is_deeply \@wrong, [], "$name: each event has the totals so far";
  my %last = %{$events->[-1]{blast} // {}};
  is_deeply [@last{qw(processes users ancestors more)}], [$processes, $users, $ancestors, []],
    "$name: the last one has the total";
  is $events->[0]{blast}, undef, "$name: the first one has none";
  return;
}
check_totals($stories[$_][0], $blasts[$_], @{$stories[$_]}[2 .. 4]) for 0 .. $#blasts;
cmp_ok scalar(grep { $_->{result} eq 'denied' } @{$blasts[2]}), '>=', 15, 'by a user: others were refused';

# ---- formats for people ----

my @rows = grep { /^\d/ } split /\n/, $table->finish;
is $table->wait, 0, 'table: status' or diag $table->stderr;
is scalar(grep { / sh\[\d+\] < perl\[\d+\]/ } @rows), @stories, 'table: one row of each story has the ancestors';
is scalar(grep { / as above\z/ } @rows), @rows - @stories, 'table: the others are "as above"';

sub replay (@args) { return (run_tool(['replay', @args, "$dir/records"], not_ready => 1))[1] }

sub sentences ($text) { return [$text =~ /^(  \S.*)\n/mg] }

is_deeply sentences(replay()), \@sentences, 'replay: the same sentences';
my $verbose = replay('-v');
is_deeply sentences($verbose), \@sentences, '-v: the same sentences';
is scalar(() = $verbose =~ /^    sender /mg), @stories, '-v: one block of each story has the sender';
is scalar(() = $verbose =~ /^    as above +(?:call, )?sender,/mg), @rows - @stories, '-v: the others refer to it';
unlike replay('--audit-format'), qr/signalled|as above/, 'audit: none of that';
done_testing;
