# SPDX-License-Identifier: GPL-2.0-only
# What the live tests share: to start killsnoop and actors, to read its events, to compare them with
# what the actors say. Whoever uses it needs root.
package KS;
use v5.36;
use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp ();
use JSON::PP ();
use KS::Process;
use KS::Tracer;
use POSIX ();
use Test::More;
use Time::HiRes qw(clock_gettime);
use Time::Local qw(timegm);

our @EXPORT = qw($here $json actor actor_as cgroup_mount cgroup_root decode facts_of finish_ok
  helper in_state is_call is_process kernel_sends kill_init mounts move_to parse_events parse_time records_of run_tool sent_by signals slurp temp_dir to_target trace
  until_true validate with_unit write_file);

our $here = "$KS::Tracer::top/tests/live";
our $json = JSON::PP->new->utf8;
my $schema = "$KS::Tracer::top/user/doc/events.schema.json";

plan skip_all => 'needs root' if $>;

sub until_true ($what, $check) { return KS::Process::until_true($what, $check) }

sub decode ($line) {
  my $value = eval { $json->decode($line) };
  croak "no JSON: $line" if !defined $value;
  return $value;
}

sub temp_dir () { return File::Temp->newdir('killsnoop-XXXXXXXX', TMPDIR => 1) }

sub mounts ($pid = 'self') {
  open my $file, '<', "/proc/$pid/mounts" or croak "mounts: $!";
  local $/;
  return scalar <$file>;
}

# Where a hierarchy of cgroups is mounted, undef if nowhere or not writable: that of version 2, or of
# version 1 one whose mount has this option, such as name=systemd or pids.
sub cgroup_mount ($option) {
  my $mounted = $option eq 'v2' ? qr/cgroup2 (?=rw)/ : qr/cgroup rw\S*,\Q$option\E(?=[, ])/;
  my ($root) = mounts() =~ /^\S+ (\S+) $mounted/m;
  return $root && -w $root ? $root : undef;
}

# Where systemd keeps its units or, without it, would: there killsnoop looks for them.
sub cgroup_root () {
  return cgroup_mount('name=systemd') if (slurp('/proc/1/cgroup') // '') =~ m{:name=systemd:/.}m;
  return cgroup_mount('v2');
}

sub move_to ($cgroup, $pid) {
  open my $file, '>', "$cgroup/cgroup.procs" or croak "$cgroup: $!";
  print $file $pid;
  close $file or croak "$cgroup: $!";
  return;
}

# A cgroup called as systemd calls a unit: $code gets its path in the file system.
sub with_unit ($unit, $code) {
  my $root = cgroup_root();
  SKIP: {
    skip "$unit: no writable mount of cgroups", 1 if !$root;
    my $path = "$root/$unit";
    mkdir $path or croak "$path: $!";
    eval { $code->($path) };
    my $error = $@;
    until_true("$path is gone", sub { rmdir $path });
    die $error if $error;
  }
  return;
}

# ---- actors ----

sub helper ($name) { return "$KS::Tracer::build/tests/live/$name" }

# A process that does what do() tells it.
sub actor (@args) { return actor_as([helper('actor'), @args]) }

sub actor_as ($command, %options) {
  return KS::Actor->start($command, %options);
}

# In a new pid namespace, a process called $comm sends these signals to the init there, which is
# perl: a shell that waits blocks signals for moments, and perl itself while it forks. Returns what the
# init says when it lives on.
sub kill_init ($comm, @signals) {
  my $code = q(pipe my $from, my $to; if (!fork) { sysread $from, my $go, 1; my $comm = shift;)
    . q( open my $f, '>', '/proc/self/comm'; print $f $comm; close $f;)
    . q( kill $_ => 1 for @ARGV; exit } syswrite $to, 1; wait; print "done\n");
  return KS::Process->start(['unshare', '-pf', $^X, '-e', $code, $comm, @signals])->rest;
}

# A process to which or by which the kernel sends a signal without a kill call.
sub kernel_sends (@args) { return KS::Process->start([helper('kernel_sends'), @args]) }

# ---- the tracer ----

# killsnoop --json with further arguments, ready.
sub trace (@args) { return KS::Tracer->start(['--json', @args]) }

# Runs it to its end and returns (status, standard output, standard error). Options: those of a
# tracer, and within: seconds.
sub run_tool ($args, %options) {
  local $KS::Process::timeout = delete $options{within} // $KS::Process::timeout;
  my $tool = KS::Tracer->start($args, not_ready => 1, %options);
  my $output = eval { $tool->complete };
  diag $@ if $@;
  $tool->stop if $@;
  return ($tool->wait, $output, $tool->stderr);
}

# The events of a tracer that is stopped now, which must all be well-formed.
sub finish_ok ($tracer, $name, $status = 0) {
  my $output = $tracer->finish;
  is $tracer->wait, $status, "$name: status $status" or diag $tracer->stderr;
  return parse_events($output, $name);
}

sub parse_events ($output, $name) {
  my $faults = validate($output);
  is $faults, '', "$name: the lines are events as the schema has them";
  my @events = map { decode($_) } split /\n/, $output;
  is_deeply [grep { $events[$_]{seq} <= $events[$_ - 1]{seq} } 1 .. $#events], [],
    "$name: seq counts up";
  return @events;
}

# What is wrong with these lines, '' if nothing.
sub validate ($lines, @options) {
  my $input = File::Temp->new;
  print $input $lines;
  close $input;
  my $faults = qx('$here/lib/validate' @options '$schema' < '$input' 2>&1);
  return $? && $faults eq '' ? "validate ended with status $?" : $faults;
}

# ---- choosing events ----

sub signals (@events) { return grep { $_->{event} eq 'signal' } @events }

sub sent_by ($pid, @events) {
  return grep { $_->{sender} && $_->{sender}{pid} == $pid } signals(@events);
}

sub to_target ($pid, @events) {
  return grep { $_->{target} && $_->{target}{pid} == $pid } signals(@events);
}

# The records of a type (bpf/record.h) in a recording, in bytes.
sub records_of ($file, $type) {
  my ($bytes, @records) = (slurp($file));
  while (length $bytes) {
    my $size = unpack 'L', $bytes;
    my $length = $size ? 4 + $size : unpack 'x4 L', $bytes;    # of a mark, which counts itself
    my $record = substr $bytes, 0, $length, '';
    push @records, substr $record, 4 if $size && unpack('x5 C', $record) == $type;
  }
  return @records;
}

# ---- facts from /proc ----

sub slurp ($path) {
  open my $file, '<', $path or return undef;
  binmode $file;
  local $/;
  return scalar <$file>;
}

sub write_file ($path, $text) {
  open my $file, '>', $path or die "$path: $!";
  print $file $text;
  close $file or die "$path: $!";
  return;
}

sub stat_of ($pid) {
  my $stat = slurp("/proc/$pid/stat") // return;
  $stat =~ /.*\) (.*)/s or croak "stat: $stat";
  return split ' ', $1;
}

sub in_state ($pid, $state) { return ((stat_of($pid))[0] // '') eq $state }

# CLOCK_REALTIME of a start in ticks since boot.
sub start_time_of ($ticks) {
  my $boottime = 7;
  my $offset = clock_gettime(Time::HiRes::CLOCK_REALTIME()) - clock_gettime($boottime);
  return $ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK()) + $offset;
}

# What a process is, as an actor would tell it, from outside.
sub facts_of ($pid) {
  my @stat = stat_of($pid);
  my $comm = slurp("/proc/$pid/comm") =~ s/\n\z//r;
  my $exe = readlink "/proc/$pid/exe";
  return {
    pid => $pid + 0, ppid => $stat[1] + 0, start_ticks => $stat[19] + 0, comm => $comm,
    exe => $exe, cwd => readlink "/proc/$pid/cwd",
    cmdline => [split /\0/, slurp("/proc/$pid/cmdline") =~ s/\0\z//r, -1],
  };
}

# ---- comparing ----

sub parse_time ($text) {
  my ($y, $mon, $d, $h, $min, $s, $ns, $zone) =
    $text =~ /\A(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{9})(Z|[-+]\d\d:\d\d)\z/
    or return undef;
  my $offset = 0;
  $offset = "${1}1" * ($2 * 3600 + $3 * 60) if $zone =~ /([-+])(\d\d):(\d\d)/;
  return timegm($s, $min, $h, $d, $mon - 1, $y) - $offset + "0.$ns";
}

sub is_start_time ($got, $ticks, $name) {
  my $difference = (parse_time($got) // 0) - start_time_of($ticks);
  # The kernel's clocks are not read at once: an emulated processor is taken away in between.
  my $most = $ENV{KS_EMULATED} ? 0.1 : 0.0105;
  ok abs $difference <= $most, "$name start_time" or diag "$got is off by $difference seconds";
  return;
}

# One of its cgroups; which one, cgroups.t asks.
sub is_cgroup ($got, $cgroups, $name) {
  my $left_out = ($ENV{KS_WITHOUT} // '') =~ /\bcgroups\b/;
  my %paths = $left_out ? () : map { $_ => 1 } @$cgroups;
  ok defined $got ? $paths{$got} : !%paths, "$name cgroup" or diag explain $got, $cgroups;
  return;
}

# A process in an event has all the facts that an actor told.
sub is_process ($got, $facts, $name) {
  return fail "$name is there" if !$got;
  for my $key (sort keys %$facts) {
    my $want = $facts->{$key};
    next if ($want // '') eq 'unknown';
    $want = undef if $key =~ /\A(?:auid|ses)\z/ && ($want // 0) == 2**32 - 1;
    next if $key eq 'start_ticks' || $key eq 'cgroups';
    is_deeply $got->{$key}, $want, "$name $key";
  }
  is_start_time($got->{start_time}, $facts->{start_ticks}, $name) if $facts->{start_ticks};
  is_cgroup($got->{cgroup}, $facts->{cgroups}, $name) if $facts->{cgroups};
  return;
}

# An event tells of the call that an actor made.
sub is_call ($event, $did, $name) {
  return fail "$name: is there" if !$event;
  is $event->{$_}, $did->{$_}, "$name: $_" for qw(via error);
  is_deeply $event->{args}, $did->{args}, "$name: args";
  is $event->{call}{$_}, $did->{$_}, "$name: call.$_" for qw(arch syscall return);
  is $event->{origin}, 'user', "$name: origin";
  is $event->{context}, undef, "$name: no context";
  my $time = (parse_time($event->{time}) // 0) * 1e9;
  ok $time > $did->{before_ns} - 1e6 && $time < $did->{after_ns} + 1e6, "$name: time"
    or diag "$event->{time}, not between $did->{before_ns} and $did->{after_ns}";
  is_process($event->{sender}, $did->{sender}, "$name: sender");
  return;
}

package KS::Actor;
use parent -norequire, 'KS::Process';

# The answer to a command.
sub do ($self, @words) {
  $self->write("@words\n");
  my $line = $self->line;
  $self->fail("no answer to '@words'") if !defined $line;
  return KS::decode($line);
}

# A command that does not come back.
sub tell ($self, @words) { return $self->write("@words\n") }

sub facts ($self) { return $self->{facts} //= $self->do('facts') }

# In the namespace of /proc, unlike the pid of a process that a wrapper started.
sub id ($self) { return $self->facts->{pid} }

1;
