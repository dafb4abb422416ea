#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# make dist: archives of the sources and of a static binary, the same bytes each time.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Build;
use File::Temp ();
use Test::More;

my $temp = File::Temp->newdir('killsnoop-XXXXXXXX', TMPDIR => 1);

plan skip_all => 'these sources are in no git repository'
  if (run('git', '-c', "safe.directory=$top", '-C', $top, 'rev-parse', 'HEAD'))[0];

make_ok("make dist, $_", ['dist', "BUILD=$build", "DIST=$temp/$_"]) for qw(first second);

my @first = glob "$temp/first/*";
chomp(my $machine = qx(uname -m));
my ($sources) = grep { !/-\Q$machine\E\.tar\.gz$/ } @first;
my ($binary) = grep { /-\Q$machine\E\.tar\.gz$/ } @first;
is scalar @first, 2, 'two archives';
is sha256($_), sha256(s{/first/}{/second/}r), 'the same bytes: ' . s{.*/}{}r for @first;

# ---- the sources ----

my ($name) = $sources =~ m{([^/]+)\.tar\.gz$};
my ($status, $said) = run('tar', '-C', "$temp", '-xf', $sources);
is $status, 0, 'the sources are unpacked' or diag $said;
make_ok('and are built, without git', ['STATIC=1'], in => "$temp/$name");
is +(run("$temp/$name/build/killsnoop", '--version'))[0], 0, 'and what was built runs';
($status, $said) = run('env', '-C', "$temp/$name", 'bash', '-c',
  '. scripts/release && echo $SOURCE_DATE_EPOCH');
is $said, qx(git -c safe.directory='$top' -C '$top' log -1 --format=%ct), 'the time is in the files';

# ---- the binary ----

(undef, my $list) = run('tar', '-tf', $binary);
(my $top_folder = $binary) =~ s{.*/|\.tar\.gz$}{}g;
is_deeply [split /\n/, $list], [map { "$top_folder/$_" } 'bin/killsnoop',
  'lib/systemd/system/killsnoop.service', 'share/bash-completion/completions/killsnoop',
  'share/doc/killsnoop/LICENSE', 'share/doc/killsnoop/README.md',
  'share/killsnoop/events.schema.json', 'share/man/man8/killsnoop.8'], 'the files';
($status, $said) = run('tar', '-C', "$temp", '-xf', $binary);
is $status, 0, 'the binary is unpacked' or diag $said;
like file_type("$temp/$top_folder/bin/killsnoop"), qr/statically linked/, 'it is static';

done_testing;
