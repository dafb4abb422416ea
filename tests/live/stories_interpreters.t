#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Interpreters and tools that handle a signal, and then raise it again, abort, or exit: the cause is
# who signalled them.
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

# A program that says "ready" runs, and is sent a signal from outside.
sub sent ($name, $signal, $command, %want) {
  my ($program) = @$command;
  my $words = delete $want{words};
  return {
    name => $name, needs => [$program],
    start => sub { return {process => KS::Process->start([command_line(@$command)])} },
    ready => \&first_line,
    strike => sub ($s) { $s->{by} = outsider($signal, $s->{pid}) },
    want => sub ($s) {
      return (status => "SIG$signal", how => 'reraised', signal => "SIG$signal", from => [$s->{by}], blow => 1,
        before => [], %want, $words ? (words => $words) : ());
    },
  };
}

# The process has a handler for that signal.
sub has_caught ($pid, $number) {
  until_true("a handler of $pid for $number", sub {
    my ($low) = (slurp("/proc/$pid/status") // '') =~ /^SigCgt:\s*(\w+)$/m;
    return hex($low // 0) >> ($number - 1) & 1;
  });
  return;
}

my @java = ('java', qw(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC), "-XX:ErrorFile=$dir/error", '-cp', "$dir", 'Story');
write_file("$dir/Story.java", <<'END');
public class Story {
  public static void main(String[] args) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      if (args[0].equals("halt")) Runtime.getRuntime().halt(0);
    }));
    System.out.println("ready");
    if (args[0].equals("fault")) {
      System.in.read();
      var field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      ((sun.misc.Unsafe) field.get(null)).putAddress(0, 0);
    }
    if (args[0].equals("exit")) {
      System.in.read();
      System.exit(7);
    }
    Thread.sleep(100000);
  }
}
END

# Once, for all of them.
my $can_java = program('java') && program('javac') && system('javac', '-nowarn', '-XDignore.symbol.file', '-d', "$dir", "$dir/Story.java") == 0;

# Tools that say nothing when they are ready.
sub sent_silent ($name, $signal, $command, %want) {
  return {
    %{sent($name, $signal, $command, %want)},
    ready => sub ($s) {
      $s->{pid} = $s->{process}->pid;
      instead_of($s->{pid}, $command->[0]);
      has_caught($s->{pid}, POSIX->can("SIG$signal")->());
    },
  };
}

# The virtual machine's own handler reports the fault, in which it has more of them, and aborts or exits.
sub java_fault ($status, @options) {
  my ($program, @arguments) = @java;
  return {
    name => "java has a fault, $status", needs => ['java'],
    start => sub {
      return {process => KS::Process->start(['prlimit', '--core=0', $program, @options, @arguments, 'fault'])};
    },
    ready => \&first_line,
    strike => sub ($s) { $s->{process}->write("\n") },
    want => sub ($s) { return (status => $status, how => 'fault', signal => 'SIGSEGV', from => []) },
  };
}

my @handled = (how => 'handled', blow => 0);
my $python_exit = 'import signal, sys, time; signal.signal(signal.SIGTERM, lambda *a: sys.exit(%s)); print("ready", flush=True); time.sleep(100)';

my @stories = (
  sent('dash raises it again', 'TERM', ['dash', '-c', 'trap "trap - TERM; kill -TERM \$\$" TERM; echo ready; while :; do sleep .05; done']),
  sent('bash raises ^C again', 'INT', ['bash', '-c', 'trap "trap - INT; kill -INT \$\$" INT; echo ready; while :; do sleep .05; done']),
  sent('bash cleans up in a trap for EXIT', 'TERM', ['bash', '-c', "trap 'echo bye' EXIT; echo ready; while :; do sleep .05; done"]),
  sent('bash exits in a trap', 'HUP', ['bash', '-c', 'trap "exit 129" HUP; echo ready; while :; do sleep .05; done'],
    @handled, status => 129),
  sent('python ends by KeyboardInterrupt', 'INT', ['python3', '-c', 'import time; print("ready", flush=True); time.sleep(100)'],
    words => qr/ was killed by SIGINT, sent by sh\[\d+\] \(sh -c 'kill .*which python3\S*\[\d+\] raised again [\d.]+ m?s later$/),
  sent('python catches KeyboardInterrupt', 'INT', ['python3', '-c',
      "import time\nprint('ready', flush=True)\ntry: time.sleep(100)\nexcept KeyboardInterrupt: raise SystemExit(130)"], @handled, status => 130),
  sent('python exits with 0', 'TERM', ['python3', '-c', sprintf $python_exit, 0], @handled, status => 0),
  sent('python exits with 143', 'TERM', ['python3', '-c', sprintf $python_exit, 143], @handled, status => 143),
  sent('python aborts', 'TERM', ['python3', '-c', 'import os, signal, time; signal.signal(signal.SIGTERM, lambda *a: os.abort()); print("ready", flush=True); time.sleep(100)'],
    how => 'handled', status => 'SIGABRT', words => qr/ was killed by SIGABRT/),
  sent('python handles it in asyncio', 'TERM', ['python3', '-c', "import asyncio, signal\nasync def main():\n"
      . " done = asyncio.Event()\n asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, done.set)\n print('ready', flush=True)\n await done.wait()\n"
      . "asyncio.run(main())"], @handled, status => 0),
  sent('node raises it again', 'TERM', ['node', '-e', 'process.once("SIGTERM", s => setTimeout(() => process.kill(process.pid, s), 20)); setInterval(() => {}, 1e6); console.log("ready")'],
    words => qr/, which node\[\d+\] raised again/),
  sent('node exits with 0', 'TERM', ['node', '-e', 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1e6); console.log("ready")'], @handled, status => 0),
  sent('node exits with 143', 'TERM', ['node', '-e', 'process.on("SIGTERM", () => process.exit(143)); setInterval(() => {}, 1e6); console.log("ready")'], @handled, status => 143),
  sent('node resets the terminal', 'TERM', ['node', '-e', 'setInterval(() => {}, 1e6); console.log("ready")'], words => qr/, which node\[\d+\] raised again/),
  sent('perl dies in a handler', 'TERM', ['perl', '-e', '$SIG{TERM} = sub { die "stopped\n" }; $| = 1; print "ready\n"; sleep 100'], @handled, status => 4),
  sent_silent('sort removes its files', 'TERM', ['sort']),
  sent_silent('sort is interrupted', 'INT', ['sort']),
  sent_silent('dd reports and goes on', 'INT', [qw(dd if=/dev/zero of=/dev/null)]),
  sent_silent('gzip removes its file', 'TERM', ['gzip', '-c']),
  $can_java ? () : ({name => 'java', start => sub { return 'no java, or no javac' }}),
);

push @stories, (
  sent('java runs its hooks', 'TERM', [@java, 'plain'], @handled, status => 143),
  sent('java halts in a hook', 'TERM', [@java, 'halt'], @handled, status => 0),
  sent('java is killed', 'KILL', [@java, 'plain'], how => 'killed', blow => 0),
  # It shows its threads and goes on. Whether it ends for that, nothing shows: the words leave it open.
  {
    %{sent('java ends after SIGQUIT', 'QUIT', [@java, 'exit'], @handled, status => 7, words => qr/exited with status 7, [\d.]+ m?s after SIGQUIT from /)},
    strike => sub ($s) {
      $s->{by} = outsider('QUIT', $s->{pid});
      my $line;
      do { $line = $s->{process}->line // $s->{process}->fail('ended') } until $line =~ /^Full thread dump/;
      $s->{process}->write("\n");
    },
  },
  java_fault('SIGABRT'),
  java_fault(1, '-XX:-CreateCoredumpOnCrash'),
) if $can_java;

run_stories('interpreters', @stories);
done_testing;
