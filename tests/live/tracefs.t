#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# killsnoop works without tracefs and leaves the mounts of the host, and of whoever runs it, alone.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

my $places = join ' ', qw(/sys/kernel/tracing /sys/kernel/debug);

# Rows: name, commands that prepare a mount namespace.
my @scenes = (
  ['a private mount namespace', 'true'],
  ['mounts that are shared', 'mount --make-rshared /'],
  ['no tracefs at all', "for i in $places; do umount -R \$i 2>/dev/null; done; true"],
  ['tracefs in its place', 'grep -q " /sys/kernel/tracing tracefs" /proc/mounts ||'
    . ' mount -t tracefs none /sys/kernel/tracing'],
  ['tracefs where it was of old', 'mount -t debugfs none /sys/kernel/debug &&'
    . ' ls /sys/kernel/debug/tracing >/dev/null'],
  ['/sys read-only', 'mount -o remount,ro,bind /sys'],
);

# It sees a signal, and the mounts of $pid are the same before, meanwhile and after.
sub check ($name, $pid, $tracer_of) {
  my $before = mounts($pid);
  my $sender = actor();
  my $tracer = $tracer_of->($sender->id);
  is mounts($pid), $before, "$name: the same mounts meanwhile";
  my $did = $sender->do(kill => $sender->do('gone')->{pid}, SIGUSR1);
  my @events = signals(finish_ok($tracer, $name));
  is scalar @events, 1, "$name: the call is seen";
  is $events[0]{error}, 'ESRCH', "$name: and its result";
  is mounts($pid), $before, "$name: the same mounts after";
  return;
}

# A process that holds a mount namespace in which $commands were run; undef if they fail.
sub namespace ($commands) {
  my $holder = KS::Process->start([qw(unshare -m sh -c), "$commands && echo ready && exec cat"]);
  my $line = $holder->line;
  return defined $line ? $holder : undef;
}

check('the host', 'self', sub ($pid) { trace('--from-pid', $pid) });
for my $scene (@scenes) {
  my ($name, $commands) = @$scene;
  my $holder = namespace($commands);
  SKIP: {
    skip "$name cannot be made here", 1 if !$holder;
    my $host = mounts();
    check($name, $holder->pid, sub ($pid) {
      return KS::Tracer->start(['--json', '--from-pid', $pid],
        wrapper => ['nsenter', '-m', '-t', $holder->pid]);
    });
    is mounts(), $host, "$name: the same mounts of the host";
  }
}

done_testing;
