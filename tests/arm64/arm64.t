#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# make arm64: a static binary for arm64, and the functions in it do the same there.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../package/lib";
use Build;
use Test::More;

my $root = "$top/build/arm64-sysroot";
my $program = "$build/arm64/killsnoop";
my $limit_bytes = 3 << 20;

plan skip_all => 'there is no compiler for arm64: scripts/setup arm64'
  if !can_run('aarch64-linux-gnu-gcc');
if (!-e "$root/.complete") {
  my ($status, $said) = make(['build/arm64-sysroot/.complete']);
  plan skip_all => 'libraries for arm64 cannot be had: ' . $said =~ s/\n(?=.)/; /gr if $status;
}

chomp(my $architectures = qx(dpkg --print-foreign-architectures));
my $said = make_ok('make arm64', ['arm64', "BUILD=$build"]);
unlike $said, qr/warning/i, 'without warnings';
is qx(dpkg --print-foreign-architectures), $architectures && "$architectures\n",
  'dpkg has the architectures it had';
like file_type($program), qr/ARM aarch64.*statically linked.*stripped$/, 'for arm64 and static';
cmp_ok -s $program, '<=', $limit_bytes, 'size in bytes';
open my $flags, '<', "$build/arm64/flags" or die "flags: $!";
my $used = do { local $/; <$flags> };
like $used, qr/-D__TARGET_ARCH_arm64\b/, 'the BPF object is for arm64';
unlike $used, qr{(?<![\w=-])-[IL]/usr|-idirafter /usr}, 'nothing of this machine is looked at';

SKIP: {
  skip 'there is no qemu-aarch64-static: scripts/setup', 1 if !can_run('qemu-aarch64-static');
  my @emulator = ('qemu-aarch64-static', '-L', $root);
  is_deeply [run(@emulator, $program, '--version')],
    [run('sh', '-c', "echo killsnoop \$(make -s -C '$top' version)")], 'it runs: --version';
  is +(run(@emulator, $program, '--help'))[0], 0, '--help';
  like +(run(@emulator, $program, qw(rule -s KILL)))[1], qr/^-A .*-S kill.* -F a1=9 /m, 'rule';
  make_ok('tests of functions', ['arm64-unit', "BUILD=$build"]);
}

done_testing;
