# SPDX-License-Identifier: GPL-2.0-only
# What the tests of builds and packages share: to run make and other programs.
package Build;
use v5.36;
use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA ();
use Exporter qw(import);
use File::Basename qw(dirname);
use Test::More;

our @EXPORT = qw($build $top can_run copy_of_sources file_type make make_ok run sha256);

our $top = abs_path(dirname(__FILE__) . '/../../..');
our $build = abs_path($ENV{BUILD} // "$top/build");

my $limit = 300;    # seconds, for each program

# The make that runs the tests passes its settings on; these builds have their own.
delete @ENV{qw(BUILD MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS WERROR)};

sub can_run ($program) {
  return system("command -v '$program' >/dev/null 2>&1") == 0;
}

# Its status as a shell has it, and all that it prints.
sub run (@command) {
  open my $pipe, '-|', 'sh', '-c', 'exec "$@" 2>&1 </dev/null', 'sh', 'timeout', $limit, @command
    or die "$command[0]: $!";
  local $/;
  my $output = <$pipe> // '';
  close $pipe;
  return ($? & 127 ? 128 + ($? & 127) : $? >> 8, $output);
}

# Options: in: the folder.
sub make ($args, %options) {
  chomp(my $n = qx(nproc));
  return run('make', '--no-print-directory', "-j$n", 'WERROR=1', '-C', $options{in} // $top, @$args);
}

sub make_ok ($name, $args, %options) {
  my ($status, $output) = make($args, %options);
  is $status, 0, $name or diag $output;
  return $output;
}

# What file(1) has to say.
sub file_type ($path) {
  my ($status, $output) = run('file', '--brief', $path);
  return $status ? "file: status $status" : $output;
}

sub sha256 ($path) {
  return -f $path ? Digest::SHA->new(256)->addfile($path, 'b')->hexdigest : "there is no $path";
}

# The sources as they are here, but for what was built, in a new folder; with other times.
sub copy_of_sources ($folder) {
  mkdir $folder or die "$folder: $!";
  system("tar -C '$top' -c --exclude=./build --exclude=./.git . | tar -C '$folder' -x -m") == 0
    or die "cannot copy to $folder";
  return $folder;
}

1;
