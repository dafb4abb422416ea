#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Names of users: events do not wait for them.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX;
use KS;
use POSIX qw(SIGUSR1);
use Test::More;
use Time::HiRes qw(time);

my $dir = temp_dir();

# The C library asks a daemon first, if there is one: this one takes questions and never answers.
my $daemon = IO::Socket::UNIX->new(Local => "$dir/socket", Listen => 64) or die "socket: $!";

# In a mount namespace of its own, it is that daemon.
my @asked = ('unshare', '-m', 'sh', '-c',
  "mount -t tmpfs none /run && mkdir /run/nscd && mount --bind '$dir' /run/nscd && exec \"\$\@\"", 'sh');

sub sender_of ($uid) {
  my $sender = actor();
  $sender->do(ids => ($uid) x 6);
  return $sender;
}

my $target = actor();
$target->do('block');

sub test_slow_service () {
  my @uids = (0, 65534, map { 70_000 + $_ } 1 .. 10);
  my @senders = map { sender_of($_) } @uids;
  my $tracer = KS::Tracer->start(['--json', '-p', $target->id, '-s', 'USR1'], wrapper => \@asked);
  my $begin = time;
  $_->do(kill => $target->id, SIGUSR1) for @senders;
  my @events = map { decode($tracer->line) } @senders;
  my $limit = $ENV{KS_EMULATED} ? 20 : 3;
  cmp_ok time - $begin, '<', $limit, 'a slow name service: events do not wait';
  is $events[$_]{sender}{user}, scalar getpwuid $uids[$_], "a slow name service: user $uids[$_]"
    for 0 .. $#uids;
  $begin = time;
  finish_ok($tracer, 'a slow name service');
  cmp_ok time - $begin, '<', $limit, 'a slow name service: nor does the end';
  return;
}

# A user who is added while it runs is known from the first event on. In a file of a mount namespace.
sub test_added () {
  my $sender = sender_of(70_123);
  my $passwd = "$dir/passwd";
  write_passwd($passwd, slurp('/etc/passwd'));
  my $tracer = KS::Tracer->start(['--json', '-p', $target->id, '-s', 'USR1'],
    wrapper => ['unshare', '-m', 'sh', '-c', "mount --bind '$passwd' /etc/passwd && exec \"\$\@\"", 'sh']);
  write_passwd($passwd, slurp('/etc/passwd') . "added:x:70123:70123::/:/bin/sh\n");
  $sender->do(kill => $target->id, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'a user is added'));
  is $events[0]{sender}{user}, 'added', 'a user is added: and known';
  return;
}

sub write_passwd ($path, $text) {
  open my $file, '>', $path or die "$path: $!";
  print $file $text;
  close $file or die "$path: $!";
  return;
}

test_slow_service();
test_added();
done_testing;
