#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The cgroup of a process is told from the hierarchy where units and containers are: that depends on
# what is mounted, and which of it is in use. This machine shows what it can.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

my $id = '0123456789abcdef' x 4;

# What comes first if it is in use; the others are those of controllers.
my @ranks = qw(name=systemd v2);

# Lines of /proc/PID/cgroup, as a hash: path by hierarchy.
sub paths_of ($pid) {
  my %paths;
  for my $line (split /\n/, slurp("/proc/$pid/cgroup") // '') {
    my ($names, $path) = $line =~ /^\d+:([^:]*):(.*)/ or next;
    $paths{$_} = $path for $names eq '' ? 'v2' : split /,/, $names;
  }
  return \%paths;
}

# The hierarchies that other processes of this machine make use of.
my %used;
for my $pid (map { /(\d+)/ } glob '/proc/[0-9]*') {
  my $paths = paths_of($pid);
  $used{$_} = 1 for grep { $paths->{$_} ne '/' } keys %$paths;
}

my ($sender, $target) = (actor(), actor());
$target->do('block');

# ---- cgroups of our own ----

my @made;

# A new cgroup, of which more than the last part may be new. Returns its path in the hierarchy.
sub make ($hierarchy, $name) {
  my $path = my $root = cgroup_mount($hierarchy);
  for my $part (split m{/}, $name) {
    $path .= "/$part";
    next if -d $path;
    mkdir $path or die "$path: $!";
    unshift @made, $path;
  }
  return substr $path, length $root;
}

sub put ($process, $hierarchy, $path) {
  move_to(cgroup_mount($hierarchy) . $path, $process->pid);
  return;
}

# Whoever is in one of them goes back to its root; then they are removed.
sub clean_up () {
  for my $process ($sender, $target) {
    my $paths = paths_of($process->pid);
    put($process, $_, '/') for grep { cgroup_mount($_) && $paths->{$_} =~ /ks-$$-/ } keys %$paths;
  }
  for my $path (splice @made) {
    until_true("$path is gone", sub { rmdir $path });
  }
  return;
}

END {
  my $status = $?;
  clean_up() if @made;
  $? = $status;
}

sub with_cgroups ($code) {
  eval { $code->() };
  my $error = $@;
  clean_up();
  die $error if $error;
  return;
}

# ---- scenes ----

# Why this hierarchy would not be told here; undef: it would.
sub obstacle ($told) {
  for my $rank (@ranks) {
    return undef if $rank eq $told;
    return "$rank is in use here" if $used{$rank};
  }
  return (grep { $_ ne $told && !/=/ } keys %used) ? 'controllers are in use here' : undef;
}

sub signal_once () { return $sender->do(kill => $target->id, SIGUSR1) }

sub seen_by ($tracer, $name) { return to_target($target->id, finish_ok($tracer, $name)) }

# Rows: name, cgroups of the target by hierarchy, which of them is told, more that is expected.
my @scenes = (
  ['name=systemd', {'name=systemd' => 'a.service'}, 'name=systemd'],
  ['name=systemd before version 2', {'name=systemd' => 'a.service', v2 => 'b.service'},
    'name=systemd'],
  ['a container that version 2 does not know', {'name=systemd' => "docker/$id", v2 => 'b.service'},
    'name=systemd', container => $id],
  ['name=systemd before controllers', {'name=systemd' => 'a.service', pids => 'c.service'},
    'name=systemd'],
  ['version 2 if name=systemd is not used', {v2 => 'b.service'}, 'v2'],
  ['version 2 before controllers', {v2 => 'b.service', pids => 'c.service'}, 'v2'],
  ['controllers if nothing else is used', {pids => 'c.service'}, 'pids'],
  ['a container of controllers', {pids => "docker/$id"}, 'pids', container => $id],
);

sub play ($name, $cgroups, $told, %more) {
  my %path = map { $_ => make($_, "ks-$$-$cgroups->{$_}") } sort keys %$cgroups;
  put($target, $_, $path{$_}) for sort keys %path;
  my %tracers = map { $_ => trace('-u', $path{$_}) } keys %path;
  my $v2 = trace('-p', $target->id, '--without', 'cgroup-v1');
  signal_once();
  for my $hierarchy (sort keys %tracers) {
    my @events = seen_by($tracers{$hierarchy}, "$name: -u");
    is scalar @events, $hierarchy eq $told ? 1 : 0, "$name: -u, its cgroup of $hierarchy";
    check_fields($events[0]{target}, $path{$told}, "$name: told", %more) if @events;
  }
  my @events = seen_by($v2, "$name: without v1");
  my $paths = paths_of($target->pid);
  is $events[0]{target}{cgroup}, $paths->{v2}, "$name: --without cgroup-v1";
  return;
}

sub check_fields ($process, $path, $name, %more) {
  my ($last) = $path =~ m{([^/]+)\z};
  is $process->{cgroup}, $path, "$name: cgroup";
  is $process->{unit}, $more{container} ? undef : $last, "$name: unit";
  is $process->{container}, $more{container}, "$name: container";
  return;
}

sub play_scene ($name, $cgroups, $told, @more) {
  SKIP: {
    my ($missing) = grep { !cgroup_mount($_) } sort keys %$cgroups;
    skip "$name: $missing is not mounted here", 1 if $missing;
    my $obstacle = obstacle($told);
    skip "$name: $obstacle", 1 if $obstacle;
    with_cgroups(sub { play($name, $cgroups, $told, @more) });
  }
  return;
}

# ---- moving ----

# The hierarchy that is told here, and one that is not.
sub told_and_other () {
  my ($told) = grep { cgroup_mount($_) } @ranks;
  my ($other) = grep { $_ ne ($told // '') && cgroup_mount($_) } qw(pids v2);
  return ($told && !obstacle($told) ? $told : undef, $other);
}

sub move_about ($told, $other) {
  my ($first, $second) = map { make($told, "ks-$$-$_.service") } qw(first second);
  put($target, $told, $first);
  my $tracer = trace('--each', '-p', $target->id);
  signal_once();
  put($target, $told, $second);
  signal_once();
  put($target, $other, make($other, "ks-$$-other.service")) if $other;
  signal_once();
  put($sender, $told, $first);
  signal_once();
  my @events = seen_by($tracer, 'moving');
  is_deeply [map { $_->{target}{cgroup} } @events], [$first, ($second) x 3],
    "moving in $told: told as it is";
  is $events[3]{sender}{cgroup}, $first, 'moving: the sender, too';
  isnt $events[2]{sender}{cgroup}, $first, 'moving: and only then';
  return;
}

# In a cgroup namespace of its own, killsnoop tells the same.
sub in_namespace ($told) {
  my ($own, $other) = map { make($told, "ks-$$-$_.service") } qw(own other);
  put($target, $told, $own);
  put($sender, $told, $other);
  my $procs = cgroup_mount($told) . "$own/cgroup.procs";
  my $tracer = KS::Tracer->start(['--json', '-p', $target->id],
    wrapper => ['sh', '-c', "echo \$\$ >$procs && exec unshare -C \"\$@\"", 'sh']);
  signal_once();
  my ($event) = seen_by($tracer, 'a cgroup namespace');
  is $event->{target}{cgroup}, $own, 'a cgroup namespace: the same cgroup, from the root';
  is $event->{sender}{cgroup}, $other, 'a cgroup namespace: one outside of it';
  return;
}

# A process that goes to and fro between cgroups as fast as it can, until it is stopped.
sub start_mover ($told, @paths) {
  my $root = cgroup_mount($told);
  my $code = 'my $pid = shift; while (1) { for my $to (@ARGV) {'
    . ' open my $file, ">", $to or exit; syswrite $file, $pid } }';
  return KS::Process->start([$^X, '-e', $code, $target->pid,
    map { "$root$_/cgroup.procs" } @paths]);
}

# The kernel frees what we read while we read it: the answer is right, or there is none.
sub move_wildly ($told) {
  my %right = map { make($told, "ks-$$-$_.service") => 1 } qw(first second);
  put($target, $told, (keys %right)[0]);
  my $tracer = trace('--each', '-p', $target->id);
  my $mover = start_mover($told, keys %right);
  my $n = 500;
  signal_once() for 1 .. $n;
  $mover->stop;
  my @told = map { $_->{target}{cgroup} } seen_by($tracer, 'moving wildly');
  my $unknown = grep { !defined } @told;
  is scalar @told, $n, 'moving wildly: all are seen';
  is_deeply [grep { defined && !$right{$_} } @told], [], 'moving wildly: never wrong';
  cmp_ok $unknown, '<', $n / 20, 'moving wildly: seldom unknown';
  note "moving wildly: $unknown of $n are unknown";
  return;
}

sub test_moving () {
  my ($told, $other) = told_and_other();
  SKIP: {
    skip 'moving: neither name=systemd nor version 2 would be told here', 1 if !$told;
    with_cgroups(sub { move_about($told, $other) });
    with_cgroups(sub { move_wildly($told) });
    with_cgroups(sub { in_namespace($told) });
  }
  return;
}

play_scene(@$_) for @scenes;
test_moving();
done_testing;
