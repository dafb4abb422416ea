#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Killers that live for a moment, started by shells that live no longer: every one is named in full.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Cwd qw(abs_path);
use KS;
use List::Util qw(sum0);
use Test::More;

my $count = $ENV{KS_SHORTLIVED} // 1000;
my $shell = abs_path '/bin/sh';
my $actor = helper('actor');
my $own = facts_of($$);
my $kept = temp_dir();

chdir $here or die "$here: $!";
local $SIG{ALRM} = sub { die "a victim or its killer took too long\n" };
pipe my $idle, my $never_written or die "pipe: $!";

# Runs a program with this stdin, and returns once it is what runs there.
sub spawn ($stdin, @command) {
  pipe my $executed, my $still_here or die "pipe: $!";
  my $pid = fork // die "fork: $!";
  if (!$pid) {
    open STDIN, '<&', $stdin or POSIX::_exit(99);
    exec @command or POSIX::_exit(99);
  }
  close $still_here;    # the child's copy goes when it executes
  sysread $executed, my $nothing, 1;
  return $pid;
}

sub reap ($pid) {
  alarm $KS::Process::timeout;
  waitpid $pid, 0;
  alarm 0;
  return $?;
}

# How a shell that is gone soon gets at the script. $go makes a script wait that does so.
my %forms = (
  waits => sub ($pid) { "sh xdkill.sh $pid; :" },
  leaves => sub ($pid) { "sh xdkill.sh $pid & " },
  gone => sub ($pid) {
    "exec 3<&0; { read go; exec sh xdkill.sh $pid; } <&3 3<&- &";
  },
);

# One death; returns who died, by whom.
sub kill_one ($form, $i) {
  my $victim = spawn($idle, $actor, 'victim', "number $i", $form);
  my $script = $forms{$form}->($victim);
  pipe my $read, my $go or die "pipe: $!";
  my $parent = spawn($read, 'sh', '-c', $script);
  reap($parent);
  syswrite $go, "go\n" if $form eq 'gone';
  reap($victim) == 9 or die "the victim did not die of it: $?";
  return {victim => $victim, parent => $parent, script => $script, i => $i, form => $form};
}

sub flat ($value) {
  return ref $value ? join "\0", @$value : $value // '(unknown)';
}

# What is wrong with the event of a death, by field.
sub faults_of ($death, $event) {
  return ('event') if !$event;
  my ($sender, $target) = @$event{qw(sender target)};
  my ($parent, $grandparent) = @{$sender->{ancestors}};
  my $victim = $death->{victim};
  my @checks = (
    ['signal', $event->{signal}{number}, 9],
    ['result', $event->{result}, 'delivered'],
    ['sender cmdline', $sender->{cmdline}, ['sh', 'xdkill.sh', "$victim"]],
    ['sender exe', $sender->{exe}, $shell],
    ['sender cwd', $sender->{cwd}, $here],
    ['sender comm', $sender->{comm}, 'sh'],
    ['parent pid', $parent->{pid}, $death->{parent}],
    ['parent cmdline', $parent->{cmdline}, ['sh', '-c', $death->{script}]],
    ['parent exe', $parent->{exe}, $shell],
    ['parent comm', $parent->{comm}, 'sh'],
    ['grandparent pid', $grandparent->{pid}, $$],
    ['grandparent cmdline', $grandparent->{cmdline}, $own->{cmdline}],
    ['grandparent exe', $grandparent->{exe}, $own->{exe}],
    ['target cmdline', $target->{cmdline},
      [$actor, 'victim', "number $death->{i}", $death->{form}]],
    ['target exe', $target->{exe}, $actor],
    ['target comm', $target->{comm}, 'actor'],
  );
  return map { $_->[0] } grep { flat($_->[1]) ne flat($_->[2]) } @checks;
}

# An emulated processor is taken away at any time; hooks are skipped then, which is told as loss.
sub lost_in ($events) {
  return 0 if !$ENV{KS_EMULATED};
  return sum0(map { $_->{count} } grep { $_->{event} eq 'lost' } @$events);
}

# Each loss may spoil one event.
sub report ($form, $deaths, $events, $lost) {
  my (%of, @wrong);
  push @{$of{$_->{target}{pid}}}, $_ for grep { $_->{sender} && $_->{target} } signals(@$events);
  for my $death (@$deaths) {
    my @events = grep { $_->{signal}{number} == 9 } @{$of{$death->{victim}} // []};
    my @faults = (@events == 1 ? () : 'one event', faults_of($death, $events[0]));
    push @wrong, [\@faults, $death, $events[0]] if @faults;
  }
  cmp_ok scalar @wrong, '<=', $lost,
    "$form: all " . @$deaths . " killers, shells and victims are told right, but $lost"
    or diag explain [map { $_->[0] } @wrong], $wrong[0];
  return;
}

sub test_form ($form, $n) {
  my $file = "$kept/$form";
  my $tracer = trace('-s', 'KILL', '-w', $file);
  my @deaths = map { kill_one($form, $_) } 1 .. $n;
  is $tracer->finish, '', "$form: nothing on standard output";
  my @events = parse_events(slurp($file), $form);
  my $lost = lost_in(\@events);
  is $tracer->wait, $lost ? 3 : 0, "$form: complete, but $lost" or diag $tracer->stderr;
  report($form, \@deaths, \@events, $lost);
  return;
}

test_form('waits', $count);
test_form('leaves', $count);
test_form('gone', $count / 10);
done_testing;
