#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A pid file that is older than the process which has the pid now. In a pid namespace of its own, where
# the next pid can be chosen, with an empty /run.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my @enter = qw(unshare --pid --fork --mount-proc);

sub next_pid ($pid) {
  open my $file, '>', '/proc/sys/kernel/ns_last_pid' or POSIX::_exit(77);
  print $file $pid - 1;
  close $file or POSIX::_exit(77);
  return;
}

# Of that pid; it sleeps.
sub start ($pid) {
  my $child;
  until_true("there is $pid", sub {
    next_pid($pid);
    $child = fork // die;
    if (!$child) { $SIG{USR1} = 'IGNORE'; exec 'sleep', 1000 }
    return 1 if $child == $pid;
    kill KILL => $child;
    waitpid $child, 0;
    return 0;
  });
  until_true('it sleeps', sub { (slurp("/proc/$pid/comm") // '') eq "sleep\n" });
  return;
}

sub stop ($pid) {
  kill KILL => $pid;
  waitpid $pid, 0;
  return;
}

# So old that the two differ in the time of files.
sub wait_tick () { select undef, undef, undef, .05; return }

# Who had the pid wrote $before, and who has it now $after; then it is signalled by $sender.
sub situation ($pid, $before, $after, $sender) {
  start($pid);
  wait_tick();
  write_file($before, "$pid\n") if $before;
  wait_tick();
  stop($pid);
  start($pid);
  write_file($after, "$pid\n") if $after;
  system 'sh', '-c', $sender;
  stop($pid);
  return;
}

sub inside () {
  system('mount', '-t', 'tmpfs', 'none', '/run') == 0 or POSIX::_exit(77);
  mkdir '/run/svc';
  my $tracer = trace('-s', 'USR1');
  # What takes too long to read for the first signal is there for a later one.
  my $kill = sub ($file) { "for i in 1 2 3; do kill -USR1 \$(cat $file); sleep .15; done" };
  situation(2000, '/run/a.pid', '', $kill->('/run/a.pid'));
  situation(2010, '/run/svc/b.pid', '', $kill->('/run/svc/b.pid'));
  situation(2020, '', '/run/c.pid', $kill->('/run/c.pid'));
  situation(2030, '/run/d.pid', '/run/d.pid', $kill->('/run/d.pid'));
  situation(2040, '/run/e.txt', '', $kill->('/run/e.txt'));
  symlink '/run/e.txt', '/run/e.pid';
  situation(2050, '/run/f.pid', '', 'kill -USR1 $(cat /run/f.pid); rm /run/f.pid');
  print $tracer->finish;
  STDOUT->flush;
  POSIX::_exit(0);
}

inside() if @ARGV;
my $room = KS::Process->start([@enter, $^X, $0, 'inside']);
$room->close_stdin;
my $output = $room->rest;
my $status = $room->wait;
plan skip_all => 'the next pid cannot be chosen here, or nothing mounted' if $status == 77;
is $status, 0, 'pids are used again' or diag $room->stderr;
my %reuse = map { $_->{target}{pid} => $_->{pid_reuse} }
  grep { $_->{target} && $_->{target}{pid} } signals(parse_events($output, 'files'));
is keys %reuse, 6, 'all signals' or diag join ' ', sort keys %reuse;

sub is_file ($pid, $path, $name) {
  my $reuse = $reuse{$pid};
  is $reuse && $reuse->{relation}, $path && 'pid_file', $name;
  is $reuse && $reuse->{pid_file}, $path, "$name: which one";
  return;
}

is_file(2000, '/run/a.pid', 'a file names who had the pid before');
is_file(2010, '/run/svc/b.pid', 'in a folder');
is_file(2020, undef, 'the file of the target');
is_file(2030, undef, 'the target wrote it again');
is_file(2040, undef, 'no pid file');
is_file(2050, '/run/f.pid', 'it is removed at once') if $reuse{2050};    # if it was read before
done_testing;
