#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A pid that is used again: who had it before is in the event, if the sender may have meant that, and
# only then. In a pid namespace of its own, where the next pid can be chosen.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $dir = temp_dir();
my $room = KS::Process->start(['unshare', '--pid', '--fork', '--mount-proc', $^X, "$FindBin::Bin/lib/reuse_room.pl", $dir]);

# What is sent from there has the name of its situation as the sender's.
my $tracer = trace('-s', 'USR1');
$room->write("go\n");
$room->close_stdin;
$room->rest;
my $status = $room->wait;
plan skip_all => 'the next pid cannot be chosen here' if $status == 77;
is $status, 0, 'pids are used again' or diag $room->stderr;
my %sent;
push @{$sent{$_->{sender}{comm}}}, $_ for signals(finish_ok($tracer, 'reuse'));

# Of the last signal of each, or that one.
sub is_relation ($sender, $relation, $former, $name, $which = -1) {
  my $event = $sent{$sender}[$which] or return fail "$name: there is a signal";
  my $reuse = $event->{pid_reuse};
  is $reuse && $reuse->{relation}, $relation, $name or diag explain $event;
  is $reuse && $reuse->{former}{comm}, $former, "$name: which one";
  return;
}

my ($first, $second) = @{$sent{'by-parent'} // []};
my $former = $first->{pid_reuse}{former};
is $first->{target}{comm}, 'stranger1', 'the target is the one that has the pid';
is $former->{comm}, 'child1', 'who had it before';
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

is_relation('by-group', 'child', 'child1', 'a group by the number of its leader');
is_relation('by-sibling', 'relative', 'child2', 'a child of the parent of the sender had it');
is_relation('kill', 'relative', 'child3', 'the number is among the arguments');
is_relation('by-session', 'session', 'child4', 'a process of the session had it');
is_relation('by-itself', 'program', 'sleep', 'the sender signalled who had it');
is_relation('by-script', 'program', 'sleep', 'the same script signalled who had it', 1);
is_relation('by-above', 'child', 'child7', 'numbers of a namespace around that of the target');

is_relation('to-new', undef, undef, 'a pid that is used once');
is_relation('to-own', undef, undef, 'the sender has another child of that pid');
is_relation('to-sibling', undef, undef, 'so has its parent');
is_relation('to-same', undef, undef, 'the target is of the session, too');
is_relation('to-away', undef, undef, 'the target has left the session of its creator');
is_relation('to-foreign', undef, undef, 'who had it was nothing to the sender');
is_relation('to-found', undef, undef, 'a program that was executed later, without the number');
is_relation('to-other', undef, undef, 'another script signalled who had it');
is_relation('to-alike', undef, undef, 'the script signals all of that name');
is_relation('to-itself', undef, undef, 'a process signals itself');
is_relation('to-pidfd', undef, undef, 'a pidfd stands for the target');
is_relation('to-several', undef, undef, 'a group that the target does not lead');
done_testing;
