#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Programs that start others, and pass on to them what they are sent, or end them by themselves: shells,
# timeouts, inits of containers, make.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Story;
use POSIX qw(SIGINT SIGTERM);
use Test::More;

my $dir = temp_dir();
my @victim = ('sh', '-c', 'echo $$; exec sleep 100');

# $wrapper starts the victim, which says its pid; its parent is sent SIGTERM. Of the victim: %want.
sub relayed ($name, $wrapper, %want) {
  my $can = delete $want{try};
  return {
    name => $name, needs => [$wrapper->[0]], try => $can,
    start => sub { return {process => KS::Process->start(['setsid', command_line(@$wrapper)])} },
    ready => sub ($s) {
      first_line($s);
      instead_of($s->{pid}, 'sleep');
      $s->{parent} = (split ' ', slurp("/proc/$s->{pid}/stat") =~ s/.*\)//r)[1];
    },
    strike => sub ($s) { $s->{by} = outsider('TERM', $s->{parent}) },
    want => sub ($s) {
      return (status => 'SIGTERM', how => 'killed', from => [$s->{parent}, $s->{by}], passed => [qw(SIGTERM SIGTERM)],
        words => qr/, sent by \S+\[$s->{parent}\] .*; sh\[$s->{by}\] \(sh -c 'kill .*\) had sent SIGTERM to \S+\[$s->{parent}\] [\d.]+ m?s earlier$/, %want);
    },
  };
}

# The victim stays what it was: only an exec is in between.
sub not_in_between ($name, @wrapper) {
  return {
    name => $name, needs => [grep { !/[^a-z]/ } $wrapper[0]],
    start => sub { return {process => KS::Process->start([command_line(@wrapper)])} },
    ready => sub ($s) { first_line($s); instead_of($s->{pid}, 'sleep') },
    strike => sub ($s) { $s->{by} = outsider('TERM', $s->{pid}) },
    want => sub ($s) { return (status => 'SIGTERM', how => 'killed', from => [$s->{by}], comm => 'sleep') },
  };
}

my @relays = (
  relayed('tini', ['tini', '-s', '--', @victim]),
  relayed('dumb-init', ['dumb-init', @victim]),
  relayed('su', ['su', 'nobody', '-s', '/bin/sh', '-c', 'echo $$; exec sleep 100'],
    try => [qw(su nobody -s /bin/sh -c true)]),
  relayed('runuser', ['runuser', '-u', 'nobody', '--', @victim], try => [qw(runuser -u nobody -- true)]),
  relayed('sudo', ['sudo', '-n', '-u', 'nobody', @victim], try => [qw(sudo -n -u nobody true)]),
  relayed('perl that stops its child by another signal', [$^X, '-e', '$SIG{TERM} = sub { kill INT => $pid }; $pid = fork // die;'
        . ' exec @ARGV if !$pid; waitpid $pid, 0', @victim], status => 'SIGINT', passed => [qw(SIGINT SIGTERM)]),
  relayed('python that stops its child', ['python3', '-c', 'import signal, subprocess, sys; signal.signal(signal.SIGTERM, lambda *a: p.kill()); '
        . 'p = subprocess.Popen(sys.argv[1:]); p.wait()', @victim], status => 'SIGKILL', passed => [qw(SIGKILL SIGTERM)]),
  relayed('node that stops its child', ['node', '-e', 'let p; process.on("SIGTERM", () => p.kill());'
        . ' p = require("child_process").spawn(process.argv[1], process.argv.slice(2), {stdio: "inherit"}); p.on("exit", () => process.exit(1))', @victim]),
  relayed('bash that kills a job', ['bash', '-mc', 'trap "kill %1" TERM; "$@" & wait; wait', 'bash', @victim]),
  not_in_between('setsid, nohup, nice, env', qw(setsid nohup nice env A=1), @victim),
  not_in_between('setpriv, prlimit, stdbuf', qw(setpriv --reuid 65534 --clear-groups prlimit --nofile=64 stdbuf -o0), @victim),
);

# $wrapper has the victim in its own group, to which it sends the signal again.
sub grouped ($name, $wrapper, $target, $want) {
  return {
    name => $name, needs => [$wrapper->[0]],
    start => sub { return {process => KS::Process->start(['setsid', @$wrapper])} },
    ready => sub ($s) {
      first_line($s);
      $s->{wrapper} = $s->{process}->pid;
      $s->{pids} = [$s->{wrapper}, $s->{pid}];
    },
    strike => sub ($s) { $s->{by} = outsider('TERM', $target->($s)) },
    want => $want,
  };
}

my @stopping = ('/usr/bin/python3', '-c', 'import os, signal, sys, time; signal.signal(signal.SIGTERM, lambda *a: sys.exit(0)); print(os.getpid(), flush=True); time.sleep(100)');
my @groups = (
  # The signal for the group comes first.
  grouped('a group with timeout', [qw(timeout 100), @victim], sub ($s) { -$s->{wrapper} }, sub ($s) {
    return ($s->{pid} => {status => 'SIGTERM', how => 'killed', from => [$s->{by}]},
      $s->{wrapper} => {signal => 'SIGTERM', from => [$s->{by}]});
  }),
  # timeout signals its child, and then the group.
  grouped('timeout signals twice', [qw(timeout 100), @stopping], sub ($s) { $s->{wrapper} }, sub ($s) {
    return ($s->{pid} => {status => 0, how => 'handled', from => [$s->{wrapper}, $s->{by}]},
      $s->{wrapper} => {signal => 'SIGTERM', from => [$s->{by}]});
  }),
  grouped('trap "kill 0"', ['sh', '-c', 'trap "trap - TERM; kill 0" TERM; "$@" & wait; wait', 'sh', @victim], sub ($s) { $s->{wrapper} }, sub ($s) {
    return ($s->{pid} => {status => 'SIGTERM', how => 'killed', from => [$s->{wrapper}, $s->{by}]},
      $s->{wrapper} => {status => 'SIGTERM', how => 'reraised', from => [$s->{by}]});
  }),
  grouped('trap "kill 0" EXIT', ['bash', '-c', 'trap "kill 0" EXIT; "$@" & wait', 'bash', @victim], sub ($s) { $s->{wrapper} }, sub ($s) {
    return ($s->{pid} => {status => 'SIGTERM', how => 'killed', from => [$s->{wrapper}, $s->{by}]},
      $s->{wrapper} => {status => 'SIGTERM', how => 'reraised', from => [$s->{by}]});
  }),
  {
    %{grouped('another signal than any to stop', ['sh', '-c', 'trap "kill \$!; exit" USR1; "$@" & wait', 'sh', @victim], sub { 0 }, sub ($s) {
      return ($s->{wrapper} => {signal => 'SIGUSR1', how => 'handled', from => [$s->{by}]},
        $s->{pid} => {status => 'SIGTERM', how => 'killed', from => [$s->{wrapper}, $s->{by}]});
    })},
    strike => sub ($s) { $s->{by} = outsider('USR1', $s->{wrapper}) },
  },
);

# ---- make ----

# make -j2 in a terminal of its own, with two recipes that say their pids.
sub start_make ($name) {
  my $folder = "$dir/$name";
  mkdir $folder or die "$folder: $!";
  write_file("$folder/Makefile", "all: a b\na b:\n\t\@echo \$\$PPID \$\$\$\$; exec sleep 100\n");
  return {process => KS::Process->start(['script', '-qec', "exec make -j2 -C $folder", '/dev/null'])};
}

sub await_make ($s) {
  while (@{$s->{pids} // []} < 3) {
    next if ($s->{process}->line // $s->{process}->fail('ended')) !~ /^(\d+) (\d+)\r?$/;
    $s->{make} = $1;
    push @{$s->{pids} //= [$1]}, $2;
  }
  instead_of($_, 'sleep') for @{$s->{pids}}[1, 2];
  return;
}

sub make_story ($name, $strike, $want) {
  return {
    name => "make, $name", needs => [qw(make script)],
    start => sub { return start_make($name =~ s/\W/_/gr) },
    ready => \&await_make,
    strike => $strike,
    want => sub ($s) {
      my %want = $want->($s);
      return ($s->{make} => $want{make}, map { ($_ => $want{recipe}) } @{$s->{pids}}[1, 2]);
    },
  };
}

# Whether make then exits or raises SIGINT again depends on who is first, it or its children.
my @tty = (origin => 'tty', signal => 'SIGINT');
my @make = (
  make_story('^C', sub ($s) { $s->{process}->write("\003") }, sub ($s) {
    return (make => {@tty}, recipe => {@tty, status => 'SIGINT', how => 'killed'});
  }),
  make_story('SIGTERM', sub ($s) { $s->{by} = outsider('TERM', $s->{make}) }, sub ($s) {
    return (make => {status => 'SIGTERM', how => 'reraised', from => [$s->{by}]},
      recipe => {status => 'SIGTERM', how => 'killed', from => [$s->{make}, $s->{by}]});
  }),
  make_story('SIGINT from outside', sub ($s) { $s->{by} = outsider('INT', '-' . getpgrp $s->{make}) }, sub ($s) {
    return (make => {signal => 'SIGINT', from => [$s->{by}]}, recipe => {status => 'SIGINT', how => 'killed', from => [$s->{by}]});
  }),
);

# The last process that had the other side of the terminal ends.
my $hangup = {
  name => 'a terminal is closed', needs => ['script'],
  start => sub { return {process => KS::Process->start(['script', '-qec', 'echo $$; exec sleep 100', '/dev/null'])} },
  ready => sub ($s) { first_line($s); instead_of($s->{pid}, 'sleep') },
  strike => sub ($s) { $s->{by} = outsider('KILL', $s->{process}->pid) },
  want => sub ($s) {
    return (status => 'SIGHUP', how => 'killed', origin => 'hangup',  from => [$s->{process}->pid, $s->{by}],
      passed => [qw(SIGHUP SIGKILL)]);
  },
};

run_stories('relays', @relays, @groups, @make, $hangup);
done_testing;
