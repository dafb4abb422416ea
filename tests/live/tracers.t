#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Other tracers come and go, of the sender and of the same hooks: no call is missed, or it is counted.
# KS_SOAK_SECONDS: how long.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);

my $seconds = $ENV{KS_SOAK_SECONDS} // 6;
my $first = 0x10000000;

sub has_tool ($name) { return grep { -x "$_/$name" } split /:/, "$ENV{PATH}:/usr/sbin:/sbin" }

# Short lives of other tracers, each a command and how it is ended.
sub others ($pid) {
  my @others = (
    sub { KS::Tracer->start(['--audit-format', '-s', 'USR1'])->finish },
    sub { KS::Tracer->start(['--json', '--hook', 'raw', '-a'])->finish },
  );
  push @others, sub { run_for(.3, 'strace', '-f', '-qq', '-o', '/dev/null', '-p', $pid) }
    if has_tool('strace');
  push @others, sub { run_for(.3, 'perf', 'record', '-q', '-e', 'signal:*,syscalls:sys_*_kill', '-a', '-o', '/dev/null') }
    if has_tool('perf');
  push @others, sub { run_for(.2, 'bpftool', 'map', 'dump', 'name', 'execs') } if has_tool('bpftool');
  return @others;
}

sub run_for ($time, @command) {
  my $process = KS::Process->start([@command]);
  select undef, undef, undef, $time;    # that is how long it traces
  $process->signal('INT');
  $process->rest;
  return $process->wait;
}

# One process for each kind of other tracer: they overlap.
sub disturb ($pid, $end) {
  my @pids;
  for my $other (others($pid)) {
    my $child = fork // die "fork: $!";
    push @pids, $child if $child;
    next if $child;
    eval { $other->() while time < $end; 1 } or print STDERR $@;
    POSIX::_exit($@ ? 1 : 0);
  }
  waitpid $_, 0 for @pids;
  return scalar @pids;
}

# The calls of a round come in order. What is missing before the first signal and behind the last
# came while hooks were attached or detached.
sub check_order ($calls, $lost, $name) {
  my ($begin, $end) = (0, $#$calls);
  $begin++ while $begin <= $end && $calls->[$begin]{pid} >= $first;
  $end-- while $end >= $begin && $calls->[$end]{pid} >= $first;
  my ($absent, $round, $signals) = (0, undef, 0);
  for my $call (@$calls[$begin .. $end]) {
    if ($call->{pid} < $first) { $signals++; next }
    $absent += $call->{pid} - $round - 1 + abs(2 - $signals) if defined $round;
    ($round, $signals) = ($call->{pid}, 0);
  }
  cmp_ok $end - $begin, '>', 100, "$name: calls were seen";
  cmp_ok $absent, '<=', $lost, "$name: what is missing is counted" or diag "$absent missing";
  return;
}

sub read_calls ($path) {
  open my $file, '<', $path or die "$path: $!";
  my ($lost, @calls) = (0);
  while (<$file>) {
    $lost += $1 if /"event":"lost".*"count":(\d+)/;
    push @calls, {pid => $1, id => $2} if /"args":\[(\d+),10\].*"call":\{"id":(\d+|null)/;
  }
  return ($lost, @calls);
}

for my $options ([], ['--hook', 'raw']) {
  my $name = "tracing @$options";
  my ($dir, $sender) = (temp_dir(), KS::Process->start([helper('counted')]));
  $sender->line;
  my $tracer = KS::Tracer->start(['--json', '--each', @$options, '-a', '--origin', 'user', '--from-pid',
    $sender->pid, '--buffer-size', '256M', '-w', "$dir/events"]);
  note disturb($sender->pid, time + $seconds) . ' kinds of other tracers';
  $sender->write("\n");
  note $sender->line . ' rounds';
  $sender->wait;
  $tracer->finish;
  my ($lost, @calls) = read_calls("$dir/events");
  my %ids;
  $ids{$_->{id}}++ for grep { $_->{pid} < $first } @calls;
  check_order(\@calls, $lost, $name);
  is scalar(grep { $_ > 1 } values %ids), 0, "$name: no two calls are taken for one";
  is $tracer->wait, $lost ? 3 : 0, "$name: the status says whether all is there" or diag $tracer->stderr;
  note $tracer->stderr;
}

done_testing;
