#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# compare: our audit records and the kernel's are the same, what is not is explained, and audit is
# left as it was found, however compare ends.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Audit;
use List::Util qw(sum0);
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM SIGHUP SIGKILL SIGPIPE);
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'changes the audit of this machine for a while: KILLSNOOP_TEST_HOST_AUDIT=1 permits it'
  if ($ENV{CI} // '') ne 'true' && !$ENV{KILLSNOOP_TEST_HOST_AUDIT};
$ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin";
plan skip_all => 'auditctl (Debian package auditd) is missing' if !qx(sh -c 'command -v auditctl');

my $key = 'killsnoop-compare';
my $foreign = 'ks-test-foreign';
my @exclude = ('always,exclude', '-F', 'msgtype=PROCTITLE');
my $state_file = '/run/killsnoop/compare.json';
my $dir = temp_dir();

# ---- audit, as auditctl shows it ----

sub auditctl (@args) {
  my ($status, $output, $error) = KS::Audit::auditctl(@args);
  die "auditctl @args: $output$error" if $status;
  return $output;
}

sub settings () {
  return { auditctl('-s') =~ /^(enabled|failure|pid|rate_limit|backlog_limit|backlog_wait_time) (\d+)$/mg };
}

sub rules () { return [grep { $_ ne 'No rules' } split /\n/, auditctl('-l')] }

sub audit () { return {settings => settings(), rules => rules()} }

my $at_first = eval { audit() };
plan skip_all => "audit cannot be controlled here: $@" if !$at_first;
plan skip_all => 'audit is locked' if $at_first->{settings}{enabled} == 2;

# Whatever happens, the machine gets its audit back.
END {
  my $status = $?;
  if ($at_first) {
    system $KS::Tracer::program, 'compare', '--repair' if -e $state_file;
    restore_foreign();
  }
  $? = $status;
}

sub restore_foreign () {
  system "auditctl -D -k $foreign >/dev/null" if grep { /$foreign/ } @{rules()};
  for my $rule ([@exclude], ['never,task']) {
    my @there = grep { "$_ " =~ /\A-a \Q@$rule\E / } @{rules()};
    my @before = grep { "$_ " =~ /\A-a \Q@$rule\E / } @{$at_first->{rules}};
    auditctl('-d', @$rule) if @there > @before;
  }
  my ($now, $then) = (settings(), $at_first->{settings});
  for (['-e', 'enabled'], ['-r', 'rate_limit'], ['-b', 'backlog_limit']) {
    my ($option, $name) = @$_;
    auditctl($option, $then->{$name}) if $now->{$name} != $then->{$name};
  }
  return;
}

# Runs the code; audit is the same afterwards.
sub unchanged ($name, $code) {
  my $before = audit();
  my $result = $code->();
  is_deeply audit(), $before, "$name: audit is as before";
  ok !-e $state_file, "$name: nothing is left to repair";
  return $result;
}

# An emulated processor is taken away at any time: hooks are preempted and skipped then, which is told
# as loss, and audit's clock is late, which is explained.
my $emulated = $ENV{KS_EMULATED};

# Where audit's clock cannot be read, a time is estimated, and a tick that comes late is a difference,
# explained as that: the machines that CI has are virtual, and wait for their processors at times.
my ($clock) = grep { $_->{name} eq 'clock' } @{decode((run_tool(['doctor', '--json']))[1])->{abilities}};
my $guesses_time = $emulated || !$clock->{available};

# ---- compare ----

# Ready: audit is enabled and the rules are there.
sub compare (@args) { return KS::Tracer->start(['compare', '--yes', @args]) }

# Ends it and returns the differences and the summary.
sub finish ($compare, $name, $status = 0) {
  my $output = $compare->finish;
  my @lines = map { decode($_) } split /\n/, $output;
  my $summary = pop @lines;
  $status = 1 if lost_in($summary) && $summary->{unexplained};
  is $compare->wait, $status, "$name: status $status" or diag $output, $compare->stderr;
  is validate($output), '', "$name: the lines are as the schema has them";
  is $summary->{event}, 'summary', "$name: the summary comes last";
  return ($summary, @lines);
}

sub cause_count ($causes, $cause) {
  return sum0(map { $_->{count} } grep { ($_->{cause} // '') eq ($cause // '') } @$causes);
}

sub lost_in ($summary) { return $emulated ? $summary->{lost}{killsnoop_events} : 0 }

# So many calls were compared and all were identical, but for so many. Each loss may spoil one.
sub is_identical ($summary, $count, $name, $others = 0) {
  my $lost = lost_in($summary);
  $others += cause_count($summary->{different_causes}, 'clock') if $guesses_time;
  in_range($summary->{identical}, $count - $others, $lost, "$name: $count identical, but for $others");
  in_range($summary->{compared}, $count, $lost, "$name: of all");
  in_range($summary->{unexplained}, $lost, $lost, "$name: nothing is unexplained");
  return;
}

sub in_range ($got, $most, $less, $name) {
  return is $got, $most, $name if !$less;
  ok $got <= $most && $got >= $most - $less, "$name, $less lost" or diag $got;
  return;
}

# A process that audit sees, if it was first enabled before now.
sub new_actor ($name = 'ks-compare', @args) {
  my $actor = actor(@args);
  $actor->do(name => $name);
  return $actor;
}

my @filter = ('--from-comm', 'ks-compare', '--json');

# ---- consent ----

# Only before the first enabling: afterwards there is nothing to agree to.
sub test_confirm () {
  open my $null, '<', '/dev/null' or die "/dev/null: $!";
  my ($status, $output, $error) =
    run_tool(['compare', '--json', '--duration', '100ms'], stdin => $null);
  return 0 if $status == 0;
  is $status, 2, 'without consent: status 2';
  is $output, '', 'without consent: no output';
  like $error, qr/\Akillsnoop: [^\n]*slow path[^\n]*--yes[^\n]*\n\z/, 'without consent: why';
  is_deeply audit(), $at_first, 'without consent: nothing is changed';
  ok !-e $state_file, 'without consent: nothing is left';
  return 1;
}

# ---- equality ----

sub calls ($sender, $stranger, $target, $group) {
  my ($pid, $leader) = ($target->id, $group->id);
  my $gone = $sender->do('gone')->{pid};
  my $fd = $sender->do(pidfd => $pid)->{fd};
  return (
    [$sender, kill => $pid, SIGUSR1],
    [$sender, tkill => $pid, SIGUSR2],
    [$sender, tgkill => $pid, $pid, SIGHUP],
    [$sender, rt_sigqueueinfo => $pid, 40, -1, 42, 43],
    [$sender, rt_tgsigqueueinfo => $pid, $pid, 41, -1, 42, 43],
    [$sender, pidfd_send_signal => $fd, SIGTERM, 0],
    [$sender, kill => $pid, 0],
    [$sender, kill => $pid, 70],
    [$sender, tgkill => $gone, $pid, SIGHUP],
    [$sender, kill => $gone, 9],
    [$sender, kill => -$gone, 9],
    [$sender, pidfd_send_signal => -1, 9, 0],
    [$stranger, kill => $pid, 9],
    [$group, kill => -$leader, SIGUSR1],
    [$group, kill => 0, SIGUSR1],
    [$sender, thread => 'ks-compare', kill => $pid, SIGUSR1],
  );
}

sub test_equality () {
  my $compare = compare(@filter, '--all');
  my $sender = new_actor('ks-compare', 'with a blank');
  $sender->do('tty');
  $sender->do(login => 4);
  $sender->do(ids => 1, 0, 2, 3, 4, 5);
  my $stranger = new_actor();
  $stranger->do(ids => (65534) x 6);
  my $target = new_actor('the target');
  $target->do('block');
  my $group = new_actor();
  $group->do(handle => SIGUSR1);
  $group->do('group');
  $group->do(children => 39);
  my @calls = calls($sender, $stranger, $target, $group);
  for (@calls) {
    my ($actor, @words) = @$_;
    $actor->do(@words);
  }
  my ($summary, @differences) = finish($compare, 'equality');
  is_identical($summary, scalar @calls, 'equality');
  diag explain $_ for @differences;
  cmp_ok $summary->{delay_ns}{$_}, '<', 30e9, "equality: delay of $_" for qw(killsnoop audit);
  cmp_ok $summary->{cpu_ns_per_event}{$_} // 1, '>', 0, "equality: cost in $_"
    for qw(hooks user_space kauditd);
  return;
}

# Eight processes at once, ten thousand calls.
sub test_storm () {
  my $compare = compare('--from-comm', 'ks-mix', '--json');
  my $mix = KS::Process->start([helper('random_calls'), 8, 1250]);
  my $did = decode($mix->line);
  $mix->wait;
  my ($summary) = finish($compare, 'storm');
  # A sender that is interrupted as it enters a call has two times.
  my $interrupted = cause_count($summary->{different_causes}, 'interrupted');
  is_identical($summary, $did->{calls}, 'storm', $interrupted);
  is $summary->{lost}{killsnoop_events}, 0, 'storm: we lost nothing' if !$emulated;
  is $summary->{lost}{audit_overruns}, 0, 'storm: nor was compare too slow for audit';
  return;
}

sub test_text () {
  my $compare = compare('--from-comm', 'ks-compare');
  my ($sender, $target) = (new_actor(), actor());
  $sender->do(kill => $target->id, SIGKILL);
  my $output = $compare->finish('TERM');
  is $compare->wait, 0, 'text: status 0';
  like $output, qr/^identical 1 of 1\n\z/m, 'text: the last line';
  return;
}

# Only some targets of a call are wanted: audit cannot leave out the others.
sub test_superset () {
  my $group = new_actor();
  $group->do(handle => SIGUSR1);
  $group->do('group');
  my $members = $group->do(children => 20)->{pids};
  my $compare = compare('--json', '-p', $members->[7], '-p', $members->[3]);
  my $sender = new_actor();
  $sender->do(kill => -$group->id, SIGUSR1);
  $sender->do(kill => $members->[0], SIGUSR1);
  my ($summary) = finish($compare, 'some targets');
  is_identical($summary, 1, 'some targets');
  ok !$summary->{lost}{killsnoop_unfiltered}, 'some targets: the kernel decides on pids';
  return;
}

# ---- explanations ----

sub test_muted () {
  my $compare = compare(@filter);
  my $sender = new_actor();
  $sender->do(ignore => 40);
  $sender->do(kill => $sender->id, 40);
  my ($summary, @differences) = finish($compare, 'muted');
  is_identical($summary, 0, 'muted');
  is cause_count($summary->{only_audit_causes}, 'muted'), 1, 'muted: counted';
  is_deeply [map { "$_->{outcome} $_->{cause}" } @differences], ['only_audit muted'],
    'muted: shown';
  return;
}

sub test_kernel () {
  my $target = new_actor();
  $target->do(handle => SIGPIPE);
  my $compare = compare('--json', '-p', $target->id);
  $target->do('broken_pipe');
  my ($summary) = finish($compare, 'kernel');
  is_identical($summary, 0, 'kernel');
  is cause_count($summary->{only_killsnoop_causes}, 'kernel'), 1, 'kernel: counted';
  return;
}

sub test_older ($older) {
  my $compare = compare('--json', '--from-pid', $older->id);
  my $target = actor();
  $older->do(kill => $target->id, SIGKILL);
  my ($summary) = finish($compare, 'older');
  is cause_count($summary->{only_killsnoop_causes}, 'older'), 1, 'older: counted';
  is_identical($summary, 0, 'older');
  return;
}

sub test_never_task () {
  auditctl('-a', 'never,task');
  my $sender = new_actor();
  my $compare = compare(@filter);
  my $target = actor();
  $sender->do(kill => $target->id, SIGKILL);
  my ($summary) = finish($compare, 'never,task');
  is cause_count($summary->{only_killsnoop_causes}, 'never_task'), 1, 'never,task: counted';
  is_identical($summary, 0, 'never,task');
  auditctl('-d', 'never,task');
  return;
}

sub test_exclude () {
  auditctl('-a', @exclude);
  my $compare = compare(@filter);
  my ($sender, $target) = (new_actor(), actor());
  $sender->do(kill => $target->id, SIGKILL);
  my ($summary, $difference) = finish($compare, 'exclude');
  is $summary->{different}, 1, 'exclude: a difference';
  is $summary->{unexplained}, 0, 'exclude: explained';
  is $difference->{cause}, 'exclude_rule', 'exclude: why';
  my @fields = grep { !$emulated || $_ ne 'time' } @{$difference->{fields}};
  is_deeply \@fields, ['PROCTITLE'], 'exclude: what';
  auditctl('-d', @exclude);
  return;
}

# A ring so small that the storm does not fit.
sub test_lost () {
  my $compare = compare('--from-comm', 'ks-mix', '--json', '--buffer-size', '8K');
  my $mix = KS::Process->start([helper('random_calls'), 8, 1250]);
  $mix->line;
  $mix->wait;
  my ($summary) = finish($compare, 'lost');
  cmp_ok $summary->{lost}{killsnoop_events}, '>', 0, 'lost: some';
  ok $summary->{lost}{killsnoop_unfiltered}, 'lost: of others, too, as the filter is by name';
  my $lost = lost_in($summary);
  in_range($summary->{unexplained}, $lost, $lost, 'lost: explained');
  return;
}

# ---- senders that are hard to join ----

sub unruly (@args) { return KS::Process->start([helper('unruly'), @args]) }

my @unruly = ('--from-comm', 'unruly', '--json', '--all');

# Killed as its call returns, after audit has read its title.
sub test_dying () {
  my $compare = compare(@unruly);
  my $unruly = unruly(dying => 1000);
  my $did = decode($unruly->line);
  $unruly->wait;
  my ($summary, @differences) = finish($compare, 'dying');
  my $dying = cause_count($summary->{different_causes}, 'dying');
  is_identical($summary, $did->{calls}, 'dying', $dying);
  is_deeply [grep { $_->{cause} eq 'dying' && "@{$_->{fields}}" !~ /PROCTITLE/ } @differences], [],
    'dying: explains the title only';
  return;
}

# Where the permission check cannot be hooked, members are searched for when the call returns.
sub test_searched () {
  my $compare = compare(@unruly);
  my $unruly = unruly(group => 2000);
  my $did = decode($unruly->line);
  $unruly->wait;
  my ($summary, @differences) = finish($compare, 'searched');
  my $searched = cause_count($summary->{different_causes}, 'searched');
  is_identical($summary, $did->{calls}, 'searched', $searched);
  is_deeply [grep { $_->{cause} eq 'searched' && "@{$_->{fields}}" !~ /OBJ_PID/ } @differences], [],
    'searched: explains targets only';
  return;
}

# The rules come amid the same call, again and again. As many calls at the end of such a succession
# were unexplained as were in one tick of audit's clock, some fifty in each second round. A clock that is
# late just then, which only a busy machine has, spoils a round or two, but not each second one.
sub test_burst () {
  my $unruly = unruly('burst');
  $unruly->line;
  my @unexplained;
  for my $round (1 .. 8) {
    my $compare = compare(@unruly);
    my $ready = time * 1e9;
    1 until decode($unruly->line)->{ns} > $ready;
    $unruly->line for 1 .. 3;
    my $summary = decode((split /\n/, $compare->finish)[-1]);
    cmp_ok $summary->{identical}, '>', 0, "burst $round: there are calls";
    is $compare->wait, $summary->{unexplained} ? 1 : 0, "burst $round: the status is that of the summary";
    push @unexplained, cause_count($summary->{only_killsnoop_causes}, undef);
  }
  cmp_ok scalar(grep { $_ > 10 } @unexplained), '<=', 2, 'burst: the edges are explained'
    or diag "unexplained: @unexplained";
  $unruly->stop;
  return;
}

# It ends soon after it is asked to, although the sender never stops: within a second or two, unless the
# machine is busy with more than that.
sub test_busy () {
  my $unruly = unruly('busy');
  $unruly->line;
  for my $signal ('INT', 'TERM', undef) {
    my $name = 'busy, ' . ($signal // 'duration');
    my $compare = compare(@unruly, $signal ? () : ('--duration', '100ms'));
    my $asked = time;
    my $output = $signal ? $compare->finish($signal) : $compare->rest;
    cmp_ok time - $asked, '<', 15, "$name: it ends";
    cmp_ok $compare->wait, '<', 2, "$name: properly" or diag $compare->stderr;
    is decode((split /\n/, $output)[-1])->{event}, 'summary', "$name: with a summary";
  }
  $unruly->stop;
  return;
}

# ---- audit is left as it was ----

sub check_running ($name) {
  my $audit = audit();
  is $audit->{settings}{enabled}, 1, "$name: audit is enabled";
  is $audit->{settings}{rate_limit}, 0, "$name: there is no limit";
  my @ours = grep { /\bkey=$key\b|-k $key\b/ } @{$audit->{rules}};
  cmp_ok scalar @ours, '>', 0, "$name: there are rules";
  is_deeply \@ours, [@{$audit->{rules}}[0 .. $#ours]], "$name: which come first";
  ok -s $state_file, "$name: what to restore is in the file";
  return;
}

sub test_signals () {
  for my $signal (qw(INT TERM HUP)) {
    unchanged("SIG$signal", sub {
      my $compare = compare(@filter);
      check_running("SIG$signal");
      $compare->finish($signal);
      is $compare->wait, 0, "SIG$signal: status 0";
    });
  }
  return;
}

sub kill_compare () {
  my $compare = compare(@filter);
  $compare->stop;
  check_running('killed');
  return;
}

sub test_killed () {
  unchanged('--repair', sub {
    kill_compare();
    my ($status, $output, $error) = run_tool(['compare', '--repair']);
    is $status, 0, '--repair: status 0';
    like $error, qr/\Akillsnoop: [^\n]+\n\z/, '--repair: one line tells';
  });
  unchanged('--repair again', sub {
    my ($status, $output, $error) = run_tool(['compare', '--repair']);
    is "$status $error", '0 ', '--repair again: there is nothing to do';
  });
  unchanged('the next start', sub {
    kill_compare();
    my $compare = compare(@filter);
    check_running('the next start');
    finish($compare, 'the next start');
  });
  return;
}

# What somebody else has changed meanwhile is theirs.
sub test_changed_by_others () {
  my $before = settings();
  kill_compare();
  auditctl('-b', 777);
  run_tool(['compare', '--repair']);
  is settings()->{backlog_limit}, 777, 'changed by others: is kept';
  is settings()->{enabled}, $before->{enabled}, 'changed by others: the rest is restored';
  auditctl('-b', $before->{backlog_limit});
  return;
}

sub test_second () {
  unchanged('a second one', sub {
    my $first = compare(@filter);
    my ($status, $output, $error) = run_tool(['compare', '--yes']);
    is "$status $output", '1 ', 'a second one: status 1';
    like $error, qr/\Akillsnoop: another [^\n]+\n\z/, 'a second one: why';
    ok -s $state_file, 'a second one: the file of the first is still there';
    finish($first, 'a second one');
  });
  return;
}

sub test_bad_output () {
  unchanged('a full disk', sub {
    my $compare = compare(@filter, '-w', '/dev/full');
    $compare->signal('INT');
    is $compare->wait, 1, 'a full disk: status 1';
    like $compare->stderr, qr/No space left/, 'a full disk: why';
  });
  unchanged('a reader that has gone', sub {
    my $compare = compare(@filter);
    $compare->close_stdout;
    is $compare->wait, 0, 'a reader that has gone: it ends';
  });
  unchanged('no such file', sub {
    my ($status) = run_tool(['compare', '--yes', '-w', "$dir/no/such"]);
    is $status, 1, 'no such file: status 1';
  });
  return;
}

# Refused: in one line, and nothing is changed.
sub test_refused () {
  my @rows = (
    ['a command', 2, qr/command/, [], '--', 'true'],
    ['a format', 2, qr/--verbose\b/, [], '-v'],
    ['the kernel\'s signals', 2, qr/--origin/, [], '--origin', 'kernel'],
    ['no such process', 1, qr/process/, [], '-p', actor()->do('gone')->{pid}],
    ['another user namespace', 1, qr/CAP_AUDIT_CONTROL/, ['unshare', '-Ur']],
    ['another pid namespace', 1, qr/CAP_AUDIT_CONTROL/, ['unshare', '-pf']],
    ['another network namespace', 1, qr/network namespace/, ['unshare', '-n']],
  );
  for my $row (@rows) {
    my ($name, $want, $like, $wrapper, @args) = @$row;
    unchanged($name, sub {
      my ($status, $output, $error) = run_tool(['compare', '--yes', @args], wrapper => $wrapper);
      is "$status $output", "$want ", "$name: status $want";
      like $error, qr/\Akillsnoop: [^\n]*$like[^\n]*\n\z/, "$name: why";
    });
  }
  return;
}

# Rules and limits of somebody else, which must come back in their order.
sub with_foreign ($code) {
  auditctl('-a', 'always,exit', '-F', 'arch=b64', '-S', 'sync', '-k', $foreign);
  auditctl('-A', 'never,exit', '-F', 'arch=b64', '-S', 'kill', '-F', 'pid=1', '-k', $foreign);
  auditctl('-b', 320);
  auditctl('-r', 5000);
  $code->();
  restore_foreign();
  return;
}

my $older = new_actor('ks-older');
my $is_first = test_confirm();
unchanged('equality', \&test_equality);
SKIP: {
  skip 'audit had been enabled on this boot before the tests', 1 if !$is_first;
  unchanged('older', sub { test_older($older) });
}
unchanged('storm', \&test_storm);
unchanged('text', \&test_text);
unchanged('some targets', \&test_superset);
unchanged('muted', \&test_muted);
unchanged('kernel', \&test_kernel);
unchanged('never,task', \&test_never_task);
unchanged('exclude', \&test_exclude);
unchanged('lost', \&test_lost);
unchanged('dying', \&test_dying);
unchanged('searched', \&test_searched);
unchanged('burst', \&test_burst) if !$emulated;
unchanged('busy', \&test_busy) if !$emulated;
test_refused();
test_second();
test_changed_by_others();
with_foreign(sub {
  test_signals();
  test_killed();
  test_bad_output();
});
is_deeply audit(), $at_first, 'audit is as it was at first';
done_testing;
