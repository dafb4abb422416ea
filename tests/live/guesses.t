#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What people write who do not know it yet: understood, or answered in one line with what is meant.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2);
use Test::More;

my @short = ('--duration', '1ms', '-w', '/dev/null');

# ---- answered ----

my @answers = (
  [['nginx'], qr/-c nginx\b.*-- nginx\b/],
  [['-v', 'nginx'], qr/-c nginx\b/],
  [['1234'], qr/-p 1234\b/],
  [['--json', '12,34'], qr/-p 12,34\b/],
  [['nginx.service'], qr/-u nginx\.service\b/],
  [['SIGKILL'], qr/-s SIGKILL\b/],
  [['-o', 'json'], qr/--json\b/],
  [['-o', 'table'], qr/without -o\b/],
  [['-o', 'audit'], qr/--audit-format\b/],
  [['-o', '/tmp/signals.log'], qr{-w /tmp/signals\.log\b}],
  [['--output=json'], qr/--json\b/],
  [['--format=json'], qr/use --json\b/],
  [['--format', 'audit'], qr/use --audit-format\b/],
  [['-n', 'nginx'], qr/-c nginx\b/],
  [['--name', 'nginx'], qr/-c nginx\b/],
  [['--binary', 'nginx'], qr/--exe nginx\b/],
  [['--signal', 'KILL'], qr/-s KILL\b/],
  [['--signal=KILL'], qr/-s KILL\b/],
  [['-k'], qr/-s KILL\b/],
  [['-9', '12'], qr/-s 9\b/],
  [['-KILL'], qr/-s KILL\b/],
  [['-f'], qr/-p, -c and -u/],
  [['--since', 'yesterday'], qr/no record of earlier ones/],
  [['--until=now'], qr/no record of earlier ones/],
  [['search'], qr/no record of earlier ones/],
  [['--user', 'root'], qr/--uid root\b/],
  [['-P', '12'], qr/-p 12\b/],
  [['--jsno'], qr/--json\b/],
  [['docter'], qr/'doctor'/],
  [['comapre'], qr/'compare'/],
  [['--utc', 'doctor'], qr/'doctor', as the first word/],
  [['rule', 'nginx'], qr/-c nginx\b/],
  [['-p', 'nginx'], qr/-c nginx\b/],
  [['--from-pid', 'cron'], qr/--from-comm cron\b/],
  [['-p', '1 nginx'], qr/-c nginx\b/],
  [['-p', '1', 'nginx'], qr/-c nginx\b/],
  [['-s', 'KILL TREM'], qr/'TREM' is not a signal/],
  [['-p', join ' ', 1 .. 1025], qr/1024.*-c NAME/],
  [['-p', 1 .. 1025], qr/1024.*-c NAME/],
);

sub test_answers () {
  for my $row (@answers) {
    my ($args, $like) = @$row;
    my $name = substr "@$args", 0, 40;
    my ($status, $out, $err) = run_tool($args, within => 5);
    is $status, 2, "$name: status 2";
    is $out, '', "$name: no output";
    like $err, qr/\Akillsnoop: [^\n]+\n\z/, "$name: one line";
    like $err, $like, "$name: what is meant";
  }
  return;
}

# ---- understood ----

# pidof(1) prints blanks between pids.
sub test_pids () {
  my @targets = map { actor() } 1 .. 3;
  $_->do('block') for @targets;
  my @pids = map { $_->pid } @targets;
  my @ways = (['-p', "@pids"], ['-p', @pids], ['-p', join("\n", @pids) . "\n"],
    ['-p', join(', ', @pids)], ["-p$pids[0]", @pids[1, 2]], ['--pid', @pids[0, 1], '-T', $pids[2]]);
  for my $way (@ways) {
    my $name = "@$way" =~ s/\n/\\n/gr;
    my $tracer = KS::Tracer->start(['--json', @$way, '-s', 'USR1 USR2']);
    $_->do(kill => $_->id, SIGUSR1) for @targets;
    my @events = signals(finish_ok($tracer, $name));
    is_deeply [map { $_->{target}{pid} } @events], \@pids, "$name: all targets";
  }
  return;
}

sub test_senders () {
  my @senders = map { actor() } 1 .. 2;
  $_->do('block') for @senders;
  my @pids = map { $_->pid } @senders;
  my $tracer = trace('--from-pid', @pids, '-s', "USR1\tUSR2", '--origin', 'user kernel');
  $_->do(kill => $_->id, SIGUSR2) for @senders;
  my @events = signals(finish_ok($tracer, 'senders'));
  is_deeply [map { $_->{sender}{pid} } @events], \@pids, 'several words of --from-pid';
  return;
}

# ---- what matches nothing now ----

sub said_of (@args) {
  my ($status, undef, $err) = run_tool([@short, @args], within => 10);
  is $status, 0, "@args: it goes on";
  return $err =~ s/^killsnoop: 0 events, 0 lost\n//mr;
}

sub test_absent () {
  my $self = actor();
  my $name = 'ks-absent';
  is said_of('-c', $name), "killsnoop: no process named '$name' is running: waiting for one\n", '-c';
  is said_of('--from-comm', "$name*"),
    "killsnoop: no process named '$name*' is running: waiting for one\n", '--from-comm';
  is said_of('-c', "actor,$name,x y"),
    "killsnoop: no process named '$name', 'x y' is running: waiting for one\n", '-c of several';
  is said_of('-u', "$name.service"),
    "killsnoop: no process of the unit '$name.service' is running: waiting for one\n", '-u';
  is said_of('--exe', "actor,/usr/$name", '--from-exe', $name),
    "killsnoop: no process of the executable '/usr/$name' is running: waiting for one\n" .
    "killsnoop: no process of the executable '$name' is running: waiting for one\n", '--exe';
  like said_of('-u', 'daemon'), qr/\A[^\n]*'daemon' [^\n]*--uid daemon\n\z/, '-u with a user';
  my $gone = $self->do('gone')->{pid};
  is said_of('--from-pid', "$gone $$"),
    "killsnoop: no process $gone is running that could send: waiting for one\n", '--from-pid';
  is said_of('-c', 'act?r', '--from-comm', 'actor'), '', 'a pattern that matches';
  $self->do(name => 'ks-renamed');
  is said_of('-c', 'actor'), '', 'the name of an executable';
  is said_of('-c', 'sleep', '--', 'true'), '', 'a command is yet to start';
  return;
}

# What waits is seen when it comes.
sub test_comes () {
  my $tracer = trace('-c', "ks-comes-$$", '-s', 'USR1');
  my $actor = actor();
  $actor->do('block');
  $actor->do(name => "ks-comes-$$");
  $actor->do(kill => $actor->id, SIGUSR1);
  is scalar signals(finish_ok($tracer, 'it comes')), 1, 'what comes later is seen';
  return;
}

sub test_unit () {
  my $root = cgroup_root();
  SKIP: {
    skip 'there is no cgroup that can be written', 1 if !$root;
    my $unit = "ks-absent-$$.service";
    mkdir "$root/$unit" or skip "a cgroup cannot be made: $!", 1;
    my $actor = actor();
    move_to("$root/$unit", $actor->pid);
    is said_of('-u', $unit, '--from-unit', "/$unit"), '', 'a unit that has a process';
    $actor->stop;
    until_true('an empty cgroup', sub { rmdir "$root/$unit" });
  }
  return;
}

# Where /proc does not show all, nothing is said.
sub test_blind () {
  for my $wrapper ([qw(unshare -m sh -c), 'umount -l /proc && exec "$@"', 'sh'],
    [qw(unshare -pf --mount-proc)]) {
    my ($status, undef, $err) = run_tool([@short, '-c', 'ks-absent'], wrapper => $wrapper);
    unlike $err, qr/waiting/, "@$wrapper[0 .. 1]: nothing is said";
  }
  return;
}

test_answers();
test_pids();
test_senders();
test_absent();
test_comes();
test_unit();
test_blind();
done_testing;
