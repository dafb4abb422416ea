#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# rule: the lines are auditctl's, the kernel takes them for what they say, and logs what was asked
# for. Only the first part runs where the audit of the machine must not be touched.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use KS;
use KS::Audit;
use POSIX qw(SIGUSR1 SIGUSR2);
use Test::More;

my $dir = temp_dir();

# Anybody can run it, wherever the build is.
my $copy = "$dir/killsnoop";
copy($KS::Tracer::program, $copy) or die "$copy: $!";
chmod 0755, $dir, $copy;
my @nobody = qw(setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all);

sub rule (@filters) {
  return run_tool(['rule', @filters], not_ready => 1, wrapper => \@nobody, program => $copy);
}

my @filters = map { [split / /] } (
  '', '-a', '-s 9', '-p 123 --sig 9', '-s 0', '-s 1,2,3,4,5,6,7', '-s 1,2,3,4,5,6,7,8',
  '-s fatal', '-s !fatal', '-s all,!0', '-s 9 --from-pid 7,7 --from-uid 0,0',
  '-s fatal --from-pid 1,2147483647 --from-uid root,4294967294',
  '-s 57,58,59,60,61,62,63,64 --from-pid 2147483647 --from-uid 4294967294',
  '-a --from-uid 65534', '--from-unit u --origin user', '--origin user,kernel',
  '--uid 33 -x -p ' . join(',', 1 .. 40), "-c a\n-D -u \n-e2 --from-comm \n-D",
);

# ---- the lines ----

my $calls = qr/[a-z_]+(?:,[a-z_]+)*/;
my $field = qr/(?:a1=|a1!=|a2=|a2!=|pid=|uid=)\d+/;
my $rule_line = qr/-A always,exit -F arch=b(?:64|32) -S $calls(?: -F $field)* -k killsnoop/;

sub test_lines () {
  for my $filter (@filters) {
    my $name = "@$filter" =~ s/\n/\\n/gr;
    my ($status, $output, $error) = rule(@$filter);
    is $status, 0, "$name: status 0, without any privilege";
    is $error, '', "$name: no complaint";
    my @rules = grep { !/\A# / } split /\n/, $output;
    is_deeply [grep { !/\A$rule_line\z/ } @rules], [], "$name: comments and rules";
    cmp_ok @rules, '>=', 2, "$name: there are rules";
  }
  my ($status, $output) = rule(qw(--origin kernel));
  is $status, 0, 'only what the kernel sends: status 0';
  like $output, qr/\A# There is no rule[^\n]*\n\z/, 'only what the kernel sends: no rule';
  return;
}

sub test_refused () {
  my @rows = (
    [qr/--json/, '--json'], [qr/--write/, '-w', "$dir/x"], [qr/--count/, '--count', 1],
    [qr/does not run/, '--', 'true'], [qr/frob/, 'frob'], [qr/--nope/, '--nope'],
    [qr/process id/, '-p', 'x'], [qr/no-such-user/, '--from-uid', 'no-such-user'],
  );
  for my $row (@rows) {
    my ($like, @args) = @$row;
    my ($status, $output, $error) = rule(@args);
    is $status, 2, "@args: status 2";
    is $output, '', "@args: no output";
    like $error, qr/\Akillsnoop: [^\n]*$like[^\n]*\n\z/, "@args: one line on what is wrong";
  }
  my ($status, $output, $error) = rule('-a', '--from-pid', join ',', 1 .. 600);
  is $status, 1, 'too many rules: status 1';
  like "$output$error", qr/\Akillsnoop: more than \d+ rules [^\n]*\n\z/, 'too many rules: is said';
  open my $full, '>', '/dev/full' or die "/dev/full: $!";
  ($status, undef, $error) = run_tool(['rule'], stdout => $full);
  is $status, 1, 'a full disk: status 1';
  like $error, qr/\Akillsnoop: [^\n]*No space left[^\n]*\n\z/, 'a full disk: is said';
  return;
}

# ---- what the kernel takes them for ----

# A rule as killsnoop or auditctl -l writes it, in one form: arch, calls, fields, key.
sub normal ($line) {
  my ($calls) = $line =~ / -S (\S+)/ or return "no rule: $line";
  my @fields = map { s/=0x([[:xdigit:]]+)\z/'=' . hex $1/er } $line =~ / -F (\S+)/g;
  push @fields, "key=$1" if $line =~ / -k (\S+)/;
  return join ' ', $line =~ /-[aA] (\S+)/, join(',', sort split /,/, $calls),
    map { s/=-(\d+)\z/'=' . (2**32 - $1)/er } @fields;
}

sub rules_in ($text) { return map { normal($_) } grep { /\A-[aA] / } split /\n/, $text }

# Each is put before all others: the last one comes first.
sub check_loaded ($want, $name) {
  my @got = rules_in(KS::Audit::rules());
  is_deeply \@got, [reverse @$want], "$name: these are the rules then";
  KS::Audit::auditctl('-D', '-k', $KS::Audit::key);
  is KS::Audit::rules(), "No rules\n", "$name: they can be deleted by their key";
  return;
}

# As the comments and the documents say.
sub test_loading () {
  for my $filter (@filters) {
    my $name = "@$filter" =~ s/\n/\\n/gr;
    my (undef, $output) = rule(@$filter);
    my $file = "$dir/killsnoop.rules";
    open my $to, '>', $file or die "$file: $!";
    print $to $output;
    close $to or die "$file: $!";
    local $ENV{PATH} = "/usr/sbin:/sbin:$ENV{PATH}";
    my $said = qx(grep '^-A' $file | xargs -L1 auditctl 2>&1);
    is "$?:$said", '0:', "$name: auditctl takes each line";
    my @want = rules_in($output);
    check_loaded(\@want, "$name: by line");
    my ($status, undef, $error) = KS::Audit::auditctl('-R', $file);
    is "$status:$error", '0:', "$name: auditctl takes the file";
    check_loaded(\@want, "$name: as a file");
  }
  return;
}

# ---- what is logged ----

my @ours;    # the actors

# Each call of the family.
sub calls_to ($pid, $fd, $sig) {
  my @info = (-1, 42, 43);
  return (
    [kill => $pid, $sig],
    [tkill => $pid, $sig],
    [tgkill => $pid, $pid, $sig],
    [rt_sigqueueinfo => $pid, $sig, @info],
    [rt_tgsigqueueinfo => $pid, $pid, $sig, @info],
    [pidfd_send_signal => $fd, $sig, 0],
  );
}

# The calls of the rules' key, as "CALL of ARCH to TARGETS": what audit logged since the last time.
sub logged ($log) {
  my %arch = (c000003e => 'x86_64', 40000003 => 'i386', c00000b7 => 'aarch64', 40000028 => 'arm');
  my @lines;
  for my $event ($log->events) {
    my ($arch, $number) = $event->[0] =~ /^1300 .* arch=(\S+) syscall=(\d+) .*key="killsnoop"/
      or next;
    my @targets = map { /^1318 .* opid=(\d+) / } @$event;
    push @lines, "$number of $arch{$arch} to @targets";
  }
  return @lines;
}

# For calls of our own processes alone: what others here do meanwhile is nobody's business.
sub install (@filters) {
  my $ours = join ',', map { $_->id } @ours;
  push @filters, '--from-pid', $ours if !grep { $_ eq '--from-pid' } @filters;
  my (undef, $output) = rule(@filters);
  KS::Audit::auditctl('-D', '-k', $KS::Audit::key);
  for my $line (grep { /^-A/ } split /\n/, $output) {
    my ($status, undef, $error) = KS::Audit::auditctl(split / /, $line);
    is "$status:$error", '0:', "@filters: $line";
  }
  return;
}

# Makes the calls; returns those that are to be logged as logged() tells them.
sub make_calls ($sender, $entry, $pid, $calls) {
  my @did = map { $sender->do(@$entry, @$_) } @$calls;
  return map { "$_->{syscall} of $_->{arch} to $pid" } @did;
}

# Of all calls, those with a wanted signal are logged with their target, and no others.
sub check_signals ($log, $sender, $target, $entry, $name) {
  my $fd = $sender->do(pidfd => $target->id)->{fd};
  my @wanted = calls_to($target->id, $fd, SIGUSR1);
  my @unwanted = calls_to($target->id, $fd, SIGUSR2);
  logged($log);
  make_calls($sender, $entry, $target->id, \@unwanted);
  my @want = make_calls($sender, $entry, $target->id, \@wanted);
  is_deeply [logged($log)], \@want, "$name: the calls with the signal, and their target";
  return;
}

sub has_i386 ($sender) {
  return $sender->do(qw(i386 kill), $sender->id, 0)->{return} == 0;
}

sub test_logging () {
  KS::Audit::switch_on();
  my $log = KS::Audit->listen_to;
  my ($sender, $other, $target) = @ours = map { actor() } 1 .. 3;
  $target->do('block');
  $other->do(ids => (65534) x 6);
  my @entries = ([]);
  push @entries, ['i386'] if has_i386($sender);
  for my $filters (['-s', 'USR1'], ['-s', '!USR2'], ['-s', 'USR1,1,2,3,4,5,6,7']) {
    install(@$filters);
    check_signals($log, $sender, $target, $_, "@$filters, @$_") for @entries;
  }
  check_senders($log, $sender, $other, $target);
  check_registers($log, $sender, $target, \@entries);
  return;
}

# Rows of filters that one of two senders passes.
sub check_senders ($log, $sender, $other, $target) {
  my @call = (kill => $target->id, 0);
  for my $filters ([-a => '--from-pid' => $sender->id], [qw(-a --from-uid root)]) {
    install(@$filters);
    logged($log);
    $other->do(@call);
    my @want = make_calls($sender, [], $target->id, [\@call]);
    is_deeply [logged($log)], \@want, "@$filters: the calls of that sender";
  }
  return;
}

# Only 32 bits of a register are the signal, and audit compares no more.
sub check_registers ($log, $sender, $target, $entries) {
  install(qw(-s USR1));
  for my $entry (@$entries) {
    my $garbage = SIGUSR1 | 0xdead << 32;
    my @want = make_calls($sender, $entry, $target->id, [[kill => $target->id, $garbage]]);
    is_deeply [logged($log)], \@want, "garbage in the register, @$entry: is logged";
  }
  return;
}

# ----

test_lines();
test_refused();
SKIP: {
  my $obstacle = KS::Audit::obstacle();
  skip $obstacle, 1 if $obstacle;
  skip 'there are audit rules', 1 if KS::Audit::rules() ne "No rules\n";
  my $before = KS::Audit::state();
  KS::Audit::keep();
  test_loading();
  test_logging();
  KS::Audit::restore();
  is KS::Audit::state(), $before, 'audit is as it was found';
}
done_testing;
