#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What is lost beside events: descriptions, ends and results. It is said, and no filter fails for it.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $page = POSIX::sysconf(POSIX::_SC_PAGESIZE());

# Many short-lived senders with long arguments, more than a tracer that is stopped has room for.
sub fill_ring ($tracer, $target, $n) {
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  my $code = 'for (1 .. $ARGV[1]) { my $pid = fork; if (!$pid) { kill 45 => $ARGV[0]; exit } waitpid $pid, 0 }';
  my $senders = KS::Process->start([$^X, '-e', $code, $target->pid, $n, 'x' x 1500]);
  $senders->wait;
  $tracer->signal('CONT');
  return $senders->pid;
}

sub lost (@events) { return grep { $_->{event} eq 'lost' } @events }

sub test_descriptions () {
  my $target = actor();
  $target->do('block');
  my $tracer = trace('-s', '45', '--uid', 0, '--buffer-size', $page);
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

# The unit of a target that is not described is unknown: it may be the one.
sub test_filter () {
  my $root = cgroup_root();
  SKIP: {
    skip 'no cgroups that tell units', 1 if !$root;
    my $cgroup = "$root/killsnoop-losses.service";
    mkdir $cgroup or die "$cgroup: $!";
    my $target = actor();
    $target->do('block');
    move_to($cgroup, $target->pid);
    my $tracer = trace('-s', '45', '-u', 'killsnoop-losses.service', '--buffer-size', $page);
    fill_ring($tracer, $target, 30);
    my @events = finish_ok($tracer, 'a unit that is unknown', 3);
    my ($ring_full) = (0);
    $ring_full += $_->{count} for grep { $_->{cause} eq 'ring_full' } lost(@events);
    is signals(@events) + $ring_full, 30, 'a unit that is unknown: no event is missing unsaid';
    for my $event (signals(@events)) {
      is_deeply $event->{undecided}, $event->{target}{unit} ? undef : ['target.unit'],
        'a unit that is unknown: the event says so';
    }
    $target->stop;
    until_true('an empty cgroup', sub { rmdir $cgroup });
  }
  return;
}

# The return of a call is lost: its result is unknown, in each format.
sub test_results () {
  my $target = actor();
  $target->do('block');
  my $events = trace('-s', '45', '--buffer-size', $page);
  my $audit = KS::Tracer->start(['--audit-format', '-s', '45', '--buffer-size', $page]);
  $_->signal('STOP') for $events, $audit;
  for my $tracer ($events, $audit) { until_true('stopped', sub { in_state($tracer->pid, 'T') }) }
  my $sender = actor();
  $sender->do(kill => $target->id, 45) for 1 .. 40;
  $_->signal('CONT') for $events, $audit;
  my @events = finish_ok($events, 'results', 3);
  my %lost;
  $lost{$_->{cause}} += $_->{count} for lost(@events);
  my @unknown = grep { !defined $_->{call}{return} } signals(@events);
  is scalar @unknown, $lost{return_lost} // 0, 'results: those that are lost are null, and counted';
  my $text = $audit->finish;
  my @calls = $text =~ /^type=SYSCALL .*/mg;
  my @without = grep { !/ success=(?:yes|no) exit=/ } @calls;
  my ($said) = $text =~ /^# note: (\d+) results? of (?:a )?calls? lost here/m;
  is scalar @without, $said // 0, 'results: audit\'s records do not make one up';
  return;
}

test_descriptions();
test_filter();
test_results();
done_testing;
