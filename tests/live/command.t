#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# `-- COMMAND`: status and streams are the command's; it gets nothing of killsnoop's, and signals to
# killsnoop reach it whoever it has become.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use KS;
use KS::End;
use POSIX qw(SIGTERM);
use Test::More;

my $dir = temp_dir();
my @become = qw(setpriv --reuid 65534 --regid 65534 --clear-groups);

# A command that says who it is and then waits: its pid.
sub started ($tool, $name) {
  my ($pid) = $tool->line =~ /\A(\d+)\z/;
  until_true($name, sub { (slurp("/proc/$pid/comm") // '') eq "cat\n" });
  return $pid;
}

# It is another user's, and killsnoop has dropped its privileges.
sub test_other_user () {
  for my $signal (qw(TERM HUP)) {
    my $tool = KS::Tracer->start(['--json', '--', @become, 'sh', '-c', 'echo $$; exec cat']);
    my $pid = started($tool, 'a command of another user');
    $tool->signal($signal);
    my $output = $tool->complete;
    my $number = {TERM => 15, HUP => 1}->{$signal};
    is $tool->wait, 128 + $number, "SIG$signal reaches a command of another user";
    my @events = signals(map { decode($_) } grep { /\A\{/ } split /\n/, $output);
    is $events[-1]{result}, 'delivered', "SIG$signal: delivered";
  }
  return;
}

# Nothing else is kept, and without a command not even that.
sub test_capabilities () {
  my $kill = 1 << 5;
  my $tool = KS::Tracer->start(['--json', '--', 'sh', '-c', 'echo $$; exec cat']);
  started($tool, 'a command');
  is capabilities($tool->pid), $kill, 'with a command, CAP_KILL is kept';
  $tool->close_stdin;
  $tool->complete;
  my $tracer = trace('-s', 'KILL');
  is capabilities($tracer->pid), 0, 'without a command, nothing is kept';
  $tracer->finish;
  return;
}

sub capabilities ($pid) {
  my ($low) = slurp("/proc/$pid/status") =~ /^CapPrm:\s*\w*(\w{8})$/m;
  return hex $low;
}

# Who may not signal the command says so and ends; the command runs on. A copy that any user can
# execute, and one that becomes root.
sub test_cannot_pass_on () {
  my ($copy, $become) = ("$dir/killsnoop", "$dir/become");
  chmod 0755, $dir;
  copy($KS::Tracer::program, $copy) or die "$copy: $!";
  chmod 0755, $copy;
  my ($setpriv) = grep { -x } map { "$_/setpriv" } split /:/, $ENV{PATH};
  copy($setpriv, $become) or die "$become: $!";
  chmod 04755, $become;
  my $set = '-all,+bpf,+perfmon';
  my @least = ('setpriv', '--reuid', 65534, '--regid', 65534, '--clear-groups', '--inh-caps', $set,
    '--ambient-caps', $set);
  my @command = ($become, '--reuid', 1, 'sh', '-c', 'echo $$; exec cat');
  SKIP: {
    skip 'set-user-ID programs are not executed there', 1
      if qx(@least[0 .. 5] '$become' --reuid 1 id -u 2>/dev/null) ne "1\n";
    my ($status) = run_tool(['--duration', '10ms'], wrapper => \@least, program => $copy);
    skip 'it takes more capabilities here', 1 if $status;
    my $tool = KS::Tracer->start(['--json', '--', @command], wrapper => \@least, program => $copy);
    my $pid = started($tool, 'a command of yet another user');
    $tool->signal('TERM');
    until_true('the end', sub { in_state($tool->pid, 'Z') });
    ok in_state($pid, 'S'), 'the command runs on, killsnoop does not';
    kill KILL => $pid;
    $tool->wait;
    like $tool->stderr,
      qr/^killsnoop: cannot pass SIGTERM on to the command, process $pid: [^\n]*permitted[^\n]*\n/m,
      'what cannot be passed on is reported';
  }
  return;
}

# Its descriptors are those that killsnoop was started with, but for that of --ready-fd.
sub test_descriptors () {
  my $file = "$dir/descriptors";
  open my $own, '>', $file or die "$file: $!";
  my @list = ('ls', '/proc/self/fd');
  my $without = list_of('sh', '-c', "exec 7>$file; exec \"\$@\"", 'sh', @list);
  my $tool = KS::Tracer->start(['-w', '/dev/null', '--', @list],
    wrapper => ['sh', '-c', "exec 7>$file; exec \"\$@\"", 'sh']);
  chomp(my $with = $tool->complete);
  is $with, $without, 'a command inherits what killsnoop did, and nothing of its own';
  return;
}

sub list_of (@command) {
  my $process = KS::Process->start(\@command);
  chomp(my $output = $process->rest);
  $process->wait;
  return $output;
}

sub run_command ($name, $want, @command) {
  my ($status, $out, $err) = run_tool(['--json', '--', @command]);
  is $status, $want, "$name: the status is the command's" or diag $err;
  return ($out, $err);
}

sub test_command () {
  my $actor = helper('actor');
  my ($out) = run_command('exit 0', 0, 'true');
  my ($end) = exits(parse_events($out, 'exit 0'));
  is_deeply $end->{status}, {code => 0, signal => undef, core => JSON::PP::false},
    'exit 0: the end is told';
  run_command('exit 7', 7, qw(sh -c), 'exit 7');
  ($out) = run_command('killed', 137, qw(sh -c), 'kill -9 $$; :');
  ($end) = exits(parse_events($out, 'killed'));
  is_deeply $end->{cause}{sender}{cmdline}, [qw(sh -c), 'kill -9 $$; :'],
    'killed: it was the command itself';
  my ($none, $err) = run_command('not found', 127, '/no/such/command');
  is $none, '', 'not found: no events';
  like $err, qr{\A[^\n]*/no/such/command[^\n]*\n\z}, 'not found: one line that names it';
  ($none, $err) = run_command('not executable', 126, '/etc/passwd');
  like $err, qr{\A[^\n]*/etc/passwd[^\n]*\n\z}, 'not executable: one line that names it';
  ($none, $err) = run_command('not in PATH', 127, 'no-such-command-at-all');
  return;
}

# Its standard streams are the command's own.
sub test_command_streams () {
  my $file = File::Temp->new;
  my $tool = KS::Tracer->start(['--json', '-w', $file->filename, '--', 'cat']);
  $tool->write("through\n");
  $tool->close_stdin;
  is $tool->complete, "through\n", 'a command has standard input and output';
  is $tool->wait, 0, 'a command that reads to the end';
  return;
}

# What a command is sent by others, and that their signals reach nobody else.
sub test_command_is_killed () {
  my $sender = actor('the', 'culprit');
  my $tool = KS::Tracer->start(['--json', '--', 'sh', '-c', 'echo $$; exec cat']);
  my $pid = $tool->line;
  until_true('cat', sub { (slurp("/proc/$pid/comm") // '') eq "cat\n" });
  $sender->do(kill => $pid, SIGTERM);
  my $out = $tool->complete =~ s/\A\d+\n//r;
  is $tool->wait, 128 + SIGTERM, 'a command is killed: status';
  my @events = parse_events($out, 'a command is killed');
  check_cause($events[-1], $events[0], $sender->facts, 'a command is killed');
  return;
}

test_command();
test_command_streams();
test_command_is_killed();
test_other_user();
test_capabilities();
test_cannot_pass_on();
test_descriptors();
done_testing;
