#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What a record has of why the kernel sent a signal: read from a recording, byte by byte.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGINT SIGSEGV SIGUSR1);
use Test::More;

# Of bpf/record.h and bpf/facts_layout.h.
my ($REC_SIGNAL, $CAUSE_AT) = (1, 396);
my %FACTS = (known => 1, worker => 2, reaper => 4, parent => 8, exitkill => 16, foreground => 32);
my $dir = temp_dir();

# The causes in the records of signals.
sub causes ($file) {
  my @causes;
  for my $record (records_of($file, $REC_SIGNAL)) {
    my ($offset, $n) = unpack "x$CAUSE_AT S S", $record;
    push @causes, read_cause(substr $record, $offset, $n) if $n;
  }
  return @causes;
}

sub read_cause ($bytes) {
  my ($info, $facts, $pdeath, $file, $stack) = unpack 'a48 L l Q Q', $bytes;
  my ($signo, $errno, $code, undef, $address) = unpack 'l l l l Q', $info;
  return {
    signo => $signo, code => $code, address => $address, pdeath => $pdeath, file => $file, stack => $stack,
    map { $_ => $facts & $FACTS{$_} ? 1 : 0 } keys %FACTS
  };
}

sub cause_of ($name, $args, $do) {
  my $file = "$dir/" . $name =~ tr/a-z/_/cr;
  my $tracer = trace('--origin', 'kernel', @$args, '--save-records', $file);
  $do->();
  my $output = $tracer->finish;
  is $tracer->wait, 0, "$name: status 0" or diag $tracer->stderr;
  my @causes = causes($file);
  cmp_ok scalar @causes, '>=', 1, "$name: there is a record" or diag $output;
  is $causes[0]{known}, 1, "$name: the facts are known";
  return $causes[0];
}

sub test_fault () {
  my $actor = actor();
  $actor->facts;
  my $cause = cause_of('fault', ['-s', 'SEGV', '-c', 'actor'], sub { $actor->tell('fault'); $actor->rest });
  is $cause->{signo}, SIGSEGV, 'fault: the siginfo is there';
  cmp_ok $cause->{code}, '>', 0, 'fault: with its code';
  is $cause->{reaper}, 0, 'fault: by an ordinary process';
  return;
}

sub test_parent_death () {
  my $parent = kernel_sends('parent_death', SIGUSR1);
  my $child = $parent->line;
  my $cause = cause_of('parent death', ['-s', 'USR1', '-c', 'kernel_sends'],
    sub { $parent->write("go\n"); until_true('the child has ended', sub { !kill 0 => $child }) });
  is $cause->{pdeath}, SIGUSR1, 'parent death: the signal that the child asked for';
  is $cause->{signo}, 0, 'parent death: the kernel passes no siginfo';
  return;
}

sub test_reaper () {
  my $unshare;
  my $cause = cause_of('reaper', ['-s', 'KILL', '-c', 'sleep'], sub {
    $unshare = KS::Process->start(['unshare', '-pf', 'sh', '-c', 'sleep 1000 >&- & echo done']);
    is $unshare->rest, "done\n", 'the init of a pid namespace ends';
  });
  is $cause->{reaper}, 1, 'reaper: who ran is the first of its pid namespace';
  return;
}

sub test_exitkill () {
  my $traced = actor();
  my $cause = cause_of('exitkill', ['-s', 'KILL', '-c', 'actor'],
    sub { kernel_sends('exitkill', $traced->id)->rest; $traced->rest });
  is $cause->{exitkill}, 1, 'exitkill: who ran was the tracer';
  return;
}

# The parent makes the terminal send it, or types.
sub terminal_cause ($name, @how) {
  my $parent = kernel_sends(@how);
  my $child = $parent->line;
  return cause_of($name, ['-s', 'INT', '-c', 'kernel_sends'], sub { $parent->write("go\n"); $parent->rest });
}

sub test_terminal () {
  my $cause = terminal_cause('by ioctl', 'tiocsig', SIGINT);
  is_deeply [@$cause{qw(parent worker)}], [1, 0], 'by ioctl: who ran is the parent';
  is $cause->{foreground}, 1, 'by ioctl: the target is in the foreground';
  $cause = terminal_cause('typed', 'type', 3);
  is_deeply [@$cause{qw(parent worker)}], [0, 1], 'typed: a workqueue ran';
  is_deeply [@$cause{qw(foreground file stack)}], [1, 0, 0], 'typed: in the foreground, which says all';
  return;
}

test_fault();
test_exitkill();
test_terminal();
test_parent_death();
test_reaper();
done_testing;
