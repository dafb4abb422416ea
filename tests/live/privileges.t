#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What killsnoop can do with which capabilities, and with a /proc that does not show all: the same, or
# one line says what is lost.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

# What it chooses with what it may is what is tested here.
delete $ENV{KS_HOOK};

# A copy that anybody can execute, wherever the build is.
my $dir = temp_dir();
my $copy = "$dir/killsnoop";
copy($KS::Tracer::program, $copy) or die "$copy: $!";
chmod 0755, $dir, $copy;

# Both are older than killsnoop.
my ($sender, $target) = (actor('sender'), actor('target'));
$target->do('block');

# ---- who runs it, and where ----

# The user nobody, with these capabilities and no others.
sub nobody (@capabilities) {
  my $set = join ',', '-all', map { "+$_" } @capabilities;
  return (qw(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps), $set,
    '--ambient-caps', $set, '--bounding-set', $set);
}

# A mount namespace in which $commands were run first; more: of unshare.
sub within ($commands, @more) {
  return ('unshare', '-m', @more, 'sh', '-c', "$commands && exec \"\$@\"", 'sh');
}

sub can_run (@wrapper) { return !system "@{[map { quotemeta } @wrapper]} true 2>/dev/null" }

sub with (@wrapper) { return (program => $copy, wrapper => \@wrapper) }

# ---- what it tells ----

my $hidden = qr/^killsnoop: [^\n]*arguments of processes that are running already are unknown$/m;

# A call that fails and one that does not are seen, with their results and who was there before.
# lost: the arguments of older processes are, and the line that says so matches it; no_cgroups: they
# are unknown.
sub works ($name, $args, %options) {
  my ($lost, $no_cgroups) = delete @options{qw(lost no_cgroups)};
  my $tracer = KS::Tracer->start(['--json', '--from-pid', $sender->id, @$args], %options);
  my @did = map { $sender->do(kill => $_->id, SIGUSR1) } $target;
  push @did, $sender->do(kill => $sender->do('gone')->{pid}, SIGUSR1);
  if ($no_cgroups) { $_->{sender}{cgroups} = [] for @did }
  my @events = signals(finish_ok($tracer, $name));
  is scalar @events, 2, "$name: both calls are seen" or return;
  is_call($events[$_], $did[$_], "$name: #$_") for 0, 1;
  my $arguments = $lost ? undef : $target->facts->{cmdline};
  is_deeply $events[0]{target}{cmdline}, $arguments, "$name: arguments of an older process";
  is $events[0]{target}{exe}, $target->facts->{exe}, "$name: its executable";
  is_lost($name, $tracer->stderr, $lost);
  return $tracer;
}

sub is_lost ($name, $stderr, $lost) {
  my @lines = $stderr =~ /$hidden/g;
  is scalar @lines, $lost ? 1 : 0, "$name: whether they are lost is said" or diag $stderr;
  like $lines[0], $lost, "$name: and why" if $lost && @lines;
  return;
}

sub refused ($name, $expected, $args, %options) {
  my ($status, $output, $stderr) = run_tool($args, %options);
  is $status, 1, "$name: status";
  is $output, '', "$name: no output";
  like $stderr, qr/\Akillsnoop: [^\n]*$expected[^\n]*\n\z/, "$name: one line";
  return;
}

sub plan_of (%options) { return decode((run_tool(['doctor', '--json'], %options))[1])->{plan} }

# ---- capabilities ----

my @least = qw(bpf perfmon);

# Before Linux 5.11, maps want locked memory, too: whether that is so here, killsnoop tells.
sub test_memory () {
  my ($status, undef, $stderr) = run_tool(['--duration', '10ms'], with(nobody(@least)));
  return if !$status;
  like $stderr, qr/\Akillsnoop: [^\n]* locked, [^\n]*CAP_SYS_RESOURCE\n\z/,
    'locked memory: one line says what to do';
  push @least, 'sys_resource';
  return;
}

sub test_least () {
  works('CAP_BPF and CAP_PERFMON', [], with(nobody(@least)));
  works('CAP_SYS_ADMIN', [], with(nobody('sys_admin', @least > 2 ? 'sys_resource' : ())));
  for my $capability (qw(bpf perfmon)) {
    refused("nothing but $capability", qr/CAP_BPF and CAP_PERFMON/, [], with(nobody($capability)));
  }
  return;
}

sub test_file_capabilities () {
  my $own = "$dir/capable";
  copy($copy, $own) or die "$own: $!";
  chmod 0755, $own;
  SKIP: {
    skip 'files cannot have capabilities here', 1
      if system "PATH=\$PATH:/sbin:/usr/sbin setcap cap_bpf,cap_perfmon+ep $own 2>/dev/null";
    works('capabilities of the file', [],
      program => $own, wrapper => [qw(setpriv --reuid 65534 --regid 65534 --clear-groups)]);
  }
  return;
}

# Once it traces, it has none left.
sub test_dropped () {
  for my $more ([], ['setpcap']) {
    my $tracer = KS::Tracer->start(['--json'], with(nobody(@least, @$more)));
    my %sets = slurp('/proc/' . $tracer->pid . '/status') =~ /^Cap(\w+):\s+(\w+)$/mg;
    $tracer->finish;
    my @kept = @$more ? () : 'Bnd';
    is_deeply [grep { $sets{$_} =~ /[1-9a-f]/ } sort keys %sets], \@kept, "given up with @least @$more";
  }
  return;
}

# Debian's default of kernel.perf_event_paranoid gives events of tracepoints to CAP_SYS_ADMIN only.
sub works_by_tracepoint ($name, @within) {
  my @args = ('--hook', 'tracepoint');
  my @can_read = (@least, 'dac_read_search');
  return works($name, \@args, with(@within, nobody(@can_read)))
    if slurp('/proc/sys/kernel/perf_event_paranoid') < 3;
  refused("$name, no events", qr/--hook tracepoint: /, \@args, with(@within, nobody(@can_read)));
  return works($name, \@args, with(@within, nobody(@can_read, 'sys_admin')));
}

# Whoever may not open a tracefs takes one that is mounted and may be read, or does without.
sub test_tracefs () {
  my @mounted = within('grep -q " /sys/kernel/tracing tracefs" /proc/mounts ||'
    . ' mount -t tracefs none /sys/kernel/tracing');
  my @debugfs = within('umount -R /sys/kernel/tracing 2>/dev/null; mount -t debugfs none'
    . ' /sys/kernel/debug && ls /sys/kernel/debug/tracing/events >/dev/null');
  my @empty = within('mount -t tmpfs none /sys/kernel/tracing && { umount -R /sys/kernel/debug;'
    . ' true; } 2>/dev/null');
  SKIP: {
    skip 'a tracefs cannot be mounted here', 1 if !can_run(@mounted);
    works_by_tracepoint('a tracefs that is mounted', @mounted);
    my @cannot = with(@mounted, nobody(@least));
    refused('a tracefs that cannot be read', qr/--hook tracepoint: .*Permission denied/,
      ['--hook', 'tracepoint'], @cannot);
    like plan_of(@cannot)->{returns}, qr/\A(?:fexit|raw)\z/, 'a tracefs that cannot be read: without';
  }
  SKIP: {
    skip 'there is no debugfs, or no tracefs in it', 1 if !can_run(@debugfs);
    works_by_tracepoint('a tracefs in debugfs', @debugfs);
  }
  refused('no tracefs', qr/--hook tracepoint: .*(?:not permitted|denied)/, ['--hook', 'tracepoint'],
    with(@empty, nobody(@least)));
  works('no tracefs', [], with(@empty, nobody(@least)));
  return;
}

# ---- /proc ----

sub proc_with ($options) { return within("mount -t proc -o $options proc /proc") }

sub test_hidepid () {
  for my $options (qw(hidepid=1 hidepid=2 hidepid=4)) {
    my @proc = proc_with($options);
    SKIP: {
      skip "$options cannot be had here", 1 if !can_run(@proc);
      works("$options, root", [], with(@proc));
      works("$options, the least capabilities", [], with(@proc, nobody(@least)),
        lost => qr/hidepid.*CAP_SYS_PTRACE/);
      works("$options, CAP_SYS_PTRACE", [], with(@proc, nobody(@least, 'sys_ptrace')));
    }
  }
  return;
}

sub test_subset () {
  my @proc = proc_with('subset=pid');
  SKIP: {
    skip 'subset=pid cannot be had here', 1 if !can_run(@proc);
    works('subset=pid, root', [], with(@proc));
    works('subset=pid, the least capabilities', [], with(@proc, nobody(@least)));
  }
  return;
}

sub test_no_proc () {
  my $umount = 'umount -l /proc';
  works('no /proc', [], with(within($umount)), lost => qr/not mounted/,
    no_cgroups => 1);
  refused('no /proc, nor the initial pid namespace', qr{the pid namespace is unknown: .*/proc}, [],
    with(within($umount, '-pf')));
  return;
}

# Those who came before stay unknown; nothing is said, for it was asked for.
sub test_without () {
  my $tracer = KS::Tracer->start(['--json', '--without', 'proc', '-p', $target->id]);
  my $younger = actor('younger');
  $_->do(kill => $target->id, SIGUSR1) for $sender, $younger;
  my @events = signals(finish_ok($tracer, '--without proc'));
  is_deeply [map { $_->{target}{cmdline} } @events], [undef, undef], '--without proc: older';
  is_deeply $events[1]{sender}{cmdline}, $younger->facts->{cmdline}, '--without proc: younger';
  is_lost('--without proc', $tracer->stderr, 0);
  return;
}

test_memory();
test_least();
test_file_capabilities();
test_dropped();
test_tracefs();
test_hidepid();
test_subset();
test_no_proc();
test_without();
done_testing;
