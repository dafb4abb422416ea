#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Who somebody is, where names and paths can be imitated: which file is executed.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGURG);
use JSON::PP ();
use Test::More;

sub start (@command) { return KS::Process->start(\@command) }

# Executes itself by another path, in a mount namespace of its own.
my $imitate = 'mount --bind "$1" "$2" && exec "$2" -e "$3"';
my $waits = '$| = 1; print "$$\n"; <STDIN>';

# A parent that ends when it reads a line, and leaves a child that sends a signal at the next one.
my $leaves = <<'END';
  $| = 1;
  pipe my $end, my $open or die;
  my $line = <STDIN>;
  if (!fork) { close $open; <$end>; kill URG => $ARGV[0]; print "sent\n"; exit }
END

sub maps_of ($pid) {
  my $exe = readlink "/proc/$pid/exe";
  for (split /\n/, slurp("/proc/$pid/maps")) {
    my (undef, undef, undef, $device, $inode, $path) = split ' ', $_, 6;
    return (join(':', map { hex } split /:/, $device), $inode + 0) if ($path // '') eq $exe;
  }
  return;
}

sub is_file ($got, $path, $name) {
  my @stat = stat $path or die "$path: $!";
  is $got->{exe_inode}, $stat[1], "$name: the inode, as stat says it";
  SKIP: {
    skip 'its file system is on no block device: stat may say another one', 1 if $stat[0] < 256;
    is $got->{exe_device}, join(':', $stat[0] >> 8 & 0xfff, $stat[0] & 0xff | $stat[0] >> 12 & 0xfff00),
      "$name: the device, as stat says it";
  }
  return;
}

sub mounts_of ($pid) { return 0 + (readlink("/proc/$pid/ns/mnt") =~ /(\d+)/)[0] }

# On a file system without a block device, too: the program of one that is older than the tracer.
my $dir = File::Temp->newdir('killsnoop-XXXXXXXX', DIR => -w '/dev/shm' ? '/dev/shm' : '/tmp');
system('cp', $^X, "$dir/perl") == 0 or die 'cp';
my $older = start("$dir/perl", '-e', $leaves, $$);
until_true('it is executed', sub { (readlink("/proc/" . $older->pid . '/exe') // '') eq "$dir/perl" });
my @older_maps = maps_of($older->pid);

my $tracer = trace('--each', '-s', 'URG');
my $imitator = start('unshare', '-m', 'sh', '-c', $imitate, 'sh', $^X, '/usr/bin/env', $waits);
my $pid = 0 + $imitator->line;
my $mounts = mounts_of($pid);
kill URG => $pid;

# A program below a directory that is renamed, in a working directory below another one.
my $home = temp_dir();
mkdir "$home/$_" or die "$home/$_: $!" for qw(bin bin/below work work/below);
system('cp', $^X, "$home/bin/below/perl") == 0 or die 'cp';
my $moved_below = start('sh', '-c', 'cd "$1/work/below" && exec "$1/bin/below/perl" -e "$2"', 'sh', $home, $waits);
my $renamed = 0 + $moved_below->line;
my @places;

sub where () { return [map { readlink "/proc/$renamed/$_" } qw(exe cwd)] }

sub signal_renamed () {
  kill URG => $renamed;
  push @places, where();
  return;
}

signal_renamed() for 1 .. 2;
rename "$home/bin", "$home/bin2" or die $!;
select undef, undef, undef, 0.05;    # as often as names are compared
signal_renamed();
rename "$home/work/below", "$home/below2" or die $!;
select undef, undef, undef, 0.05;
signal_renamed() for 1 .. 2;

# A server that forks a worker, which gives itself a title.
my $server = start($^X, '-e', '$0 = "server"; $| = 1; pipe my $end, my $open; my $pid = fork; if (!$pid) { close $open; '
  . '$0 = "worker"; kill URG => $ARGV[0]; print "$$\n"; <$end>; exit } <STDIN>', $$);
my $worker = 0 + $server->line;
kill URG => $_ for $worker, $server->pid;

# What moves to another mount namespace, and executes nothing there.
my $mover = start($^X, '-e', '$| = 1; print "$$\n"; <STDIN>; '
  . 'syscall(' . (qx(uname -m) =~ /aarch64/ ? 97 : 272) . ', 0x20000) == 0 or die $!; print "moved\n"; <STDIN>');
my $moving = 0 + $mover->line;
my @mover_mounts;
for (1 .. 2) {
  kill URG => $moving;
  push @mover_mounts, mounts_of($moving);
  next if $_ == 2;
  $mover->write("\n");
  $mover->line;
}
$older->write("\n");
$older->line;
my @events = grep { ($_->{sender} // {})->{comm} =~ /perl|identity|worker/ } signals(finish_ok($tracer, 'files'));
my ($by_worker) = grep { $_->{sender}{pid} == $worker } @events;
@events = grep { $_->{sender}{pid} != $worker } @events;
$_->close_stdin for $imitator, $moved_below, $mover, $server;

is @events, 11, 'all signals' or BAIL_OUT('signals are missing');
my ($imitated, @targets) = map { $_->{target} } @events;
my @moved = @targets[7, 8];
is $imitated->{exe}, '/usr/bin/env', 'an executable by the path of another';
is_file($imitated, $^X, 'an imitated path');
is $imitated->{mount_namespace}, $mounts, 'an imitated path: the mount namespace';
isnt $imitated->{mount_namespace}, mounts_of($$), 'an imitated path: it is another';
is $events[0]{sender}{mount_namespace}, mounts_of($$), 'the sender is in our own';
is_file($events[0]{sender}, $^X, 'the sender');
is_deeply [map { $_->{mount_namespace} } @moved], \@mover_mounts, 'a mount namespace without exec';
isnt $mover_mounts[0], $mover_mounts[1], 'which is another';

is_deeply [map { [@$_{qw(exe cwd)}] } @targets[0 .. 4]], \@places, 'directories that are renamed';
like $places[2][0], qr/bin2/, 'the first of them';
like $places[4][1], qr/below2/, 'the second';

is_deeply [map { $_->{cmdline_inherited} } @targets[5, 6]], [JSON::PP::false, JSON::PP::false],
  'neither the worker, which has sent a signal, nor the server shows what it inherited';
is_deeply $targets[5]{cmdline}, ['worker'], 'but the title that it had then';
is_deeply $by_worker->{sender}{cmdline}, ['worker'], 'as a sender, it has its own title';
is $by_worker->{sender}{cmdline_inherited}, JSON::PP::false, 'which it did not inherit';
is $by_worker->{sender}{ancestors}[0]{cmdline_inherited}, JSON::PP::false, 'nor did its parent';
is $events[0]{sender}{cmdline_inherited}, JSON::PP::false, 'a sender that is older than the tracer';

my ($parent) = @{$events[10]{sender}{ancestors}};
is $parent->{exe}, "$dir/perl", 'the parent has ended' or diag explain $events[3]{sender};
is_deeply [$parent->{exe_device}, $parent->{exe_inode}], \@older_maps,
  'and it is older than the tracer: the file, as its maps said it';
done_testing;
