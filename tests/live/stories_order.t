#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Several signals, of several senders: which of them ended the process.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Story;
use POSIX qw(SIGTERM);
use Test::More;

# A program in Python, with these handlers, that goes on until it is asked to end.
sub python ($handlers, $body = 'time.sleep(100)') {
  return ['/usr/bin/python3', '-c', "import os, signal, sys, threading, time\n$handlers\nprint('ready', flush=True)\n$body"];
}

sub story ($name, $command, $strike, $want) {
  return {
    name => $name, needs => [$command->[0]],
    start => sub { return {process => KS::Process->start($command)} },
    ready => \&first_line, strike => $strike, want => $want,
  };
}

# What it says next.
sub await_line ($s, $want) {
  my $line = $s->{process}->line // $s->{process}->fail('ended');
  $line eq $want or $s->{process}->fail("says '$line' instead of '$want'");
  return;
}

# It stops in good order, which takes until it is allowed to end; a second request changes nothing.
my $slow = python("asked = threading.Event()\nsignal.signal(signal.SIGTERM, lambda *a: asked.set())",
  "while not asked.is_set(): time.sleep(.01)\nprint('stopping', flush=True)\nsys.stdin.readline()");
my $reloads = python("signal.signal(signal.SIGHUP, lambda *a: print('reloaded', flush=True))\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(0))", 'while True: time.sleep(100)');
my $blocks = python("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})",
  "sys.stdin.readline()\nsignal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})");

my @stories = (
  story('it is stopping already', $slow, sub ($s) {
    $s->{first} = outsider('TERM', $s->{pid});
    await_line($s, 'stopping');
    $s->{second} = outsider('TERM', $s->{pid});
    $s->{process}->write("\n");
  }, sub ($s) {
    return (status => 0, how => 'handled', signal => 'SIGTERM', from => [$s->{first}]);
  }),
  story('it does not stop soon enough', $slow, sub ($s) {
    $s->{first} = outsider('TERM', $s->{pid});
    await_line($s, 'stopping');
    $s->{second} = outsider('KILL', $s->{pid});
  }, sub ($s) {
    return (status => 'SIGKILL', how => 'killed', from => [$s->{second}], before => [$s->{first}, 'SIGTERM']);
  }),
  story('it was reloaded before', $reloads, sub ($s) {
    $s->{first} = outsider('HUP', $s->{pid});
    await_line($s, 'reloaded');
    $s->{second} = outsider('TERM', $s->{pid});
  }, sub ($s) {
    return (status => 0, how => 'handled', signal => 'SIGTERM', from => [$s->{second}], before => [$s->{first}, 'SIGHUP']);
  }),
  story('it is reloaded while it stops', python("signal.signal(signal.SIGHUP, lambda *a: print('reloaded', flush=True))\n"
      . "def stop(*a):\n  print('stopping', flush=True)\n  sys.stdin.readline()\n  sys.exit(0)\nsignal.signal(signal.SIGTERM, stop)"), sub ($s) {
    $s->{first} = outsider('TERM', $s->{pid});
    await_line($s, 'stopping');
    outsider('HUP', $s->{pid});
    $s->{process}->write("\n");
  }, sub ($s) { return (status => 0, how => 'handled', signal => 'SIGTERM', from => [$s->{first}]) }),
  story('it was stopped (SIGSTOP)', ['perl', '-e', '$| = 1; print "ready\n"; sleep 100'], sub ($s) {
    outsider('STOP', $s->{pid});
    until_true('stopped', sub { in_state($s->{pid}, 'T') });
    $s->{first} = outsider('TERM', $s->{pid});
    outsider('CONT', $s->{pid});
  }, sub ($s) { return (status => 'SIGTERM', how => 'killed', from => [$s->{first}]) }),
  story('it blocked the signal', $blocks, sub ($s) {
    $s->{first} = outsider('TERM', $s->{pid});
    $s->{second} = outsider('TERM', $s->{pid});
    $s->{process}->write("\n");
  }, sub ($s) { return (status => 'SIGTERM', how => 'killed', from => [$s->{first}]) }),
  story('it kills itself in a handler', python('signal.signal(signal.SIGTERM, lambda *a: os.kill(os.getpid(), signal.SIGKILL))'),
    sub ($s) { $s->{first} = outsider('TERM', $s->{pid}) },
    sub ($s) { return (status => 'SIGKILL', how => 'handled', signal => 'SIGTERM', from => [$s->{first}], blow => 1) }),
  story('a thread is named', python('threading.Thread(target=time.sleep, args=(100,), daemon=True).start()'), sub ($s) {
    my ($tid) = grep { $_ != $s->{pid} } map { m{(\d+)$} } glob "/proc/$s->{pid}/task/*";
    $s->{first} = outsider('KILL', $tid);
  }, sub ($s) { return (status => 'SIGKILL', how => 'killed', from => [$s->{first}]) }),
  story('an alarm of its own, handled', python("signal.signal(signal.SIGALRM, lambda *a: sys.exit(4))", "sys.stdin.readline(); signal.setitimer(signal.ITIMER_REAL, .01); time.sleep(100)"),
    sub ($s) { $s->{process}->write("\n") },
    sub ($s) { return (status => 4, from => []) }),
  story('it ends by itself long after it handled a signal', python('signal.signal(signal.SIGUSR1, lambda *a: print("handled", flush=True))', "sys.stdin.readline(); sys.exit(5)"),
    sub ($s) { outsider('USR1', $s->{pid}); await_line($s, 'handled'); $s->{process}->write("\n") },
    sub ($s) { return (status => 5, how => 'handled', signal => 'SIGUSR1', words => qr/ exited with status 5, [\d.]+ m?s after SIGUSR1 from sh/) }),
  story('it asks another to kill it', ['sh', '-c', 'echo ready; read x; sh -c "kill -KILL $$"; sleep 100'],
    sub ($s) { $s->{process}->write("\n") }, sub ($s) { return (status => 'SIGKILL', how => 'killed', by => 'sh') }),
);

# What was sent before the trace began cannot be known: no other is blamed.
sub early ($name, $command, $after, %want) {
  my $story = story($name, $command, $after, sub ($s) { return (from => [], how => undef, before => [], %want) });
  return {%$story, ready => sub ($s) { first_line($s); outsider('TERM', $s->{pid}); await_line($s, 'stopping') if $want{status} eq '0' }};
}

push @stories, (
  early('it was sent before', $blocks, sub ($s) { $s->{process}->write("\n") }, status => 'SIGTERM', words => qr/; no signal was seen that did it$/),
  early('it was handled before', $slow, sub ($s) { $s->{process}->write("\n") }, status => 0, words => qr/ exited with status 0$/),
);

# ---- a script that takes its children with it ----

sub script ($name, $script, $want) {
  return {
    name => $name, needs => ['bash'],
    start => sub { return {process => KS::Process->start(['bash', '-c', $script])} },
    ready => sub ($s) {
      first_line($s);
      $s->{child} = instead_of($s->{pid}, 'sleep');
      $s->{pids} = [$s->{process}->pid, $s->{child}];
    },
    strike => sub ($s) { $s->{by} = outsider('TERM', $s->{process}->pid) },
    want => sub ($s) { return ($s->{process}->pid => {$want->($s)}, $s->{child} => {status => 'SIGTERM', how => 'killed', from => [$s->{process}->pid, $s->{by}]}) },
  };
}

push @stories, (
  script('bash, trap for EXIT', 'trap "kill \$!" EXIT; sleep 100 & echo $!; wait', sub ($s) { return (status => 'SIGTERM', how => 'reraised', from => [$s->{by}]) }),
  script('bash, trap for TERM', 'trap "kill \$!; exit 1" TERM; sleep 100 & echo $!; wait', sub ($s) { return (status => 1, how => 'handled', from => [$s->{by}]) }),
);

# ---- an interactive shell ----

# bash with that job in a terminal of its own.
sub interactive ($name, $job, $strike, $want) {
  return {
    name => "an interactive bash, $name", needs => [qw(bash script)],
    start => sub {
      my $process = KS::Process->start(['script', '-qec', 'exec bash --norc --noprofile -i', '/dev/null']);
      $process->write("echo shell=\$\$; $job\n");
      return {process => $process};
    },
    ready => sub ($s) {
      while (!$s->{shell}) {
        my $line = $s->{process}->line // $s->{process}->fail('ended');
        $s->{shell} = $1 if $line =~ /(?:^|\W)shell=(\d+)/;
      }
      $s->{job} = child_of($s->{shell}, qr/^sleep$/);
      $s->{pids} = [$s->{shell}, $s->{job}];
    },
    strike => $strike,
    want => $want,
  };
}

my @hangup = (status => 'SIGHUP', signal => 'SIGHUP');
push @stories, (
  interactive('its terminal is gone', 'sleep 100 &', sub ($s) { $s->{by} = outsider('KILL', $s->{process}->pid) }, sub ($s) {
    my $script = $s->{process}->pid;
    return ($s->{shell} => {@hangup, how => 'reraised', origin => 'hangup', from => [$script, $s->{by}]},
      $s->{job} => {@hangup, how => 'killed', from => [$s->{shell}, $script, $s->{by}], passed => [qw(SIGHUP SIGHUP SIGKILL)]});
  }),
  interactive('it is killed', 'sleep 100', sub ($s) { $s->{by} = outsider('KILL', $s->{shell}) }, sub ($s) {
    return ($s->{shell} => {status => 'SIGKILL', how => 'killed', from => [$s->{by}]},
      $s->{job} => {@hangup, how => 'killed', origin => 'hangup', from => [$s->{shell}, $s->{by}], passed => [qw(SIGHUP SIGKILL)]});
  }),
  interactive('it is killed, and its job is stopped', 'sleep 100 &', sub ($s) {
    outsider('STOP', $s->{job});
    until_true('stopped', sub { in_state($s->{job}, 'T') });
    $s->{by} = outsider('KILL', $s->{shell});
  }, sub ($s) {
    return ($s->{shell} => {status => 'SIGKILL', how => 'killed', from => [$s->{by}]},
      $s->{job} => {@hangup, how => 'killed', origin => 'orphaned_pgrp', from => [$s->{shell}, $s->{by}], passed => [qw(SIGHUP SIGKILL)]});
  }),
  interactive('^C for its job', 'sleep 100; exit', sub ($s) { $s->{process}->write("\003"); until_true('no job', sub { ended_pid($s->{job}) }); $s->{process}->write("exit\n") }, sub ($s) {
    return ($s->{job} => {status => 'SIGINT', how => 'killed', origin => 'tty'}, $s->{shell} => {status => 130, origin => 'tty', from => []});
  }),
);

run_stories('order', @stories);
done_testing;
