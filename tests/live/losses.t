#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What is lost beside events: descriptions, ends and results. It is said, and no filter fails for it.
use v5.36;
use strict;
use warnings;
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(sum0);
use Test::More;

my $page = POSIX::sysconf(POSIX::_SC_PAGESIZE());
my $dir = temp_dir();

# SIGWINCH: it ends nothing, so all of it goes into one ring.
my $signal = 28;

# Many short-lived senders with long arguments, more than a tracer that is stopped has room for.
sub fill_ring ($tracer, $target, $n) {
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  my $code = 'for (1 .. $ARGV[1]) { my $pid = fork; if (!$pid) { kill 28 => $ARGV[0]; exit } waitpid $pid, 0 }';
  my $senders = KS::Process->start([$^X, '-e', $code, $target->pid, $n, 'x' x 1500]);
  $senders->wait;
  $tracer->signal('CONT');
  return $senders->pid;
}

sub lost (@events) { return grep { $_->{event} eq 'lost' } @events }

sub test_descriptions () {
  my $target = actor();
  $target->do('block');
  my $tracer = trace('-s', $signal, '--uid', 0, '--buffer-size', $page);
  fill_ring($tracer, $target, 30);
  my @events = finish_ok($tracer, 'descriptions', 3);
  my %lost;
  $lost{$_->{cause}} += $_->{count} for lost(@events);
  cmp_ok $lost{process_lost} // 0, '>', 0, 'descriptions: their loss is shown';
  is signals(@events) + ($lost{ring_full} // 0), 30, 'descriptions: they are not counted as events';
  like $tracer->stderr, qr/^killsnoop: $lost{process_lost} descriptions? of (?:a )?process(?:es)? lost \(process_lost\)$/m,
    'descriptions: their loss is on standard error';
  my ($last, $gap) = (0, 0);
  for my $event (@events) {
    $gap += $event->{seq} - $last - 1;
    $last = $event->{seq};
  }
  is $gap, $lost{ring_full} // 0, 'descriptions: gaps in seq are lost events alone';
  return;
}

# Two calls take turns, with the same sender, target and signal: neither repeats the one before.
sub differ ($sender, $target, $via, $to, $n) {
  for (1 .. $n) {
    $sender->do($via => $to, $signal);
    $sender->do(tkill => $target->pid, $signal);
  }
  return;
}

# A tracer whose ring has what was sent while it was stopped.
sub trace_stopped ($bytes, @args) {
  my $tracer = KS::Tracer->start([@args, '--buffer-size', $bytes]);
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  return $tracer;
}

sub count_by_cause (@events) {
  my %count;
  $count{$_->{cause}} += $_->{count} for lost(@events);
  return %count;
}

# An actor whose working folder makes its description ten times as long as an event.
sub actor_in_deep_folder () {
  my $folder = $dir . ('/' . 'x' x 200) x 15;
  make_path($folder);
  chdir $folder or die "$folder: $!";
  my $actor = actor();
  chdir $FindBin::Bin or die "$FindBin::Bin: $!";
  return $actor;
}

# The unit of a target that is not described is unknown: it may be the one. As many signals to another
# go before as leave room for the event, but none for the description of its target: how many depends
# on how many ancestors the sender has.
sub check_filter ($others, $other, $target) {
  my $name = "a unit that is unknown, after $others";
  my $tracer = trace_stopped(4 * $page, '--json', '-s', $signal, qw(-u killsnoop-losses.service));
  my $sender = actor();
  differ($sender, $other, 'kill', $other->id, $others / 2 + 1);
  $sender->do(kill => $target->id, $signal);
  $tracer->signal('CONT');
  my @events = parse_events($tracer->finish, 'json');
  my %lost = count_by_cause(@events);
  is $tracer->wait, %lost ? 3 : 0, "$name: status" or diag $tracer->stderr;
  my @signals = grep { $_->{target}{pid} == $target->id } signals(@events);
  cmp_ok @signals + ($lost{ring_full} // 0), '>=', 1, "$name: the event is not missing unsaid";
  for my $event (@signals) {
    is_deeply $event->{undecided}, $event->{target}{unit} ? undef : ['target.unit'], "$name: the event says so";
  }
  return scalar grep { $_->{undecided} } @signals;
}

sub test_filter () {
  with_unit('killsnoop-losses.service', sub ($cgroup) {
    my $other = actor();
    my $target = actor_in_deep_folder();
    $_->do('block') for $other, $target;
    move_to($cgroup, $target->pid);
    my $undecided = 0;
    for (my $others = 1; $others < 60 && !$undecided; $others += 3) {
      $undecided = check_filter($others, $other, $target);
    }
    cmp_ok $undecided, '>', 0, 'a unit that is unknown: there was one';
    $target->stop;
  });
  return;
}

# The return of a call is lost: its result is unknown, in each format. Where the ring ends depends on
# how long the arguments of a sender before are.
sub results_in_json ($tracer, $name) {
  my @events = parse_events($tracer->finish, 'json');
  my %lost = count_by_cause(@events);
  my @unknown = grep { !defined $_->{call}{return} } signals(@events);
  is sum0(map { $_->{count} } @unknown), $lost{return_lost} // 0, "$name: those that are lost are null, and counted";
  return scalar @unknown;
}

sub results_in_audit ($tracer, $name) {
  my $text = $tracer->finish;
  my @calls = $text =~ /^type=SYSCALL .*/mg;
  my @without = grep { !/ success=(?:yes|no) exit=/ } @calls;
  my ($said) = $text =~ /^# note: (\d+) results? of (?:a )?calls? lost here/m;
  is scalar @without, $said // 0, "$name: the records do not make one up";
  return scalar @without;
}

sub test_results ($format, $results_of) {
  my ($sender, $target) = (actor(), actor());
  $target->do('block');
  $target->do('group');    # of a call for one process, the result is known without its return
  my $unknown = 0;
  for (my $bytes = 1; $bytes < 600 && !$unknown; $bytes += 32) {
    my $name = "results, $format, after $bytes bytes";
    my $tracer = trace_stopped(4 * $page, $format, '-s', $signal);
    actor('x' x $bytes)->do(kill => $target->id, $signal);
    differ($sender, $target, 'kill', -$target->id, 60);
    $tracer->signal('CONT');
    $unknown = $results_of->($tracer, $name);
    is $tracer->wait, 3, "$name: status" or diag $tracer->stderr;
  }
  cmp_ok $unknown, '>', 0, "results, $format: one was lost";
  return;
}

test_descriptions();
test_filter();
test_results('--json', \&results_in_json);
test_results('--audit-format', \&results_in_audit);
done_testing;
