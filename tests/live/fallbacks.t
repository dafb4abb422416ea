#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What takes the place of what a kernel lacks shows the same: tests of calls, with each feature left
# out that killsnoop can do without; and kernels whose types are in a file.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use KS;
use Test::More;

plan skip_all => 'run with features left out already' if $ENV{KS_WITHOUT};

# Another test, as it is, of this program with --without.
sub passes ($test, $without) {
  local $ENV{KS_WITHOUT} = $without;
  local $ENV{KS_SHORTLIVED} = 20;
  my $output = qx{$^X "$here/$test" 2>&1};
  is $?, 0, "without $without: $test" or diag $output;
  like $output, qr/^1\.\.[1-9]/m, "without $without: $test has run";
  return;
}

sub optional_features () {
  my (undef, $output) = run_tool(['doctor', '--json']);
  return map { $_->{name} } grep { !$_->{needed} } @{decode($output)->{abilities}};
}

sub hide (@places) {
  my $mounts = join ' && ', map { "mount -t tmpfs none $_" } grep { -d } @places;
  return [qw(unshare -m sh -c), "$mounts && exec \"\$@\"", 'sh'];
}

# The kernel's types are in a file, and nowhere else.
sub test_types_in_file () {
  my $dir = temp_dir();
  copy('/sys/kernel/btf/vmlinux', "$dir/types") or die "BTF: $!";
  my @hidden = (wrapper => hide(qw(/sys/kernel/btf /boot /lib/modules /usr/lib/debug)));
  my ($sender, $target) = (actor('sender'), actor('target'));
  my $tracer =
    KS::Tracer->start(['--json', '--btf', "$dir/types", '--from-pid', $sender->id], @hidden);
  my @did = ($sender->do(kill => $target->id, 99), $sender->do(kill => $target->id, 15));
  my @events = signals(finish_ok($tracer, 'types in a file'));
  is scalar @events, @did, 'types in a file: an event for each call';
  is_call($events[$_], $did[$_], "types in a file: #$_") for 0 .. $#did;
  is_process($events[1]{sender}, $sender->facts, 'types in a file: sender');
  my @nested = (wrapper => [qw(unshare -pf), @{$hidden[1]}]);
  my (undef, $output) = run_tool(['doctor', '--json', '--btf', "$dir/types"], @nested);
  is decode($output)->{plan}{signals}, 'raw_tp', 'types in a file: doctor tells';
  return;
}

sub refuses ($name, $file, $expected) {
  my ($status, $output, $stderr) = run_tool(['--btf', $file, '--duration', 1]);
  is $status, 1, "$name: status";
  like $stderr, qr/\Akillsnoop: --btf '\Q$file\E': $expected[^\n]*\n\z/, "$name: one line";
  return;
}

sub test_bad_files () {
  my $dir = temp_dir();
  my $types = slurp('/sys/kernel/btf/vmlinux');
  my %files = (
    'no types' => ['text', qr/cannot read/],
    'cut types' => [substr($types, 0, 5000), qr/cannot read/],
    'an empty file' => ['', qr/cannot read/],
    'types of another kernel' => [other_types(), qr/this is the BTF of another kernel/],
  );
  for my $name (sort keys %files) {
    my ($bytes, $expected) = @{$files{$name}};
    open my $file, '>', "$dir/file" or die "file: $!";
    print $file $bytes;
    close $file;
    refuses($name, "$dir/file", $expected);
  }
  refuses('no such file', "$dir/none", qr/cannot read .*No such file/);
  return;
}

# A struct task_struct of another kernel: of one member, comm, at its beginning.
sub other_types () {
  my $strings = "\0int\0task_struct\0comm\0";
  my $int = pack 'LLLL', 1, 1 << 24, 4, 1 << 24 | 32;
  my $struct = pack 'LLL LLL', 5, 4 << 24 | 1, 4, 17, 1, 0;
  my $types = $int . $struct;
  return pack('SCCLLLLL', 0xeb9f, 1, 0, 24, 0, length $types, length $types, length $strings) .
    $types . $strings;
}

test_types_in_file();
test_bad_files();
# Without /proc, less is known of actors that are older: see privileges.t.
passes('calls.t', $_) for grep { $_ ne 'proc' } optional_features();
passes($_, 'btf') for qw(delivery_result.t shortlived.t targets.t);
passes($_, 'direct-loads') for qw(delivery_result.t targets.t pidns.t cgroups.t);
passes('compat.t', $_) for 'fexit,tracepoints', 'btf,tracepoints';
passes($_, 'task-btf,map-alloc') for qw(delivery_result.t shortlived.t);
done_testing;
