#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The state that a target was in when a signal was generated, as it set that itself.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGABRT SIGCONT SIGKILL SIGSTOP SIGTERM SIGUSR1 SIGUSR2);
use Test::More;

my $sender = actor();

# What is said of a signal; $do: after the tracer has begun.
sub effect_of ($name, $pid, $signal, $do = sub { }) {
  my $tracer = trace('-a', '--from-pid', $sender->id, '-s', $signal);
  $do->();
  $sender->do(kill => $pid, $signal);
  my ($event) = signals(finish_ok($tracer, $name));
  return $event;
}

my %none = (
  handler => 'default', map { $_ => JSON::PP::false }
    qw(blocked traced stopped fatal dying zombie namespace_init)
);

# Unlike an ordinary process, $is.
sub is_effect ($event, $name, %is) {
  my %want = (%none, map { $_ => $_ eq 'handler' || !defined $is{$_} ? $is{$_} : $is{$_} ? JSON::PP::true : JSON::PP::false } keys %is);
  is_deeply $event->{effect}, \%want, $name or diag explain $event->{effect};
  return;
}

sub test_handlers () {
  my ($handles, $ignores, $blocks) = map { actor() } 1 .. 3;
  $handles->do(handle => SIGUSR1);
  $ignores->do(ignore => SIGUSR1);
  $blocks->do(block => SIGUSR1);
  is_effect(effect_of('handled', $handles->id, SIGUSR1), 'handled', handler => 'handled');
  is_effect(effect_of('ignored', $ignores->id, SIGUSR1), 'ignored', handler => 'ignored');
  is_effect(effect_of('blocked', $blocks->id, SIGUSR1), 'blocked', blocked => 1);
  is_effect(effect_of('none of it', $handles->id, SIGUSR2), 'none of it', fatal => 1, stopped => undef, namespace_init => undef);
  return;
}

sub test_fatal () {
  my %end = (fatal => 1, stopped => undef, namespace_init => undef);
  is_effect(effect_of("fatal: $_", actor()->id, $_), "fatal: $_", %end) for SIGKILL, SIGTERM;
  my $event = effect_of('a core dump', actor()->id, SIGABRT);
  is_effect($event, 'a core dump', fatal => 1);
  return;
}

sub test_stopped () {
  my $stopped = actor();
  $stopped->facts;
  kill STOP => $stopped->pid;
  until_true('stopped', sub { in_state($stopped->pid, 'T') });
  is_effect(effect_of('stopped', $stopped->pid, SIGTERM), 'stopped', stopped => 1);
  kill CONT => $stopped->pid;
  return;
}

sub test_traced () {
  my $traced = actor();
  my $tracer = kernel_sends('inject', $traced->id, SIGUSR2);
  is $tracer->line, $traced->id, 'traced: the tracer is there';
  is_effect(effect_of('traced', $traced->pid, SIGTERM), 'traced', traced => 1);
  return;
}

sub test_ending () {
  my ($dying, $zombie) = (kernel_sends('dying'), actor());
  my $pid = $dying->line;
  my $effect = effect_of('dying', $pid, SIGTERM)->{effect};
  is $effect->{dying}, JSON::PP::true, 'dying';
  is $effect->{fatal}, JSON::PP::false, 'dying: of something else';
  $dying->write("go\n");
  $zombie->facts;
  $zombie->tell(exit => 0);
  until_true('a zombie', sub { in_state($zombie->pid, 'Z') });
  $effect = effect_of('zombie', $zombie->pid, SIGTERM)->{effect};
  is $effect->{zombie}, JSON::PP::true, 'zombie';
  is $effect->{fatal}, JSON::PP::false, 'zombie: nothing ends it again';
  return;
}

sub test_namespace_init () {
  my $tracer = trace('-s', 'TERM', '--from-comm', 'effect-killer');
  is kill_init('effect-killer', 'TERM'), "done\n", 'the init of a pid namespace lives on';
  my ($event) = signals(finish_ok($tracer, 'init'));
  is $event->{effect}{namespace_init}, JSON::PP::true, 'init: of a pid namespace';
  is $event->{effect}{fatal}, JSON::PP::false, 'init: which it does not end';
  return;
}

# No signal was generated: nothing is said.
sub test_none () {
  my $tracer = trace('--from-pid', $sender->id);
  my $gone = $sender->do('gone')->{pid};
  $sender->do(kill => $gone, SIGTERM);
  my ($event) = signals(finish_ok($tracer, 'no such process'));
  is $event->{effect}, undef, 'no such process: unknown';
  return;
}

sub test_in_words () {
  my $blocks = actor();
  $blocks->do(block => SIGUSR1);
  my $tracer = KS::Tracer->start(['-v', '--from-pid', $sender->id]);
  $sender->do(kill => $blocks->id, SIGUSR1);
  like $tracer->finish, qr/^    state +default,blocked$/m, 'in words';
  return;
}

test_handlers();
test_fatal();
test_stopped();
test_traced();
test_ending();
test_namespace_init();
test_none();
test_in_words();
done_testing;
