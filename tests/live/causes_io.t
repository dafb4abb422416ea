#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Whoever uses a file that another process watches makes the kernel send that a signal, of its choice:
# a kill without a call of the kill family. The verdict names who used the file, and how.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my ($stacks) = grep { $_->{name} eq 'stacks' } @{decode((run_tool(['doctor', '--json']))[1])->{abilities}};
plan skip_all => 'no stacks of the kernel here' if !$stacks->{available};

my $dir = temp_dir();

# What each victim begins with: SIGTERM instead of SIGIO, for what happens to $f.
my $watch = 'use Fcntl; use POSIX; use IO::Socket::UNIX; $| = 1; $SIG{TERM} = "DEFAULT"; my $d = shift;'
  . ' sub watch ($f) { fcntl $f, F_SETOWN, 0 + $$; fcntl $f, 10, SIGTERM; fcntl $f, F_SETFL, O_ASYNC | O_NONBLOCK }';

# Rows: name, what the victim watches, what another does to it, how it is said.
my @rows = (
  ['lease', 'open my $f, ">", "$d/lease"; open $f, "<", "$d/lease"; fcntl $f, 10, SIGTERM; fcntl $f, 1024, F_RDLCK or die "$!"',
    'sysopen my $f, "$d/lease", O_WRONLY | O_NONBLOCK', 'a use of a file of which it has a lease (F_SETLEASE)'],
  ['dnotify', 'mkdir "$d/d"; sysopen my $f, "$d/d", O_RDONLY; fcntl $f, 10, SIGTERM; fcntl $f, 1026, 4 or die "$!"',
    'open my $f, ">", "$d/d/new"', 'a use of a directory that it watches (F_NOTIFY)'],
  ['inotify', 'mkdir "$d/i"; my $n = syscall((uname)[4] eq "aarch64" ? 26 : 294, 0); open my $f, "<&=", $n;'
    . ' syscall((uname)[4] eq "aarch64" ? 27 : 254, $n, "$d/i\0", 0x100) > 0 or die "$!"; watch($f)',
    'open my $f, ">", "$d/i/new"', 'a use of a file that it watches (inotify)'],
  ['a pipe is written to', 'mkfifo "$d/w", 0600; sysopen my $f, "$d/w", O_RDWR; watch($f)',
    'sysopen my $f, "$d/w", O_RDWR; syswrite $f, "x"', 'a write to a pipe that it watches (F_SETSIG)'],
  ['a full pipe is read', 'mkfifo "$d/r", 0600; sysopen my $f, "$d/r", O_RDWR | O_NONBLOCK; 1 while syswrite $f, "x" x 4096; watch($f)',
    'sysopen my $f, "$d/r", O_RDONLY; sysread $f, my $x, 65536', 'a read from a pipe that it watches (F_SETSIG)'],
  ['a pipe is closed', 'mkfifo "$d/c", 0600; sysopen my $f, "$d/c", O_RDONLY | O_NONBLOCK; watch($f)',
    'sysopen my $f, "$d/c", O_WRONLY; close $f', 'a close of a pipe that it watches (F_SETSIG)'],
  ['a connection', 'my $f = IO::Socket::UNIX->new(Local => "$d/s", Listen => 1) or die "$!"; watch($f)',
    'IO::Socket::UNIX->new(Peer => "$d/s")', 'a connection to a socket that it watches (F_SETSIG)'],
);

for my $row (@rows) {
  my ($name, $watched, $use, $words) = @$row;
  my $victim = KS::Process->start([$^X, '-Mv5.36', '-e', "$watch; $watched; print qq(ready\\n); sleep 100", "$dir"]);
  is $victim->line, 'ready', "$name: is watched" or next;
  my $tracer = KS::Tracer->start(['-p', $victim->pid]);
  my $culprit = KS::Process->start([$^X, '-Mv5.36', '-e', "use Fcntl; use IO::Socket::UNIX; my \$d = shift; $use", "$dir"]);
  my $pid = $culprit->pid;
  like $tracer->complete, qr/ was killed by SIGTERM, sent by perl\S*\[$pid\] \(.*\) [\d.]+ m?s before: \Q$words\E$/m, "$name: who did it, and how";
  $culprit->wait;
}
done_testing;
