#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A pid that is used again: who had it before is in the event, if the sender may have meant that. In
# a pid namespace of its own, where the next pid can be chosen.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

# Perl in a new pid namespace, and what it prints: the pids there.
my $program = <<'END';
  $| = 1;
  $SIG{USR1} = 'IGNORE';
  sub next_pid { open my $file, '>', '/proc/sys/kernel/ns_last_pid' or exit 77; print $file $_[0] - 1; close $file or exit 77 }
  sub child {
    my ($pid, $name, $wait) = @_;
    next_pid($pid);
    my $child = fork // die;
    if (!$child) { $SIG{USR1} = 'IGNORE'; open my $comm, '>', '/proc/self/comm'; print $comm $name; close $comm; $wait ? sleep 1000 : exit 3 }
    die "not $pid" if $child != $pid;
    waitpid $child, 0 if !$wait;
    select undef, undef, undef, .01 while $wait && do { open my $comm, '<', "/proc/$pid/comm"; <$comm> ne "$name\n" };
  }
  child(300, 'former', 0);
  child(300, 'latter', 1);
  kill USR1 => 300 for 1 .. 2;
  child(301, 'only', 1);
  kill USR1 => 301;
  # A child of another: it ended just now.
  next_pid(302);
  my $other = fork // die;
  if (!$other) { child(400, 'foreign', 0); exit }
  waitpid $other, 0;
  child(400, 'heir', 1);
  kill USR1 => 400;
  # A script has a child, and another that signals the pid later: it is a stranger's then.
  sub is_stranger { open my $comm, '<', '/proc/500/comm' or return; return <$comm> eq "stranger\n" }
  pipe my $ready, my $done or die;
  my $script = fork // die;
  if (!$script) {
    child(500, 'sibling', 0);
    close $done;
    select undef, undef, undef, .01 until is_stranger();
    my $killer = fork // die;
    if (!$killer) { kill USR1 => 500; kill KILL => 500; exit }
    waitpid $killer, 0;
    exit;
  }
  close $done;
  <$ready>;
  my $stranger = fork // die;
  if (!$stranger) { child(500, 'stranger', 1); wait; exit }
  waitpid $_, 0 for $script, $stranger;
  kill KILL => 300, 301, 400;
END

my $tracer = trace('-s', 'USR1', '--from-comm', 'reuser');
my $run = KS::Process->start(['unshare', '--pid', '--fork', '--mount-proc', $^X, '-e', "open my \$c, '>', '/proc/self/comm'; print \$c 'reuser'; close \$c; $program"]);
$run->close_stdin;
$run->rest;
my $status = $run->wait;
plan skip_all => 'the next pid cannot be chosen here' if $status == 77;
is $status, 0, 'pids are used again' or diag $run->stderr;
my @events = signals(finish_ok($tracer, 'reuse'));
is @events, 5, 'all signals';

my ($first, $second, $none, $foreign, $relative) = @events;
my $former = $first->{pid_reuse}{former};
is $first->{target}{comm}, 'latter', 'the target is the one that has the pid';
is $former->{comm}, 'former', 'who had it before';
is $former->{code}, 3, 'how that ended';
is $former->{signal}, undef, 'not by a signal';
is $former->{ppid}, $first->{sender}{pid}, 'its parent is the sender';
is $first->{pid_reuse}{relation}, 'child', 'and so it was a child of the sender';
isnt $former->{pid}, $first->{target}{pid}, 'outside, the numbers are others';
# When it ended is known to about a tick only, but never is it out of order. Times of two clocks of the
# kernel are compared: their offsets are measured.
my $ended = parse_time($first->{pid_reuse}{ended});
cmp_ok parse_time($former->{start_time}), '<=', $ended + 1e-5, 'it did not end before it started';
cmp_ok $ended, '<=', parse_time($first->{target}{start_time}) + 1e-5, 'nor after the target started';
is_deeply $second->{pid_reuse}, $first->{pid_reuse}, 'the same for the next signal';
is $none->{pid_reuse}, undef, 'a pid that is used once';
is $relative->{pid_reuse}{relation}, 'relative', 'a child of the sender\'s parent had it';
is $relative->{pid_reuse}{former}{comm}, 'sibling', 'which one';
is $foreign->{pid_reuse}, undef, 'who had it was nothing to the sender';
done_testing;
