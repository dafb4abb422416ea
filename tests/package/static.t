#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# make STATIC=1: one small file that needs nothing else, the name service included.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../live/lib";
use Build;
use KS;
use Test::More;

my $limit_bytes = 3 << 20;
my $modes = "$build/modes";
my $program = "$modes/killsnoop";
my $temp = temp_dir();

sub doctor_names () {
  my (undef, $output) = run($program, 'doctor');
  return $output =~ /^names of users and groups +(.*)$/m ? $1 : $output;
}

# ---- one place for both kinds: what was built in the other way is built again ----

make_ok('the dynamic build', ["BUILD=$modes"]);
like file_type($program), qr/dynamically linked/, 'it is dynamic';
like doctor_names(), qr/name service/, 'doctor: names from the name service';

my $said = make_ok('the static build in the same place', ["BUILD=$modes", 'STATIC=1']);
unlike $said, qr/warning/i, 'neither compiler nor linker warn';
my ($status) = make(["BUILD=$modes", 'STATIC=1', '-q']);
is $status, 0, 'then there is nothing to do';
($status) = make(["BUILD=$modes", '-q']);
is $status, 1, 'for a dynamic one there is';

# ---- what it is ----

like file_type($program), qr/statically linked.*, stripped$/, 'static and stripped';
(undef, my $ldd) = run('ldd', $program);
like $ldd, qr/not a dynamic executable/, 'ldd says so, too';
cmp_ok -s $program, '<=', $limit_bytes, 'size in bytes';
my $bytes = slurp($program);
ok index($bytes, $_) < 0, "no trace of $_ in it" for qw(nsswitch.conf libnss_);

my $elsewhere = copy_of_sources("$temp/elsewhere");
make_ok('the static build of other folders', ['STATIC=1', 'BUILD=other'], in => $elsewhere);
is sha256("$elsewhere/other/killsnoop"), sha256($program), 'the same bytes';

# ---- names: those of two files, whatever the name service is told ----

is doctor_names(), '/etc/passwd and /etc/group', 'doctor: names from files';

my %file = (
  passwd => "+::::::\n+ks-alice::::::\nbroken\nroot:x:0:0::/:/bin/sh\nks-alice:x:4711:4712::/:/bin/sh\n",
  group => "+:::\nroot:x:0:\nks-staff:x:4712:ks-alice\n",
  'nsswitch.conf' => "passwd: no-such-module\ngroup: no-such-module\n",
);
for my $name (sort keys %file) {
  open my $file, '>', "$temp/$name" or die "$name: $!";
  print $file $file{$name};
  close $file or die "$name: $!";
}
my $mounts = join ' && ', map { "mount --bind $temp/$_ /etc/$_" } sort keys %file;

# What killsnoop and a command under it see with these files.
sub with_files (@args) {
  return run_tool([@args], program => $program,
    wrapper => ['unshare', '-m', 'sh', '-c', "$mounts && exec \"\$@\"", 'sh']);
}

my @as_alice = ('--', 'setpriv', '--reuid=4711', '--regid=4712', '--clear-groups', 'sh', '-c',
  'kill -USR1 $$');

# dash waits for nobody and is ended by its own signal: 128 + 10.
sub alice_ok ($name, @args) {
  my ($ended, $output, $errors) = with_files(@args, @as_alice);
  is $ended, 138, "$name: the command's status" or diag $errors;
  return $output;
}

my ($event) = grep { $_->{event} eq 'signal' }
  parse_events(alice_ok('a name', qw(--json --uid ks-alice -s USR1)), 'a name');
is $event->{target}{uid}, 4711, 'the uid of a name, for a filter';
is $event->{sender}{user}, 'ks-alice', 'the name of a uid, in events';
like alice_ok('groups', qw(--audit-format=enriched -s USR1)), qr/ GID="ks-staff"/,
  'the name of a gid, in records';
my ($root) = grep { $_->{event} eq 'signal' }
  parse_events(((with_files(qw(--json -s USR1 -- sh -c), 'kill -USR1 $$'))[1]), 'root');
is $root->{sender}{user}, 'root', 'lines for NIS are no users of uid 0';
($status, undef, my $errors) = with_files(qw(rule --uid), '+ks-alice');
is $status, 2, 'nor have they names' or diag $errors;

done_testing;
