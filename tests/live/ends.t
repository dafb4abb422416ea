#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The ends of targets that come and go: of a unit or name, across restarts, and of the descendants of
# a command.
use v5.36;
use strict;
use warnings;
use File::Basename qw(basename);
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::End;
use POSIX qw(SIGKILL SIGTERM SIGUSR1);
use Test::More;

# What a trace has of ends: pids and statuses.
sub ends_of ($tracer, $name) {
  my @ends = exits(parse_events($tracer->finish, $name));
  is $tracer->wait, 0, "$name: status 0" or diag $tracer->stderr;
  return @ends;
}

sub facts_of_ends (@ends) {
  return [map { [$_->{process}{pid}, $_->{status}{code}, $_->{status}{signal} && $_->{status}{signal}{number}] } @ends];
}

sub await_end ($process) { return await_end_of($process->pid) }

# It may be gone: its parent has reaped it.
sub await_end_of ($pid) {
  until_true('the end', sub { !-e "/proc/$pid" || in_state($pid, 'Z') });
  return;
}

# ---- a unit ----

sub start_in ($cgroup) {
  my $actor = actor();
  move_to($cgroup, $actor->pid);
  return $actor;
}

# A service is started, killed, started again, and ends by itself; a helper of it ends meanwhile.
sub test_unit ($path, $unit) {
  my $tracer = trace('-u', $unit);
  my ($first, $killer, $outside) = (start_in($path), actor(), actor());
  $killer->do(kill => $first->id, SIGTERM);
  await_end($first);
  my $second = start_in($path);
  my ($helper, $killed) = @{$second->do(children => 2)->{pids}};
  $killer->do(kill => $_, SIGKILL) for $killed, $outside->id;
  await_end_of($_) for $killed, $outside->pid;
  $second->tell(exit => 3);
  await_end_of($_) for $second->pid, $helper;
  my @ends = ends_of($tracer, 'unit');
  is_deeply facts_of_ends(@ends), [[$first->pid, undef, SIGTERM], [$killed, undef, SIGKILL], [$second->pid, 3, undef], [$helper, undef, SIGKILL]],
    'unit: each end of the main process, and who was killed';
  is $ends[3]{cause}{origin}, 'parent_death', 'unit: one by the end of its parent';
  is $ends[$_]{cause}{sender}{pid}, $killer->id, "unit: end $_: by whom" for 0, 1;
  is $ends[2]{cause}, undef, 'unit: the last by itself';
  is $ends[0]{process}{unit}, $unit, 'unit: of which unit it was';
  return;
}

# What a filter on signals leaves out is why the unit ends, all the same.
sub test_unit_and_signal ($path, $unit) {
  my $tracer = trace('-u', $unit, '-s', 'USR1');
  my ($main, $killer) = (start_in($path), actor());
  $main->do(exit_on => 5, SIGTERM);
  $killer->do(kill => $main->id, SIGTERM);
  await_end($main);
  my @events = parse_events($tracer->finish, 'unit, -s');
  is_deeply facts_of_ends(@events), [[$main->pid, 5, undef]], 'unit, -s: the end alone';
  is $events[0]{cause}{sender}{pid}, $killer->id, 'unit, -s: by whom';
  is $events[0]{cause}{how}, 'handled', 'unit, -s: how';
  return;
}

# ---- a name ----

sub named ($name) {
  my $process = KS::Process->start([$^X, '-e', '$0 = shift; $| = 1; $SIG{USR1} = "IGNORE"; print "ready\n"; <STDIN>', $name]);
  $process->line;
  return $process;
}

sub test_name () {
  my $tracer = trace('-c', 'ks-ends-*');
  my ($killed, $done, $other, $killer) = (named("ks-ends-$$"), named("ks-ends-$$"), named("ks-other-$$"), actor());
  $killer->do(kill => $_->pid, SIGTERM) for $killed, $other;
  $killer->do(kill => $done->pid, SIGUSR1);
  $done->close_stdin;
  await_end($_) for $killed, $done, $other;
  my @ends = ends_of($tracer, 'name');
  is_deeply facts_of_ends(@ends), [[$killed->pid, undef, SIGTERM]], 'name: who was killed';
  is $ends[0]{cause}{sender}{pid}, $killer->id, 'name: by whom';
  my $text = KS::Tracer->start(['-c', "ks-ends-$$"]);
  my $again = named("ks-ends-$$");
  $killer->do(kill => $again->pid, SIGKILL);
  await_end($again);
  like $text->finish, qr/^\S+ ks-ends-$$\[@{[$again->pid]}\] was killed by SIGKILL, sent by actor\[@{[$killer->id]}\]/m,
    'name: in words';
  return;
}

# A program that has another name than its executable, as node and Python programs have.
sub test_program () {
  my $tracer = trace('-c', basename($^X));
  my ($target, $killer) = (named('a title'), actor());
  $killer->do(kill => $target->pid, SIGKILL);
  await_end($target);
  my ($end) = grep { $_->{process}{pid} == $target->pid } ends_of($tracer, 'program');
  is $end->{process}{comm}, 'a title', 'program: it renamed itself';
  is $end->{cause}{sender}{pid}, $killer->id, 'program: and is found by its executable';
  return;
}

# ---- a command ----

# A child and a grandchild that are killed, and one that ends by itself.
my $script = 'sleep 100 & kill -9 $!; wait $!; sh -c "sleep 100 & kill -TERM \$!; wait \$!"; true & wait; exit 4';

sub test_descendants () {
  my ($status, $output) = run_tool(['--json', '--', 'sh', '-c', $script]);
  is $status, 4, 'a command: its status';
  my @events = parse_events($output, 'a command');
  my @ends = exits(@events);
  is_deeply [map { $_->[1] // "signal $_->[2]" } @{facts_of_ends(@ends)}], ['signal 9', 'signal 15', 4],
    'a command: the ends of descendants by signals, and its own';
  is_deeply [map { $_->{signal}{name} } signals(@events)], [qw(SIGKILL SIGTERM)], 'a command: signals to descendants';
  is $ends[$_]{cause}{sender}{comm}, 'sh', "a command: end $_: by whom" for 0, 1;
  return;
}

sub test_no_descendants () {
  my ($status, $output) = run_tool(['--json', '--follow', 'none', '--', 'sh', '-c', $script]);
  is_deeply [map { $_->{event} } parse_events($output, '--follow none')], ['exit'], '--follow none: the command alone';
  ($status, undef, my $error) = run_tool(['--follow', 'some', '--', 'true']);
  is $status, 2, '--follow: status';
  like $error, qr/\Akillsnoop: 'some' [^\n]*\ball\b[^\n]*\bnone\b[^\n]*\n\z/, '--follow: one line';
  return;
}

my $unit = "ks-ends-$$.service";
with_unit($unit, sub ($path) {
  # The hierarchy must be in use when killsnoop starts, to be that which has the units.
  my $occupant = start_in($path);
  test_unit($path, $unit);
  test_unit_and_signal($path, $unit);
  $occupant->stop;
});
test_name();
test_program();
test_descendants();
test_no_descendants();
done_testing;
