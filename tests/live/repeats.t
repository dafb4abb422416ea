#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Equal signals are summed up: exactly, in each format, and the first one at once.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(sum0);
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM);
use Test::More;

my ($count, $dir) = ($ENV{KS_EMULATED} ? 500 : 5000, temp_dir());

# Sends as many signals to itself, all the same.
sub storm () {
  my $storm = KS::Actor->start([helper('storm'), $count]);
  return ($storm, decode($storm->line)->{pid});
}

sub run_storm ($name, @args) {
  my ($storm, $pid) = storm();
  my $tracer = KS::Tracer->start(['-s', 'USR1', '--from-pid', $pid, @args]);
  is $storm->do('go')->{sent}, $count, "$name: all are sent";
  $tracer->signal('INT');
  my $output = $tracer->complete;
  is $tracer->wait, 0, "$name: none is lost" or diag $tracer->stderr;
  like $tracer->stderr, qr/^killsnoop: $count events, 0 lost$/m, "$name: the summary counts signals";
  return $output;
}

sub test_json () {
  my @events = parse_events(run_storm('JSON', '--json'), 'JSON');
  is sum0(map { $_->{count} } @events), $count, 'JSON: the counts make all';
  cmp_ok scalar @events, '<', $count / 5, 'JSON: in few lines';
  is $events[0]{count}, 1, 'JSON: the first one is alone';
  my $next = 1;
  for my $event (@events) {
    is $event->{seq}, $next, 'JSON: seq counts signals';
    $next += $event->{count};
    my $is_later = ($event->{last_time} // '') gt $event->{time};
    is $is_later, $event->{count} > 1, 'JSON: last_time is behind time, of several';
  }
  return;
}
test_json();

sub test_text () {
  my @lines = grep { /^\d\d:/ } split /\n/, run_storm('table');
  is sum0(map { / x([\d,]+)\z/ ? $1 =~ s/,//gr : 1 } @lines), $count, 'table: the counts make all';
  cmp_ok scalar(grep { / x[\d,]+\z/ } @lines), '>', 0, 'table: at the end of lines';
  my $verbose = run_storm('verbose', '-v');
  like $verbose, qr/^\d{4}-\S+ SIGUSR1 .* x[\d,]+\n(?: .*\n)*? {4}last +\d\d:/m, 'verbose: a count, and when the last was sent';
  my $each = run_storm('each', '--each');
  is scalar(() = $each =~ /^\d\d:/mg), $count, '--each: a line for each';
  unlike $each, qr/ x\d/, '--each: and no count';
  my $audit = run_storm('audit', '--audit-format');
  is scalar(() = $audit =~ /^type=SYSCALL/mg), $count, 'audit: a record for each';
  my $columns = run_storm('columns', '-o', 'count,signal');
  is sum0($columns =~ /^(\d+) /mg), $count, '-o count: a column';
  unlike $columns, qr/ x\d/, '-o count: and no count behind it';
  return;
}
test_text();

sub test_count () {
  my ($storm, $pid) = storm();
  my $tracer = KS::Tracer->start(['--json', '-s', 'USR1', '--from-pid', $pid, '--count', 100]);
  $storm->do('go');
  my @events = parse_events($tracer->complete, '--count');
  is sum0(map { $_->{count} } @events), 100, '--count counts signals, not lines';
  is $tracer->wait, 0, '--count: status';
  return;
}
test_count();

# Replayed, they are summed up in the same way.
sub test_replay () {
  my $live = run_storm('recorded', '--json', '--save-records', "$dir/records");
  my (undef, $again) = run_tool(['replay', '--json', "$dir/records"]);
  is $again, $live, 'replay shows the same sums';
  (undef, $again) = run_tool(['replay', '--json', '--each', "$dir/records"]);
  is scalar(() = $again =~ /^\{/mg), $count, 'replay --each: a line for each';
  cmp_ok -s "$dir/records", '<', 100 * $count, 'a repetition takes few bytes';
  return;
}
test_replay();

# One signal now and then is not held back, and what differs is never summed up.
sub start_victim (%options) {
  my $code = '$| = 1; $SIG{$_} = "IGNORE" for qw(USR1 USR2); print "ready\n"; <STDIN>';
  my $victim = KS::Process->start([$^X, '-e', $code], %options);
  $victim->line eq 'ready' or die 'no victim';
  return $victim;
}

sub test_differing () {
  my ($victim, $sender, $other) = (start_victim(), actor(), actor());
  my $tracer = trace('-p', $victim->pid, '-s', 'USR1,USR2,TERM');
  for my $round (1 .. 3) {
    $_->do(kill => $victim->pid, SIGUSR1) for $sender, $other;
    $sender->do(kill => $victim->pid, SIGUSR2);
  }
  $sender->do(kill => $victim->pid, SIGTERM);
  my @events = parse_events($tracer->complete, 'differing');
  my %sum;
  $sum{"$_->{sender}{pid} $_->{signal}{name}"} += $_->{count} for grep { $_->{event} eq 'signal' } @events;
  is_deeply \%sum, {
    $sender->id . ' SIGUSR1' => 3, $other->id . ' SIGUSR1' => 3, $sender->id . ' SIGUSR2' => 3, $sender->id . ' SIGTERM' => 1,
  }, 'sums are of one sender, target and signal';
  my ($exit) = grep { $_->{event} eq 'exit' } @events;
  my ($term) = grep { $_->{event} eq 'signal' && $_->{signal}{name} eq 'SIGTERM' } @events;
  is $exit->{cause}{seq}, $term->{seq}, 'the end names the number of its cause';
  return;
}
test_differing();

# An equal record is of what its processes are now: the first slot of this CPU finds the target where it was, but another
# signal has had it described elsewhere meanwhile.
sub test_moved () {
  my $code = '$| = 1; $SIG{$_} = "IGNORE" for qw(USR1 USR2); print "ready\n"; while (<STDIN>) { chomp; chdir $_; print "moved\n" }';
  my $victim = KS::Process->start([$^X, '-e', $code]);
  $victim->line eq 'ready' or die 'no victim';
  my $sender = actor_as(['taskset', '-c', 0, helper('actor')]);
  my $tracer = trace('--from-pid', $sender->id, '-s', 'USR1,USR2', '--each');
  my @moves = (['/usr', SIGUSR1], ['/usr', SIGUSR1], ['/etc', SIGUSR2], ['/usr', SIGUSR1], ['/etc', SIGUSR1], ['/etc', SIGUSR1]);
  for my $move (@moves) {
    $victim->write("$move->[0]\n");
    $victim->line eq 'moved' or die 'the victim did not move';
    $sender->do(kill => $victim->pid, $move->[1]);
  }
  $tracer->signal('INT');
  my @events = parse_events($tracer->complete, 'moved');
  is_deeply [map { $_->{target}{cwd} } @events], [map { $_->[0] } @moves], 'an equal signal has the directory of now';
  return;
}
test_moved();

# A directory that was renamed under a program, which nothing in the kernel tells: SIGHUP with -w has all read again.
sub test_described_again () {
  mkdir "$dir/old" or die $!;
  my $victim = start_victim(prepare => sub { chdir "$dir/old" or die $! });
  my ($sender, $file) = (actor(), "$dir/renamed");
  my $tracer = KS::Tracer->start(['--json', '-w', $file, '--from-pid', $sender->id]);
  my $last_cwd = sub {
    open my $lines, '<', $file or return '';
    my @lines = <$lines>;
    return @lines ? decode($lines[-1])->{target}{cwd} : '';
  };
  $sender->do(kill => $victim->pid, SIGUSR1);
  until_true('the first is written', sub { $last_cwd->() eq "$dir/old" });
  rename "$dir/old", "$dir/new" or die $!;
  $tracer->signal('HUP');
  until_true('the new path', sub { $sender->do(kill => $victim->pid, SIGUSR2); $last_cwd->() eq "$dir/new" });
  pass 'SIGHUP: the path is read again';
  $tracer->signal('INT');
  is $tracer->wait, 0, 'SIGHUP: status';
  return;
}
test_described_again();

# Not one byte may differ, wherever it is: a sender that changes the last letter of its title, up to the end of the
# arguments and behind it.
sub test_title () {
  my $victim = start_victim();
  my $code = 'my $pid = shift; $| = 1; print "ready\n"; <STDIN>;'
    . ' open my $f, "<", "/proc/self/cmdline"; my $bytes = length <$f>; for my $n ($bytes - 100 .. $bytes + 20) {'
    . ' for my $end (qw(a a b)) { $0 = ("x" x $n) . $end; kill USR1 => $pid } } print "sent\n"; <STDIN>';
  my $sender = KS::Process->start(['taskset', '-c', 0, $^X, '-e', $code, $victim->pid]);
  $sender->line eq 'ready' or die 'no sender';
  my $tracer = trace('-p', $victim->pid, '-s', 'USR1', '--each');
  $sender->write("go\n");
  $sender->line eq 'sent' or die 'nothing was sent';
  $tracer->signal('INT');
  my @events = parse_events($tracer->complete, 'title');
  my @ends = map { $_->{sender}{cmdline}[0] =~ /\Ax+([ab])\z/ ? $1 : '?' } @events;
  is join(q(), @ends), 'aab' x 121, 'a signal equals another only if all bytes of the title do';
  return;
}
test_title();
done_testing;
