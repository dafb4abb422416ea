#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# How a trace ends: with its targets, or at a signal; and what it says then.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::End;
use POSIX qw(SIGKILL SIGUSR1);
use Test::More;

# As people see it.
sub watch_plain (@actors) { return KS::Tracer->start([map { ('-p', $_->pid) } @actors]) }

sub test_several () {
  my @targets = map { actor("target $_") } 1 .. 3;
  my @facts = map { $_->facts } @targets;
  my $tracer = watch(@targets);
  $targets[1]->tell(exit => 1);
  until_true('the first end', sub { in_state($targets[1]->pid, 'Z') });
  $targets[0]->signal('TERM');
  until_true('the second end', sub { in_state($targets[0]->pid, 'Z') });
  is waitpid($tracer->pid, POSIX::WNOHANG), 0, 'several: it goes on while one is left';
  $targets[2]->tell(exit => 0);
  my @ends = exits(ended($tracer, 'several'));
  is_deeply [map { $_->{process}{pid} } @ends], [map { $facts[$_]{pid} } 1, 0, 2],
    'several: each end, in order';
  is_deeply [map { $_->{status}{code} } @ends], [1, undef, 0], 'several: each status';
  return;
}

sub test_zombie () {
  my $target = actor();
  my $facts = $target->facts;
  $target->tell(exit => 4);
  until_true('a zombie', sub { in_state($target->pid, 'Z') });
  my ($status, $out, $err) = run_tool(['-p', $target->pid], within => 10);
  isnt $status, 2, 'already dead: no usage error';
  like $out . $err, qr/\b$facts->{pid}\b/, 'already dead: it says of whom';
  like $out . $err, qr/end|exit|dead|zombie/i, 'already dead: and that it ended';
  return;
}

# For people: one line names the target, the signal, and the culprit by its command line.
sub test_verdict () {
  for my $option ('-p', '-vp') {
    my ($target, $sender) = (actor('the', 'service'), actor('the', 'culprit'));
    my $tracer = KS::Tracer->start([$option, $target->id]);
    $sender->do(kill => $target->id, SIGKILL);
    my @lines = split /\n/, $tracer->complete;
    is $tracer->wait, 0, "verdict, $option: status 0";
    my ($pid, $sender_pid) = ($target->pid, $sender->id);
    like $lines[-1], qr/\b$pid\b.*SIGKILL.*\b$sender_pid\b/,
      "verdict, $option: target, signal and sender";
    like $lines[-1], qr/the culprit/, "verdict, $option: the culprit's command line";
  }
  return;
}

sub test_verdict_exit () {
  my $target = actor();
  my $facts = $target->facts;
  my $tracer = watch_plain($target);
  $target->tell(exit => 3);
  my @lines = split /\n/, $tracer->complete;
  like $lines[-1], qr/\b$facts->{pid}\b.*\b3\b/, 'verdict: an exit code';
  return;
}

# ---- signals ----

# Told by HUP, unless that is ignored.
sub test_nohup () {
  my ($sender, $target) = (actor(), actor());
  $target->do('block');
  my $tracer = KS::Tracer->start(['--json', '--from-pid', $sender->id],
    wrapper => ['sh', '-c', 'trap "" HUP; exec "$@"', 'sh']);
  kill HUP => $tracer->pid;
  $sender->do(kill => $target->id, SIGUSR1);
  my @events = signals(finish_ok($tracer, 'nohup'));
  is scalar @events, 1, 'nohup: the trace goes on';
  return;
}

sub test_told_to_end () {
  for my $signal (qw(INT TERM)) {
    my ($sender, $target) = (actor(), actor());
    $target->do('block');
    my $tracer = trace('--each', '--from-pid', $sender->id);
    $sender->do(kill => $target->id, 40) for 1 .. 100;
    my @events = parse_events($tracer->finish($signal), "SIG$signal");
    is $tracer->wait, 0, "SIG$signal: status 0";
    is scalar @events, 100, "SIG$signal: all that came before is shown";
    like $tracer->stderr, qr/\A[^\n]*\b100\b[^\n]*\n\z/, "SIG$signal: one line of summary";
  }
  return;
}

test_several();
test_zombie();
test_verdict();
test_verdict_exit();
test_nohup();
test_told_to_end();
done_testing;
