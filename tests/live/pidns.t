#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Pids are those of killsnoop's own namespace, except in audit's format, which has the host's.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGKILL);
use Test::More;

my @enter = qw(unshare --pid --fork --mount-proc);

# Played inside: what an actor of this namespace says, and what killsnoop does, with its pids.
sub inside () {
  my ($sender, $target) = (actor('inside', 'sender'), actor('inside', 'target'));
  $target->do('block');
  my $tracer = trace('-p', $target->pid);
  my $audit = KS::Tracer->start(['--audit-format', '-p', $target->pid]);
  say $json->encode({target => $target->facts, sender => $sender->facts, self => $$});
  STDOUT->flush;
  <STDIN>;    # a signal came from outside
  my $did = $sender->do(kill => $target->id, SIGUSR2);
  my $killed = $sender->do(kill => $target->id, SIGKILL);
  my $output = $tracer->complete;
  $audit->complete;
  my $records = $audit->{seen} . ($audit->{buffer} // '');
  say $json->encode({did => $did, killed => $killed, json => $output, status => $tracer->wait,
    stderr => $tracer->stderr});
  STDOUT->flush;
  POSIX::_exit(0);
}

# Likewise: a process of a namespace below is told by its pid here.
sub above () {
  my $sender = actor('above');
  my $holder = KS::Actor->start([@enter, helper('actor'), 'below']);
  $holder->do('block');
  my $pid = child_of($holder->pid);
  my $tracer = trace('-p', $pid);
  my @did = ($sender->do(kill => $pid, SIGUSR1), $holder->do(kill => 1, SIGUSR2));
  say $json->encode({pid => $pid + 0, below => $holder->facts, did => \@did,
    json => $tracer->finish, status => $tracer->wait});
  STDOUT->flush;
  POSIX::_exit(0);
}

# The host's pid of what is $pid in the namespace of the host's $holder.
sub host_pid ($holder, $pid) {
  my ($space) = readlink "/proc/$holder/ns/pid";
  for my $entry (glob '/proc/[0-9]*') {
    next if (readlink("$entry/ns/pid") // '') ne $space;
    my ($inner) = (slurp("$entry/status") // '') =~ /^NSpid:.*\s(\d+)$/m or next;
    return $1 if $inner == $pid && $entry =~ /(\d+)/;
  }
  die "no $pid inside";
}

sub child_of ($pid) {
  my ($child) = split ' ', slurp("/proc/$pid/task/$pid/children") // '';
  return $child // die "no child of $pid";
}

inside() if @ARGV && $ARGV[0] eq 'inside';
above() if @ARGV && $ARGV[0] eq 'above';

my $room = KS::Actor->start([@enter, $^X, $0, 'inside']);
my $told = decode($room->line);
my $init = child_of($room->pid);
my ($target, $sender) = map { host_pid($init, $told->{$_}{pid}) } qw(target sender);
isnt $target, $told->{target}{pid}, 'the target has another pid on the host';

# From outside, into the namespace: nobody there can see who it is.
my $outsider = actor('an', 'outsider');
my $host = trace('-p', $target);
my $audit = KS::Tracer->start(['--audit-format', '-p', $target]);
my $out = $outsider->do(kill => $target, SIGUSR1);
$room->write("\n");
my $done = decode($room->line);

sub inner_events () {
  is $done->{status}, 0, 'inside: it ends with its target' or diag $done->{stderr};
  my @events = parse_events($done->{json}, 'inside');
  is scalar @events, 4, 'inside: three signals and the end' or return;
  return @events;
}

sub test_inside (@events) {
  is_process($events[0]{target}, $told->{target}, 'inside, from outside: target');
  is $events[0]{sender}{$_}, undef, "inside, from outside: no $_" for qw(pid tid ppid);
  is_deeply $events[0]{sender}{cmdline}, $outsider->facts->{cmdline},
    'inside, from outside: the sender is told all the same';
  for my $i (1, 2) {
    my $did = $i == 1 ? $done->{did} : $done->{killed};
    is_call($events[$i], $did, "inside, $did->{args}[1]");
    is_process($events[$i]{target}, $told->{target}, "inside, $did->{args}[1]: target");
  }
  is $events[1]{sender}{ancestors}[0]{pid}, $told->{self}, 'inside: ancestors have its pids';
  is $events[3]{process}{pid}, $told->{target}{pid}, 'inside: the end is of its pid';
  is $events[3]{cause}{sender}{pid}, $told->{sender}{pid}, 'inside: and so is the culprit';
  return;
}

# The same signals with the host's pids.
sub test_outside () {
  my @all = parse_events($host->complete, 'outside');
  my @events = grep { $_->{event} ne 'lost' } @all;
  # An emulated processor is taken away, and a hook is skipped: see tests/vm/README.md.
  my $status = $ENV{KS_EMULATED} && @events < @all ? 3 : 0;
  is $host->wait, $status, 'outside: it ends with its target' or diag $host->stderr;
  is scalar @events, 4, 'outside: three signals and the end' or return;
  is_call($events[0], $out, 'outside');
  is_deeply [map { $_->{target}{pid} } @events[0 .. 2]], [($target) x 3], 'outside: targets';
  is_deeply [map { $_->{sender}{pid} } @events[1, 2]], [($sender) x 2], 'outside: senders';
  is $events[1]{args}[0], $told->{target}{pid}, 'outside: arguments are the caller\'s';
  SKIP: {
    skip 'this kernel fills in the siginfo of kill later', 1 if !$events[0]{info};
    is $events[0]{info}{pid}, 0, 'outside: the target is told of a sender whom it cannot see';
  }
  return;
}

sub test_audit () {
  my @lines = split /\n/, $audit->complete;
  my @pids = map { /^type=SYSCALL .* pid=(\d+) / ? $1 : () } @lines;
  is_deeply \@pids, [$outsider->id, $sender, $sender], 'audit: senders have the host\'s pids';
  my @targets = map { /^type=OBJ_PID .* opid=(\d+) / ? $1 : () } @lines;
  is_deeply \@targets, [($target) x 3], 'audit: targets have the host\'s pids';
  return;
}

sub test_below () {
  my $told = decode(KS::Process->start([@enter, $^X, $0, 'above'])->line);
  is $told->{status}, 0, 'below: status';
  my @events = parse_events($told->{json}, 'below');
  is scalar @events, 2, 'below: both are seen' or return;
  is_call($events[0], $told->{did}[0], 'below');
  is_deeply [map { $_->{target}{pid} } @events], [($told->{pid}) x 2], 'below: targets by pids here';
  is $events[1]{sender}{pid}, $told->{pid}, 'below: senders, too';
  is $told->{below}{pid}, 1, 'below: which is another there';
  is $events[1]{args}[0], 1, 'below: arguments are the caller\'s';
  is_deeply $events[1]{sender}{cmdline}, $told->{below}{cmdline}, 'below: its arguments';
  return;
}

# Signals between processes that have no pid here, seen by one tracer that knows no older process.
# enter: how its namespace is made; line: what it says of /proc.
sub test_strangers ($name, $enter, $line) {
  my ($from, $to) = (actor('from'), actor('to'));
  $to->do('block');
  my $comm = "ks-pidns-$$";
  $to->do(name => $comm);
  my $tracer = KS::Tracer->start(['--json', '--count', 1, '-c', $comm], wrapper => $enter);
  my $did = $from->do(kill => $to->id, SIGUSR1);
  my ($event) = parse_events($tracer->complete, $name);
  is $tracer->wait, 0, "$name: status";
  for my $who (qw(sender target)) {
    is $event->{$who}{$_}, undef, "$name: $who has no $_ here" for qw(pid tid ppid);
  }
  is $event->{target}{comm}, $comm, "$name: the target is told all the same";
  is $event->{target}{exe}, $to->facts->{exe}, "$name: with its executable";
  is $event->{target}{cmdline}, undef, "$name: without arguments, which only /proc has";
  is_deeply $event->{sender}{cmdline}, $from->facts->{cmdline}, "$name: those of the sender";
  is $event->{args}[0], $to->id, "$name: arguments are the caller's";
  like $tracer->stderr, $line, "$name: what is said of it";
  return;
}

# BPF is for those who have their capabilities from the initial user namespace.
sub test_user_namespace (@enter) {
  my $name = "@enter";
  for my $args ([], ['-p', 1], ['--', 'true']) {
    my ($status, $output, $stderr) = run_tool($args, wrapper => \@enter);
    is $status, 1, "$name, @$args: status";
    is $output, '', "$name, @$args: no output";
    like $stderr, qr/\Akillsnoop: [^\n]*capabilities of a user namespace[^\n]*\n\z/,
      "$name, @$args: one line";
  }
  my ($status, $output) = run_tool(['doctor'], wrapper => \@enter);
  is $status, 1, "$name, doctor: status";
  like $output, qr/^killsnoop cannot run here: [^\n]*user namespace/m, "$name, doctor: says so";
  return;
}

my @inner = inner_events();
test_inside(@inner) if @inner;
test_outside();
test_audit();
test_below();
test_strangers('strangers', \@enter, qr/\Akillsnoop: 1 event, 0 lost\n\z/);
test_strangers('the /proc of others', [qw(unshare --pid --fork)],
  qr{\Akillsnoop: /proc is that of another pid namespace: arguments[^\n]* unknown\nkillsnoop: 1 event});
SKIP: {
  skip 'user namespaces cannot be had here', 1 if system 'unshare -Ur true 2>/dev/null';
  test_user_namespace(qw(unshare -Ur));
  test_user_namespace(qw(unshare -Urpf --mount-proc));
}
done_testing;
