#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# --audit-format: the kernel's fields in the kernel's order, and ausearch reads it as its own.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM SIGHUP);
use Test::More;

my $dir = temp_dir();
my %number = (x86_64 => 'c000003e', i386 => '40000003', aarch64 => 'c00000b7');

# ---- what is recorded: a sender in whom no two facts are alike, and targets ----

my $sender = actor('with a blank');
$sender->do('tty');
$sender->do(login => 4);
$sender->do(name => 'ks-caller');
$sender->do(ids => 1, 0, 2, 3, 4, 5);
my $target = actor();
$target->do('block');
$target->do(name => 'the target');
my $group = actor();
$group->do(handle => SIGUSR1);
$group->do('group');
my $members = $group->do(children => 599)->{pids};    # so many that the call takes a while
my $stranger = actor();
$stranger->do(ids => (65534) x 6);
my $fd = $sender->do(pidfd => $target->id)->{fd};
my $gone = $sender->do('gone')->{pid};

# Rows: who calls, what; targets as audit lists them.
my ($pid, $leader) = ($target->id, $group->id);
my @calls = (
  [$sender, [kill => $pid, SIGUSR1], [$target]],
  [$sender, [tkill => $pid, SIGUSR2], [$target]],
  [$sender, [tgkill => $pid, $pid, SIGHUP], [$target]],
  [$sender, [rt_sigqueueinfo => $pid, 40, -1, 42, 43], [$target]],
  [$sender, [rt_tgsigqueueinfo => $pid, $pid, 41, -1, 42, 43], [$target]],
  [$sender, [pidfd_send_signal => $fd, SIGTERM, 0], [$target]],
  [$sender, [kill => $gone, 9], []],
  [$sender, [kill => -$gone, 9], []],
  [$sender, [pidfd_send_signal => -1, 9, 0], []],
  [$stranger, [kill => $pid, 9], [$target]],
  [$group, [kill => -$leader, SIGUSR1], 'group'],
);

my %tracers = (
  raw => KS::Tracer->start(['--audit-format', '-w', "$dir/raw", from()]),
  enriched => KS::Tracer->start(['--audit-format=enriched', '-w', "$dir/enriched", from()]),
  json => trace(from()),
);
sub from () { return map { ('--from-pid', $_->id) } $sender, $stranger, $group }

my @did = map { $_->[0]->do(@{$_->[1]}) } @calls;
my %output = map { $_ => $tracers{$_}->finish } sort keys %tracers;
my %text = map { $_ => slurp("$dir/$_") } qw(raw enriched);

my @events = parse_events($output{json}, 'json');
is $output{$_} . $tracers{$_}->wait, '0', "$_: all in the file" or diag $tracers{$_}->stderr for qw(raw enriched);

# Records by event, in the order of the file: a list of lists of lines.
sub events_in ($text) {
  my (@events, $last);
  for my $line (split /\n/, $text) {
    my ($serial) = $line =~ /^type=\w+ msg=audit\(\d+\.\d{3}:(\d+)\): / or die "no record: $line";
    push @events, [] if !defined $last || $serial != $last;
    push @{$events[-1]}, $line;
    $last = $serial;
  }
  return @events;
}

# ---- raw records: what the kernel would write ----

sub quoted ($bytes) {
  return $bytes =~ /[^\x21\x23-\x7e]/ ? uc unpack 'H*', $bytes : "\"$bytes\"";
}

sub hex_argument ($number) { return sprintf '%x', $number & ~0 }    # of a signed one, too

sub signed ($number) { return $number == 2**32 - 1 ? -1 : $number }

sub syscall_fields ($did) {
  my $s = $did->{sender};
  my @args = map { hex_argument($did->{args}[$_] // 0) } 0 .. 3;
  my $success = $did->{return} < 0 ? 'no' : 'yes';
  my $tty = $s->{tty} // '(none)';
  return "arch=$number{$did->{arch}} syscall=$did->{syscall} success=$success exit=$did->{return}"
    . " a0=$args[0] a1=$args[1] a2=$args[2] a3=$args[3] items=0 ppid=$s->{ppid} pid=$s->{pid}"
    . " auid=$s->{auid} uid=$s->{uid} gid=$s->{gid} euid=$s->{euid} suid=$s->{suid}"
    . " fsuid=$s->{fsuid} egid=$s->{egid} sgid=$s->{sgid} fsgid=$s->{fsgid} tty=$tty ses=$s->{ses}"
    . ' comm=' . quoted($s->{comm}) . ' exe=' . quoted($s->{exe});
}

sub target_fields ($actor) {
  my $facts = $actor->facts;
  return "opid=$facts->{pid} oauid=" . signed($facts->{auid}) . " ouid=$facts->{uid} oses="
    . signed($facts->{ses});
}

sub title ($did) { return quoted(substr join("\0", @{$did->{sender}{cmdline}}), 0, 128) }

sub without_prefix ($line) { return $line =~ s/^type=\w+ msg=audit\([^)]*\): //r }

# Labels of a security module come only where there is one.
sub without_label ($line) { return $line =~ s/ (?:subj|obj)=\S+//r }

# The coarse clock of a machine that waits for its processor may be late by several ticks,
# and where killsnoop cannot read it, the time is up to a tick off.
sub check_time ($line, $did, $name) {
  my ($seconds) = $line =~ /audit\((\d+\.\d{3}):/;
  my $tick = 0.010;
  my ($from, $to) = map { $_ / 1e9 } @$did{qw(coarse_ns after_ns)};
  ok $seconds > $from - $tick - 0.001 && $seconds < $to + 0.001, "$name: time"
    or diag "$seconds, not between $did->{coarse_ns} and $did->{after_ns}";
  return;
}

# auditsc.c lists the first target last, and the others in blocks of 16, the newest block first.
sub in_order_of_audit (@pids) {
  my ($first, @others) = @pids;
  my @blocks;
  push @blocks, [splice @others, 0, 16] while @others;
  return ((map { @$_ } reverse @blocks), $first);
}

sub check_targets ($lines, $targets, $name) {
  my @got = map { without_label(without_prefix($_)) } @$lines;
  my @want = map { target_fields($_) . ' ocomm=' . quoted($_->{name} // 'actor') } @$targets;
  is_deeply \@got, \@want, "$name: OBJ_PID";
  return;
}

sub check_group ($lines, $name) {
  my @group = grep { $_->{call}{targets} == 600 } signals(@events);
  my @pids = in_order_of_audit(map { $_->{target}{pid} } @group);
  is_deeply [map { /opid=(\d+)/ ? $1 + 0 : 0 } @$lines], \@pids, "$name: OBJ_PID in audit's order";
  is_deeply [sort @pids], [sort $leader, @$members], "$name: of all targets";
  return;
}

sub check_event ($records, $row, $did) {
  my ($caller, $call, $targets) = @$row;
  my $name = "@$call";
  my @types = map { /^type=(\w+)/ ? $1 : '' } @$records;
  my $n = ref $targets ? @$targets : 600;
  is_deeply \@types, ['SYSCALL', ('OBJ_PID') x $n, 'PROCTITLE'], "$name: records";
  is without_label(without_prefix($records->[0])), syscall_fields($did) . ' key=(null)',
    "$name: SYSCALL";
  check_time($records->[0], $did, $name);
  my @middle = @$records[1 .. $#$records - 1];
  ref $targets ? check_targets(\@middle, $targets, $name) : check_group(\@middle, $name);
  is without_prefix($records->[-1]), 'proctitle=' . title($did), "$name: PROCTITLE";
  my %prefixes = map { /^type=\w+ (\S+)/ ? ($1 => 1) : () } @$records;
  is scalar keys %prefixes, 1, "$name: one time and serial for all records";
  return;
}

# ---- enriched: the same, and what auditd adds ----

sub user ($id) { return $id == 2**32 - 1 ? 'unset' : getpwuid $id // "unknown($id)" }

sub group ($id) { return getgrgid $id // "unknown($id)" }

sub check_enriched ($records, $raw, $did, $name) {
  my @plain = map { s/\x1d.*//r } @$records;
  is_deeply [map { without_prefix($_) } @plain], [map { without_prefix($_) } @$raw],
    "$name, enriched: the same records";
  my $s = $did->{sender};
  my ($added) = $records->[0] =~ /\x1d(.*)/;
  my $want = "ARCH=$did->{arch} SYSCALL=$did->{via}";
  $want .= sprintf ' %s="%s"', uc, user($s->{$_}) for qw(auid uid);
  $want .= sprintf ' GID="%s"', group($s->{gid});
  $want .= sprintf ' %s="%s"', uc, user($s->{$_}) for qw(euid suid fsuid);
  $want .= sprintf ' %s="%s"', uc, group($s->{$_}) for qw(egid sgid fsgid);
  is $added, $want, "$name, enriched: what is added to SYSCALL";
  my @targets = grep { /^type=OBJ_PID/ } @$records;
  is scalar(grep { /\x1dOAUID="\w+" OUID="root"$/ } @targets), scalar @targets,
    "$name, enriched: what is added to OBJ_PID";
  unlike $records->[-1], qr/\x1d/, "$name, enriched: nothing is added to PROCTITLE";
  return;
}

# ---- ausearch ----

sub ausearch ($file, @args) {
  open my $null, '<', '/dev/null' or die "/dev/null: $!";
  my $tool = KS::Process->start(['ausearch', '-if', "$dir/$file", @args], stdin => $null);
  my $output = $tool->rest;
  $tool->wait;
  return $output;
}

sub count_events ($output) {
  my %seen = map { $_ => 1 } $output =~ /msg=audit\(([^)]*)\)/g;
  return scalar keys %seen;
}

sub check_ausearch ($file) {
  my %calls;
  $calls{$_->{via}}++ for @did;
  is count_events(ausearch($file)), @did, "ausearch reads all of $file";
  for my $via (sort keys %calls) {
    is count_events(ausearch($file, '-sc', $via)), $calls{$via}, "ausearch -sc $via, $file";
  }
  my $failed = grep { $_->{error} } @did;
  is count_events(ausearch($file, '-sv', 'no')), $failed, "ausearch -sv no, $file";
  is count_events(ausearch($file, '-c', 'ks-caller')), 9, "ausearch -c, $file";
  is count_events(ausearch($file, '-p', $stranger->id)), 1, "ausearch -p, $file";
  is count_events(ausearch($file, '-ui', 65534)), 1, "ausearch -ui, $file";
  is count_events(ausearch($file, '-x', helper('actor'))), @did, "ausearch -x, $file";
  my $text = ausearch($file, '-sc', 'kill', '-i');
  like $text, qr/syscall=kill success=yes exit=0 a0=\S+ a1=SIGUSR1 /, "ausearch -i, $file: call";
  like $text, qr/ opid=$pid .* ocomm=the target/, "ausearch -i, $file: target";
  like $text, qr/ proctitle=\S+actor with a blank/, "ausearch -i, $file: title";
  return;
}

# ---- the checks ----

$target->{name} = 'the target';
my %records = map { $_ => [events_in($text{$_})] } qw(raw enriched);
is scalar @{$records{$_}}, @did, "$_: an event for each call" for qw(raw enriched);
for my $i (0 .. $#did) {
  check_event($records{raw}[$i], $calls[$i], $did[$i]);
  check_enriched($records{enriched}[$i], $records{raw}[$i], $did[$i], "@{$calls[$i][1]}");
}
my @serials = map { $_->[0] =~ /:(\d+)\)/ } @{$records{raw}};
is_deeply \@serials, [$serials[0] .. $serials[0] + $#serials], 'serials count up by one';
SKIP: {
  skip 'ausearch (Debian package auditd) is missing', 1 if !-x '/usr/sbin/ausearch';
  $ENV{PATH} = "/usr/sbin:/sbin:$ENV{PATH}";
  check_ausearch($_) for qw(raw enriched);
}
done_testing;
