#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What was going on when the kernel sent a signal: the file that a system call was for, and where in the kernel.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGINT);
use Test::More;

my $REC_TEXT = 7;    # of bpf/record.h
my $dir = temp_dir();
my @made;

# A new cgroup, and it goes again.
sub make_cgroup ($root, $name) {
  my $path = "$root/$name";
  mkdir $path or die "$path: $!";
  unshift @made, $path;
  return $path;
}

END {
  my $status = $?;
  for my $path (@made) {
    until_true("$path is gone", sub { rmdir $path });
  }
  $? = $status;
}

sub write_to ($path, $text) {
  open my $file, '>', $path or return 0;
  return defined syswrite($file, $text) && close $file;
}

# The first signal of that kind that the kernel sends while $do runs, and the cause in words.
sub sent_by_kernel ($name, $signal, $do, @args) {
  my $words = KS::Tracer->start(['-s', $signal, '--origin', 'kernel', '-o', 'cause', '-w', "$dir/words", @args]);
  my $tracer = trace('-s', $signal, '--origin', 'kernel', @args);
  $do->();
  my ($event) = signals(finish_ok($tracer, $name));
  $words->finish;
  $event->{words} = (split /\n/, slurp("$dir/words"))[1];
  unlink "$dir/words" or die $!;
  return $event;
}

# ---- cgroup.kill ----

# In a cgroup whose name has signs that are escaped, which is shown as it is in JSON.
sub test_cgroup_kill () {
  my $root = cgroup_mount('v2');
  SKIP: {
    skip 'no cgroup v2 is mounted', 1 if !$root;
    my $cgroup = make_cgroup($root, "ks-$$ \"\e[31m");
    skip 'this kernel has no cgroup.kill', 1 if !-e "$cgroup/cgroup.kill";
    cgroup_kill($cgroup);
  }
  return;
}

sub cgroup_kill ($cgroup) {
  my $victim = actor();
  move_to($cgroup, $victim->id);
  my $event = sent_by_kernel('cgroup.kill', 'KILL',
    sub { write_to("$cgroup/cgroup.kill", "1\n"); $victim->rest }, '-p', $victim->id);
  is $event->{origin_file}, "$cgroup/cgroup.kill", 'cgroup.kill: the file';
  is $event->{origin_stack}, undef, 'cgroup.kill: no stack is needed';
  is_deeply [@$event{qw(origin context via)}], ['cgroup.kill', undef, undef], 'cgroup.kill: the origin';
  is $event->{sender}{pid}, $$, 'cgroup.kill: who wrote to it';
  is $event->{words}, 'a write to cgroup.kill', 'cgroup.kill: is certain';
  return;
}

# ---- out of memory ----

my $limit = 16 << 20;

# A cgroup that has no more memory; undef: none can be made here.
sub small_cgroup () {
  my $v1 = cgroup_mount('memory');
  my $root = $v1 // cgroup_mount('v2') // return undef;
  $v1 or write_to("$root/cgroup.subtree_control", '+memory') or return undef;
  my $cgroup = make_cgroup($root, "ks-$$-small");
  write_to("$cgroup/memory.swap.max", '0') if -e "$cgroup/memory.swap.max";
  return write_to("$cgroup/" . ($v1 ? 'memory.limit_in_bytes' : 'memory.max'), $limit) ? $cgroup : undef;
}

# Where files take memory; undef: nowhere.
sub memory_dir () {
  my ($path) = grep { -w && mounts() =~ m{^\S+ \Q$_\E (?:tmpfs|ramfs) }m } '/dev/shm', '/tmp', '/run';
  return $path && File::Temp->newdir('killsnoop-XXXXXXXX', DIR => $path);
}

# Writes to a file of that name, which is no cgroup's, until there is no memory.
sub test_out_of_memory () {
  SKIP: {
    my $memory = memory_dir() or skip 'no file system is in memory', 1;
    my $cgroup = small_cgroup() or skip 'there is no cgroup with a limit of memory', 1;
    out_of_memory($cgroup, "$memory/cgroup.kill");
  }
  return;
}

sub out_of_memory ($cgroup, $path) {
  my $code = 'my ($file, $more) = @ARGV; <STDIN>; open my $to, ">", $file or die; 1 while syswrite $to, "x" x 65536';
  my $event = sent_by_kernel('out of memory', 'KILL', sub {
    my $writer = KS::Process->start([$^X, '-e', $code, $path]);
    move_to($cgroup, $writer->pid);
    $writer->write("go\n");
    $writer->wait;
  });
  is $event->{context}{syscall}, 'write', 'out of memory: in a write';
  is $event->{origin_file}, undef, 'out of memory: a file named cgroup.kill is none of a cgroup';
  my $is_certain = can_stack();
  is $event->{origin}, $is_certain ? 'oom' : 'kernel', 'out of memory: the origin';
  is $event->{sender}, undef, 'out of memory: who ran is not to blame';
  like $event->{words}, $is_certain ? qr/^out of memory in a cgroup/ : qr/^probably out of memory/, 'out of memory: in words';
  has_function($event, qr/oom/, 'out of memory');
  check_memory($event->{limit}, $cgroup) if $is_certain;
  return;
}

# Of version 1, the path of the cgroup is not one that killsnoop has, if it shows another hierarchy.
sub check_memory ($seen, $cgroup) {
  my $root = cgroup_mount('memory') ? undef : cgroup_mount('v2');
  is_deeply [@$seen{qw(kind value certain)}], ['memory', $limit, JSON::PP::true], 'out of memory: the limit';
  is $seen->{cgroup}, $root ? substr($cgroup, length $root) : undef, 'out of memory: which cgroup has it';
  cmp_ok $seen->{resident_bytes}, '<', 2 * $limit, 'out of memory: how much it had, at most';
  cmp_ok $seen->{resident_bytes}, '>', 1 << 20, 'out of memory: and at least';
  return;
}

my ($stacks) = grep { $_->{name} eq 'stacks' } @{decode((run_tool(['doctor', '--json']))[1])->{abilities}};

sub can_stack () { return $stacks->{available} }

sub has_function ($event, $name, $what) {
  SKIP: {
    skip 'this kernel has no bpf_snprintf()', 2 if !can_stack();
    ok scalar(grep { /$name/ } @{$event->{origin_stack} // []}), "$what: the stack has $name"
      or diag explain $event->{origin_stack};
    unlike $event->{origin_stack}[0] // '', qr/^(?:bpf_|__bpf|trace|__trace|0x)/, "$what: not the tracer's own";
  }
  return;
}

# ---- what explains itself has no stack ----

sub test_limit () {
  my $event = sent_by_kernel('RLIMIT_CPU', 'XCPU',
    sub { KS::Process->start(['sh', '-c', 'ulimit -S -t 1; while :; do :; done'])->wait });
  is $event->{origin_stack}, undef, 'RLIMIT_CPU: no stack is needed';
  is $event->{words}, 'its limit of CPU time (RLIMIT_CPU), 1 s', 'RLIMIT_CPU: in words';
  is_deeply $event->{limit}, {kind => 'cpu_time', value => 1, certain => JSON::PP::true, cgroup => undef, resident_bytes => undef},
    'RLIMIT_CPU: the limit';
  return;
}

# ---- a terminal, and texts come again ----

sub hang_up ($signal) {
  my $parent = kernel_sends('tiocsig', $signal);
  $parent->line;
  $parent->write("go\n");
  $parent->rest;
  return;
}

sub test_terminal () {
  my $event = sent_by_kernel('terminal', 'INT', sub { hang_up(SIGINT) }, '-c', 'kernel_sends');
  like $event->{origin_file}, qr{^/dev/.*ptmx$}, 'terminal: the file is its other side';
  has_function($event, qr/pty|tty/, 'terminal');
  $event = sent_by_kernel('without', 'INT', sub { hang_up(SIGINT) }, '-c', 'kernel_sends', '--without', 'stacks');
  is $event->{origin_stack}, undef, 'without stacks: there is none';
  return;
}

# The texts in a recording: "kind generation id", and how often. A verdict may want other signals, too.
sub texts_in ($file) {
  my %texts;
  for my $record (records_of($file, $REC_TEXT)) {
    my ($generation, $id, $kind) = unpack 'x26 S x4 Q x8 L', $record;
    $texts{"$kind $generation $id"}++;
  }
  return \%texts;
}

# Once for all events that have them; and once more when all is to be described again.
sub test_generation () {
  my ($lines, $records) = ("$dir/lines", "$dir/records");
  my $tracer = KS::Tracer->start(['--json', '-w', $lines, '-s', 'INT', '--origin', 'kernel', '-c', 'kernel_sends',
    '--save-records', $records]);
  hang_up(SIGINT) for 1 .. 3;
  rename $lines, "$lines.1" or die $!;
  $tracer->signal('HUP');
  until_true('the new file', sub { -e $lines });
  hang_up(SIGINT) for 1 .. 3;
  $tracer->finish;
  is $tracer->wait, 0, 'generation: status 0' or diag $tracer->stderr;
  my $texts = texts_in($records);
  is_deeply [grep { $texts->{$_} != 1 } keys %$texts], [], 'generation: each text comes once';
  for my $kind (1, can_stack() ? 2 : ()) {
    my @ids = map { my $n = $_; join ' ', sort map { /^$kind $n (.*)/ } keys %$texts } 0, 1;
    isnt $ids[0], '', "generation: there are texts of kind $kind";
    is $ids[1], $ids[0], "generation: kind $kind: once more after SIGHUP";
  }
  return;
}

test_cgroup_kill();
test_out_of_memory();
test_limit();
test_terminal();
test_generation();
done_testing;
