#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# In a time namespace, whose clocks are ahead of the kernel's: the same times, and the same processes.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGKILL);
use Test::More;

my @namespaces = (
  ['a day ahead', qw(--monotonic 86400 --boottime 86400)],
  ['two clocks', qw(--monotonic 7 --boottime 13)],
  ['only one clock', qw(--boottime 604800)],
);

sub enter (@offsets) { return ('unshare', '--time', '--fork', '--kill-child', @offsets) }

plan skip_all => 'there are no time namespaces here'
  if system 'unshare --time --fork --monotonic 1 true 2>/dev/null';

# All facts of a call, with its time, by a tracer in a namespace.
sub test_facts ($name, @enter) {
  my ($sender, $target) = (actor('older', 'sender'), actor('older', 'target'));
  my $tracer = KS::Tracer->start(['--json', '-p', $target->pid], wrapper => \@enter);
  my $did = $sender->do(kill => $target->id, SIGKILL);
  my @events = parse_events($tracer->complete, $name);
  is $tracer->wait, 0, "$name: status 0" or diag $tracer->stderr;
  is scalar @events, 2, "$name: the signal and the end" or return;
  is_call($events[0], $did, $name);
  is_process($events[0]{target}, $target->facts, "$name: target");
  cmp_ok $events[1]{delay_ns}, '<', 30e9, "$name: the end has its cause";
  return;
}

# Audit's times are of the wall clock.
sub test_audit ($name, @enter) {
  my ($sender, $target) = (actor(), actor());
  my $tracer = KS::Tracer->start(['--audit-format', '-p', $target->pid], wrapper => \@enter);
  my $did = $sender->do(kill => $target->id, SIGKILL);
  my ($seconds) = $tracer->complete =~ /^type=SYSCALL msg=audit\((\d+\.\d+):/;
  $tracer->wait;
  my $middle = ($did->{before_ns} + $did->{after_ns}) / 2e9;
  cmp_ok abs(($seconds // 0) - $middle), '<', 0.1, "$name: audit's time";
  return;
}

# A short life: nothing of it is waited for in vain.
sub test_duration ($name, @enter) {
  my ($status, undef, $stderr) = run_tool(['--duration', '100ms', '-s', 'USR2'], wrapper => \@enter);
  is $status, 0, "$name: --duration" or diag $stderr;
  return;
}

# Without /proc, the offsets are unknown. Each in a mount namespace of its own.
sub test_unknown () {
  my @without = ('unshare', '-m', 'sh', '-c', 'umount -l /proc && exec "$@"', 'sh');
  for my $row (@namespaces) {
    my ($name, @offsets) = @$row;
    my ($status, $output, $stderr) =
      run_tool(['--duration', '10ms'], wrapper => [enter(@offsets), @without]);
    is $status, 1, "$name, without /proc: status 1";
    is $output, '', "$name, without /proc: no output";
    like $stderr, qr/\Akillsnoop: [^\n]*time namespace[^\n]*\n\z/, "$name, without /proc: one line";
  }
  return;
}

for my $row (@namespaces) {
  my ($name, @offsets) = @$row;
  my @enter = enter(@offsets);
  test_facts($name, @enter);
  test_audit($name, @enter);
  test_duration($name, @enter);
}
test_unknown();
done_testing;
