#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Each filter lets through exactly what it should: the same signals, seen through each in turn.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGHUP SIGUSR1 SIGUSR2 SIGTERM SIGCHLD SIGURG SIGCONT SIGALRM SIGPIPE SIGSEGV);
use Test::More;

use constant SIGWINCH => 28;

my $nobody = 65534;

# Two senders and two targets, each pair of different name and user. Targets keep all signals.
my %who = map { $_ => actor() } qw(s1 s2 t1 t2);
$who{t1}->do(name => 'ks-target-one');
$who{t2}->do(name => 'ks-target-two');
$who{s1}->do(name => 'ks-sender-one');
$who{s2}->do(name => 'ks-sender-two');
$who{$_}->do('block') for qw(t1 t2);
$who{t2}->do(ids => ($nobody) x 6);
$who{s2}->do(ids => ($nobody, 0, 0, 0, 0, 0));    # may still send
my %pid = map { $_ => $who{$_}->id } keys %who;
my %named = reverse %pid;

# A script is a list of words like "s1>t1:10": who sends what to whom.
my @script = ('s1>t1:10', 's1>t2:12', 's2>t1:15', 's2>t2:1', 's1>t1:37', 's2>t2:64');

sub play (@script) {
  for my $word (@script) {
    my ($sender, $target, $signal) = $word =~ /(\w+)>(\w+):(\d+)/ or die $word;
    $who{$sender}->do(kill => $pid{$target} // $target, $signal);
  }
  return;
}

# What the events tell, in the words of a script.
sub told (@events) {
  my @words;
  for my $event (signals(@events)) {
    my $sender = $named{$event->{sender}{pid} // 0} or next;
    my $target = $named{($event->{target} // {})->{pid} // 0} // $event->{args}[0];
    push @words, "$sender>$target:$event->{signal}{number}";
  }
  return \@words;
}

# Rows of [options, what they let through]: several tracers at a time see the same script, since
# each takes a while to start and to end.
sub check_all ($rows, @script) {
  my @left = @$rows;
  while (my @now = splice @left, 0, 6) {
    my @tracers = map { trace(@{$_->[0]}) } @now;
    play(@script);
    $_->signal('INT') for @tracers;
    my @outputs = map { $_->complete } @tracers;    # none waits while that of another is looked at
    for my $i (0 .. $#now) {
      my ($args, $want) = @{$now[$i]};
      my $name = join ' ', @$args ? map { s/\b$pid{t1}\b/T1/r } @$args : 'no filter';
      is $tracers[$i]->wait, 0, "$name: status 0" or diag $tracers[$i]->stderr;
      is_deeply told(parse_events($outputs[$i], $name)), $want, $name;
    }
  }
  return;
}

sub check ($args, $want, @script) { return check_all([[$args, $want]], @script) }

# Rows of options and the words of @script that they let through, by index.
sub test_plain () {
  my @rows = (
    [[], 0 .. 5],
    [['-p', $pid{t1}], 0, 2, 4],
    [['--pid', $pid{t2}], 1, 3, 5],
    [["--pid=$pid{t1},$pid{t2}"], 0 .. 5],
    [['-p', $pid{t1}, '-p', $pid{t2}], 0 .. 5],
    [['-T', $pid{t1}], 0, 2, 4],
    [['--tpid', $pid{t1}], 0, 2, 4],
    [['-c', 'ks-target-two'], 1, 3, 5],
    [['-c', 'ks-target-*'], 0 .. 5],
    [['--comm', 'ks-*-o[nm]e'], 0, 2, 4],
    [['-c', 'ks-target-one,ks-target-two'], 0 .. 5],
    [['-c', 'ks-target'], ()],
    [['-s', '10'], 0],
    [['-s', 'USR1,sigusr2'], 0, 1],
    [['-s', 'RTMIN+3'], 4],
    [['-s', 'SIGRTMAX'], 5],
    [['-s', '!TERM'], 0, 1, 3, 4, 5],
    [['-s', 'fatal'], 0 .. 5],
    [['-s', 'fatal', '-s', '!RTMIN+3,!64'], 0 .. 3],
    [['-s', 'all,!HUP'], 0, 1, 2, 4, 5],
    [['--sig=10', '--sig=1'], 0, 3],
    [['--from-pid', $pid{s1}], 0, 1, 4],
    [['--from-comm', '*-sender-two'], 2, 3, 5],
    [['--from-uid', '0', '-p', $pid{t1}], 0, 4],
    [['--from-uid', 'nobody'], 2, 3, 5],
    [['--from-uid', 'nobody', '--from-pid', $pid{s1}], ()],
    [['--uid', $nobody], 1, 3, 5],
    [['--uid', 'nobody'], 1, 3, 5],
    [['--uid', 'root', '-c', 'ks-*'], 0, 2, 4],
    [['-p', $pid{t1}, '--from-pid', $pid{s2}], 2],
    [['-p', $pid{t1}, '-s', 'HUP'], ()],
    [['--origin', 'user'], 0 .. 5],
    [['--origin', 'kernel'], ()],
    [['--origin', 'kernel,user'], 0 .. 5],
    [['-c', 'ks-target-one', '-s', '!USR1', '--from-comm', 'ks-sender-one'], 4],
  );
  my @wanted = map { my ($args, @indexes) = @$_; [$args, [@script[@indexes]]] } @rows;
  return check_all(\@wanted, @script);
}

# By what they execute, whatever they call themselves: target one is a copy of the others' program.
sub test_exe () {
  my $dir = temp_dir();
  my $program = "$dir/ks-one";
  system('cp', helper('actor'), $program) == 0 or die "cp: $?";
  my $actor = actor_as([$program]);
  $actor->do('block');
  $actor->do(name => 'ks-other-name');
  ($who{t3}, $pid{t3}) = ($actor, $actor->id);
  $named{$pid{t3}} = 't3';
  my @words = ('s1>t1:10', 's1>t3:12', 't3>t1:15');
  my $path = readlink "/proc/$pid{t3}/exe";
  my @rows = (
    [['--exe', 'ks-one'], 1],
    [['--exe', $path], 1],
    [['--exe', "*/ks-one,ks-other-name"], 1],
    [['--exe', "$dir/*"], 1],
    [['--exe', 'ks-other-name'], ()],
    [['--exe', "$dir"], ()],
    [['--exe', 'ks-on[e]', '-c', 'ks-target-*'], ()],
    [['--exe', 'actor', '--from-pid', "$pid{s1},$pid{t3}"], 0, 2],
    [['--from-exe', 'ks-one'], 2],
    [['--from-exe', $path, '--exe', 'actor'], 2],
  );
  check_all([map { my ($args, @i) = @$_; [$args, [@words[@i]]] } @rows], @words);
  test_exe_ends($actor);
  delete $who{t3};
  return;
}

# As with -c: the end is reported if a signal brought it about. The program may be deleted.
sub test_exe_ends ($actor) {
  my $pid = $actor->pid;
  my $program = readlink "/proc/$pid/exe";
  unlink $program or die "$program: $!";
  my $tracer = trace('--exe', $program);
  $who{s1}->do(kill => $pid, 9);
  $actor->wait;
  my @events = finish_ok($tracer, 'the end of an executable');
  is_deeply [map { $_->{event} } @events], [qw(signal exit)], 'the end of an executable';
  is $events[1]{cause}{sender}{pid}, $pid{s1}, 'the end of an executable: by whom';
  is $events[0]{target}{exe_deleted}, 1, 'the end of an executable: it was deleted';
  return;
}

# Muted unless -a or a name asks for it.
sub test_mutes () {
  my @quiet = ('s1>t1:0', 's1>t1:' . SIGURG, 's1>t1:' . SIGWINCH, 's1>t1:' . SIGCHLD);
  my @loud = ('s1>t1:' . SIGCONT, 's2>t1:' . SIGTERM);
  my @all = (@quiet, @loud);
  my @rows = (
    [['--from-pid', "$pid{s1},$pid{s2}"], \@loud],
    [['-a', '-c', 'ks-target-one'], \@all],
    [['--all', '-s', '!WINCH', '-c', 'ks-*'], [@all[0, 1, 3, 4, 5]]],
    [['-s', '0'], [$all[0]]],
    [['-s', '0,WINCH'], [@all[0, 2]]],
    [['-s', 'URG'], [$all[1]]],
    [['-s', 'CHLD'], [$all[3]]],
    [['-s', 'all', '-p', $pid{t1}], \@all],
  );
  return check_all(\@rows, @all);
}

# Real-time signals inside one process are a program's own business.
sub test_own_real_time () {
  my $actor = actor();
  $actor->do('block');
  my %shown = ('' => [SIGUSR1], '-a' => [34, SIGUSR1], '-s34' => [34]);
  for my $option (sort keys %shown) {
    my $tracer = trace($option || (), '--from-pid', $actor->id);
    $actor->do(kill => $actor->id, $_) for 34, SIGUSR1;
    my @events = signals(finish_ok($tracer, "signals to itself, '$option'"));
    is_deeply [map { $_->{signal}{number} } @events], $shown{$option},
      "signals to itself, '$option'";
  }
  return;
}

sub test_failed () {
  my $sender = actor();
  my $gone = $sender->do('gone')->{pid};
  my $ignoring = actor();
  $ignoring->do(ignore => SIGUSR1);
  my @calls = (
    [kill => $pid{t1}, SIGUSR1], [kill => $gone, SIGTERM], [kill => $ignoring->id, SIGUSR1],
    [kill => $pid{t1}, 99], [kill => $pid{t1}, 0], [kill => $gone, 0],
  );
  for my $row (['-x', 1, 2, 3], ['--failed', 1, 2, 3], ['-ax', 1, 2, 3, 5]) {
    my ($option, @indexes) = @$row;
    my $tracer = trace($option, '--from-pid', $sender->id);
    $sender->do(@$_) for @calls;
    my @events = signals(finish_ok($tracer, $option));
    is_deeply [map { $_->{args} } @events], [map { [@$_[1, 2]] } @calls[@indexes]], $option;
  }
  my $tracer = trace('-x', '-p', $pid{t1});
  $sender->do(@$_) for @calls;
  my @events = signals(finish_ok($tracer, '-x -p'));
  is_deeply [map { $_->{args} } @events], [[$pid{t1}, 99]], '-x -p';
  return;
}

# Signals that no system call sent: nobody is named as the sender.
sub check_kernel ($tracer, $actor, $number, $name) {
  my @events = grep { $_->{signal}{number} == $number }
    to_target($actor->id, finish_ok($tracer, $name));
  is scalar @events, 1, "$name: one event" or return;
  my %origins = (SIGPIPE, 'pipe', SIGSEGV, 'fault', SIGALRM, 'itimer', SIGCHLD, 'child');
  is $events[0]{origin}, $origins{$number}, "$name: origin";
  is $events[0]{$_}, undef, "$name: $_" for qw(sender via call args error);
  is $events[0]{context}{pid}, $actor->id, "$name: context"
    if $number == SIGPIPE || $number == SIGSEGV;
  is ref $events[0]{context}{ancestors}, 'ARRAY', "$name: the context has its ancestors";
  return $events[0];
}

sub test_kernel () {
  my $actor = actor();
  $actor->do(handle => SIGPIPE, SIGALRM, SIGCHLD);
  my $tracer = trace('--origin', 'kernel');
  $actor->do('broken_pipe');
  my $event = check_kernel($tracer, $actor, SIGPIPE, 'a broken pipe');
  is $event->{info}, undef, 'a broken pipe: no info' if $event;
  $tracer = trace('-a', '-p', $actor->id);
  $actor->do('child_ends');
  check_kernel($tracer, $actor, SIGCHLD, 'a child ends, -a');
  $tracer = trace('-s', 'ALRM');
  $actor->do('alarm');
  check_kernel($tracer, $actor, SIGALRM, 'an alarm, -s ALRM');
  $tracer = trace('--origin', 'kernel', '-c', 'actor');
  $actor->tell('fault');
  $actor->wait;
  $event = check_kernel($tracer, $actor, SIGSEGV, 'a fault');
  # Its siginfo has an address where that of a kill has the sender.
  is_deeply $event->{info}, {code => 1, pid => undef, uid => undef, forged => undef}, 'a fault: info' if $event;
  return;
}

sub test_kernel_mutes () {
  my $actor = actor();
  $actor->do(handle => SIGALRM, SIGCHLD);
  my $tracer = trace('-p', $actor->id);
  $actor->do($_) for qw(alarm child_ends);
  is_deeply [signals(finish_ok($tracer, 'muted kernel signals'))], [],
    'neither alarms nor ends of children are shown by default';
  return;
}

sub test_unit () {
  my $unit = "ks-test-$$.service";
  with_unit($unit, sub ($path) {
    my $name = "/$unit";
    my ($base) = $path =~ m{(.*)/};
    move_to($path, $pid{t1});
    my @to_t1 = @script[0, 2, 4];
    my @rows = map { [['-u', $_], \@to_t1] } "ks-test-$$", "ks-test-$$.service", $name, 'ks-test-*';
    push @rows, [['--unit', "ks-test-$$"], \@to_t1], [['-u', '/no-such-cgroup'], []];
    check_all(\@rows, @script);
    check_unit_fields($path, $name);
    move_to($path, $pid{s2});
    check(['--from-unit', "ks-test-$$"], [@script[2, 3, 5]], @script);
    test_moved($path, $base);
    move_to($base, $pid{$_}) for qw(t1 s2);
  });
  return;
}

# Whoever has a cgroup makes others below it, and chooses their names.
sub test_claimed_unit () {
  my $name = "ks-claimed-$$.service";
  with_unit('user@4711.service', sub ($path) {
    my ($base) = $path =~ m{(.*)/};
    my @made = ("$path/app.slice", "$path/app.slice/$name", "$path/app.slice/$name/system.slice");
    for (@made) { mkdir or die "$_: $!" }
    move_to($made[2], $pid{t1});
    my @to_t1 = @script[0, 2, 4];
    check_all([
      [['-u', $name], []], [['-u', 'app.slice'], []], [['-u', 'user@4711'], \@to_t1],
      [['-u', "/user@*/app.slice/$name"], \@to_t1],
    ], @script);
    my $tracer = trace('-u', 'user@4711.service');
    play('s1>t1:10');
    my ($event) = signals(finish_ok($tracer, 'a claimed unit'));
    is $event->{target}{unit}, 'user@4711.service', 'the unit is that of the user\'s manager';
    is $event->{target}{user_unit}, $name, 'and of that manager, it is another';
    move_to($base, $pid{t1});
    for my $cgroup (reverse @made) { until_true("$cgroup is gone", sub { rmdir $cgroup }) }
  });
  return;
}

sub check_unit_fields ($path, $name) {
  my $tracer = trace('-u', "ks-test-$$");
  play('s1>t1:10');
  my ($event) = signals(finish_ok($tracer, 'the fields of a unit'));
  is $event->{target}{cgroup}, $name, 'the target\'s cgroup';
  is $event->{target}{unit}, $name =~ s{/}{}r, 'the target\'s unit';
  is $event->{sender}{unit}, undef, 'the sender has no unit';
  return;
}

# The cgroup is that of the moment: the process moves while it is watched.
sub test_moved ($path, $base) {
  my $tracer = trace('-u', "ks-test-$$");
  play('s1>t1:10');
  move_to($base, $pid{t1});
  play('s1>t1:12');
  move_to($path, $pid{t1});
  play('s1>t1:15');
  is_deeply told(finish_ok($tracer, 'moved')), ['s1>t1:10', 's1>t1:15'],
    'a unit is where a process is, not where it was';
  return;
}

sub test_count () {
  my $tracer = trace('--count', 2, '-c', 'ks-target-*');
  play(@script);
  my @events = parse_events($tracer->complete, '--count');
  is $tracer->wait, 0, '--count: ends by itself with status 0';
  is_deeply told(@events), [@script[0, 1]], '--count 2: the first two';
  return;
}

sub test_duration () {
  my $start = Time::HiRes::time();
  my $tracer = trace('--duration', '0.5', '-c', 'ks-target-*');
  play($script[0]);
  my @events = parse_events($tracer->complete, '--duration');
  my $took = Time::HiRes::time() - $start;
  is $tracer->wait, 0, '--duration: ends by itself with status 0';
  is_deeply told(@events), [$script[0]], '--duration: what came in time is shown';
  cmp_ok $took, '>=', 0.5, '--duration: it took that long';
  cmp_ok $took, '<', $ENV{KS_EMULATED} ? 60 : 5, '--duration: and not much longer';
  return;
}

test_plain();
test_exe();
test_mutes();
test_own_real_time();
test_failed();
test_kernel();
test_kernel_mutes();
test_unit();
test_claimed_unit();
test_count();
test_duration();
done_testing;
