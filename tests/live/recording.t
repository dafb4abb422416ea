#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Raw records that a trace saves: replayed, they give what the trace has shown.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGTERM SIGUSR1);
use Test::More;

my $dir = temp_dir();

# The records and the output of a trace that shows who ends an actor.
sub record ($file, @args) {
  my $victim = actor();
  my $tracer = KS::Tracer->start([@args, '-p', $victim->id, '--save-records', $file]);
  my $sender = actor();
  $sender->do(kill => $victim->id, $_) for 0, SIGTERM;
  my $output = $tracer->complete;
  is $tracer->wait, 0, "@args: status" or diag $tracer->stderr;
  return $output;
}

sub test_same ($name, @args) {
  my $file = "$dir/$name";
  my $shown = record($file, @args);
  my ($status, $output, $stderr) = run_tool(['replay', @args, $file]);
  is $status, 0, "$name: replay ends with status 0";
  is $output, $shown, "$name: it shows what the trace has shown";
  is $stderr, '', "$name: and says nothing";
  return;
}

test_same('json', '--json');
test_same('table', '--utc');
test_same('verbose', '-v');

my $file = "$dir/json";
is +(stat $file)[2] & 07777, 0600, 'only its owner can read it';

sub test_filtered () {
  my (undef, $output) = run_tool(['replay', '--json', '--count', 1, $file]);
  is +(() = $output =~ /^\{"event":"signal"/mg), 1, '--count 1 shows one signal';
  (undef, $output) = run_tool(['replay', '--json', '--from-pid', 1, $file]);
  is +(() = $output =~ /^\{"event":"signal"/mg), 0, 'a filter on the sender counts';
  return;
}
test_filtered();

# As whoever gets the file for a bug report.
sub test_unprivileged () {
  chmod 0711, "$dir";
  chmod 0644, $file;
  my ($status, $output) = run_tool(['replay', '--json', $file], wrapper =>
    ['setpriv', '--reuid', 65534, '--regid', 65534, '--clear-groups']);
  is $status, 0, 'without privileges: status';
  like $output, qr/"event":"exit"/, 'without privileges: it shows the same';
  return;
}
test_unprivileged();

# ---- what is no recording, or no place for one ----

sub refused ($name, $args, $status, $want) {
  my ($got, $output, $stderr) = run_tool($args);
  is $got, $status, "$name: status $status";
  is $output, '', "$name: no output";
  like $stderr, qr/\Akillsnoop: $want\n\z/, "$name: one line";
  return;
}

sub spoil ($name, $bytes) {
  open my $to, '>:raw', "$dir/$name" or die "$name: $!";
  print $to $bytes;
  close $to;
  return "$dir/$name";
}

my $bytes = slurp($file);
refused('no such file', ['replay', "$dir/none"], 1, qr/cannot read \S+: No such file or directory/);
refused('a directory', ['replay', "$dir"], 1, qr/cannot read \S+: \S.*/);
refused('no file', ['replay'], 2, qr/'replay' needs the name of one file; try --help/);
refused('two files', ['replay', $file, $file], 2, qr/'replay' needs the name of one file; try --help/);
refused('an option of a trace', ['replay', '-p', 1, $file], 2, qr/'replay' does not take --pid; try --help/);
refused('a clock that is cut', ['replay', '--json', spoil('clock', substr $bytes, 0, 20)], 1,
  qr/\S+ is not a recording: --save-records makes one/);
is +(run_tool(['replay', spoil('cut', substr $bytes, 0, -1)]))[0], 1, 'a record that is cut: status 1';
refused('a text', ['replay', spoil('text', "This is a text.\n" x 100)], 1,
  qr/\S+ is not a recording: --save-records makes one/);
refused('no end', ['replay', '/dev/zero'], 1, qr{/dev/zero is not a recording: --save-records makes one});
refused('nothing', ['replay', spoil('nothing', '')], 1, qr/\S+ is not a recording: --save-records makes one/);
is +(run_tool(['replay', '--json', spoil('tail', $bytes . "\xff" x 8)]))[0], 1, 'an impossible size: status 1';
refused('the output, too', ['--save-records', "$dir/both", '-w', "$dir/both", '--duration', 1], 1,
  qr/--write and --save-records name the same file: choose another one/);
is +(run_tool(['--save-records', "$dir/never", '--', "$dir/no-such-program"]))[0], 127, 'no command: status 127';
ok !-e "$dir/never", 'no command: no recording stays';
refused('a file that is there', ['--save-records', $file, '--duration', 1], 1,
  qr/cannot create \S+: File exists/);
is slurp($file), $bytes, 'a file that is there: it stays as it was';

SKIP: {
  skip '/dev/full is missing', 1 if !-c '/dev/full';
  symlink '/dev/full', "$dir/link" or die "symlink: $!";
  refused('a link', ['--save-records', "$dir/link", '--duration', 1], 1,
    qr/cannot create \S+: File exists/);
}

# A disk that gets full: the trace goes on, and says so at the end.
sub test_full () {
  my $mount = "$dir/small";
  mkdir $mount or die "mkdir: $!";
  my $script = "mount -t tmpfs -o size=16k none '$mount' && exec \"\$0\" \"\$@\"";
  my $victim = actor();
  $victim->do('block');
  my $tracer = KS::Tracer->start(['--json', '--each', '--from-pid', $victim->id, '--save-records', "$mount/file"],
    wrapper => ['unshare', '--mount', 'sh', '-c', $script]);
  $victim->do(kill => $victim->id, SIGUSR1) for 1 .. 400;
  my $output = $tracer->finish;
  is +(() = $output =~ /^\{"event":"signal"/mg), 400, 'a full disk: all is shown';
  is $tracer->wait, 1, 'a full disk: status 1';
  like $tracer->stderr, qr/^killsnoop: cannot write to \S+: No space left on device; later records are not saved$/m,
    'a full disk: a line says so';
  return;
}
test_full();

done_testing;
