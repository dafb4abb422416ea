#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What cannot be done is refused at once, in one line that says what to do, and with a status.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

# Refused: at once, with this status, in one line on standard error and nothing else.
sub refused ($name, $want, $like, $args, %options) {
  my ($status, $out, $err) = run_tool($args, within => 5, %options);
  is $status, $want, "$name: status $want";
  is $out, '', "$name: no output";
  like $err, qr/\A[^\n]+\n\z/, "$name: one line";
  like $err, qr/\Akillsnoop: /, "$name: which says whose it is";
  like $err, $like, "$name: and what is wrong";
  return;
}

# ---- the command line ----

my $gone = actor()->do('gone')->{pid};

my @usage = (
  ['-p 12abc', qr/12abc/, '-p', '12abc'],
  ['-p nothing', qr/process id/, '-p', ''],
  ['-p 0', qr/\b0\b/, '-p', '0'],
  ['-p -1', qr/-1/, '-p', '-1'],
  ['-p 2^40', qr/1099511627776/, '-p', 2**40],
  ['-p of a list with a hole', qr/process id/, '-p', "$$,,$$"],
  ['-p alone', qr/-p|'p'|--pid/, '-p'],
  ['signal 99', qr/99/, '-s', '99'],
  ['signal NOPE', qr/NOPE/, '-s', 'NOPE'],
  ['no signal left', qr/signal/, '-s', 'KILL,!KILL'],
  ['an unknown field', qr/no_such_field/, '-o', 'time,no_such_field'],
  ['an unknown origin', qr/sunspot/, '--origin', 'sunspot'],
  ['an unknown user', qr/no-such-user/, '--uid', 'no-such-user'],
  ['an unknown user who sends', qr/no-such-user/, '--from-uid', 'no-such-user'],
  ['an unknown option', qr/no-such-option/, '--no-such-option'],
  ['an unknown letter', qr/Z/, '-Z'],
  ['an unknown command', qr/frobnicate/, 'frobnicate'],
  ['an unknown form', qr/pretty/, '--audit-format=pretty'],
  ['--count nothing', qr/count|many/, '--count', 'many'],
  ['--duration never', qr/never/, '--duration', 'never'],
  ['--duration -1', qr/-1/, '--duration', '-1'],
  ['a name that no process has', qr/15 bytes.*'prometheus-node'/, '-c', 'a,prometheus-node-exporter'],
  ['such a sender', qr/15 bytes.*'a-name-so-long-'/, '--from-comm', 'a-name-so-long-no'],
  ['a value too much', qr/--utc=1' takes no value/, '--utc=1'],
  ['an abbreviation of two', qr/--from' is short for several/, '--from', '1'],
  ['two forms', qr/raw or enriched, not both/, '--audit-format=user,raw,enriched'],
  ['two formats', qr/--json|--audit-format/, '--json', '--audit-format'],
);

sub test_usage () {
  for my $row (@usage) {
    my ($name, $like, @args) = @$row;
    refused($name, 2, $like, \@args);
  }
  return;
}

# Whether it is the usage that is wrong, or the descriptor, is a matter of taste.
sub test_ready_fd () {
  my ($status, undef, $err) = run_tool(['--ready-fd', '957'], within => 5);
  like $status, qr/\A[12]\z/, '--ready-fd that is not open: it ends, with status 1 or 2';
  like $err, qr/\Akillsnoop: [^\n]*957[^\n]*\n\z/, '--ready-fd that is not open: one line';
  refused('--ready-fd that cannot be written', 2, qr/'9' is not/, ['--ready-fd', '9'],
    wrapper => with_descriptors('9</dev/null'));
  return;
}

# A wrapper: runs it with these redirections of a shell.
sub with_descriptors ($redirections) { return ['sh', '-c', "exec \"\$\@\" $redirections", 'sh'] }

# Whatever is printed, to where it cannot be: longer than a buffer, and shorter.
sub test_full_stdout () {
  for my $args (['doctor', '--json'], ['doctor'], ['--help'], ['--version'], ['-o', 'help'], ['rule']) {
    for my $stdout ('>/dev/full', '>&-') {
      refused("@$args $stdout", 1, qr/cannot write to stdout/, $args,
        wrapper => with_descriptors($stdout));
    }
  }
  return;
}

# Its own descriptors do not take the place of one that is closed: nothing is written there.
sub test_closed_descriptors () {
  my $tracer = KS::Tracer->start(['--json'], wrapper => with_descriptors('<&- 2>&-'));
  my %where = map { $_ => readlink '/proc/' . $tracer->pid . "/fd/$_" } 0, 2;
  is_deeply \%where, {0 => '/dev/null', 2 => '/dev/null'}, 'closed descriptors stay without use';
  $tracer->finish;
  is $tracer->wait, 0, 'closed descriptors: status';
  return;
}

sub test_hints () {
  my (undef, undef, $err) = run_tool(['--no-such-option']);
  like $err, qr/--help/, 'an unknown option: where to read on';
  (undef, undef, $err) = run_tool(['-o', 'nope']);
  like $err, qr/-o help/, 'an unknown field: how to list them';
  my ($status, $out) = run_tool(['--help']);
  is $status, 0, '--help: status 0';
  like $out, qr/^Usage: killsnoop/, '--help: on standard output';
  ($status, $out) = run_tool(['--version']);
  is $status, 0, '--version: status 0';
  like $out, qr/\A\S.*\d+\.\d+.*\n\z/, '--version: one line';
  ($status, $out) = run_tool(['-o', 'help']);
  is $status, 0, '-o help: status 0';
  like $out, qr/^\s*sender\.cmdline\s/m, '-o help: lists the fields';
  return;
}

# ---- what is not there ----

sub test_missing () {
  refused('no such process', 1, qr/\b$gone\b/, ['-p', $gone]);
  my $target = actor();
  refused('one of two is no such process', 1, qr/\b$gone\b/, ['-p', $target->pid, '-p', $gone]);
  refused('no such command', 127, qr/no-such-command/, ['--', 'no-such-command']);
  refused('no such directory', 1, qr{/no/such}, ['-w', '/no/such/file']);
  refused('a directory', 1, qr{/tmp}, ['-w', '/tmp']);
  return;
}

# ---- who may not, and where it cannot ----

# A copy that anybody can execute, wherever the build is.
my $dir = temp_dir();
my $copy = "$dir/killsnoop";
copy($KS::Tracer::program, $copy) or die "$copy: $!";
chmod 0755, $dir, $copy;

sub test_not_root () {
  my @nobody = qw(setpriv --reuid 65534 --regid 65534 --clear-groups);
  for my $args ([], ['--json'], ['-p', 1], ['--', 'true']) {
    refused("not root: @$args", 1, qr/root|CAP_/, $args, wrapper => \@nobody, program => $copy);
  }
  refused('root without capabilities', 1, qr/root|CAP_/, [],
    wrapper => ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'], program => $copy);
  return;
}

# In a mount namespace of its own, all places where BTF could be are empty.
sub test_no_btf () {
  my @places = grep { -d } qw(/sys/kernel/btf /boot /lib/modules /usr/lib/debug);
  my $hide = join ' && ', map { "mount -t tmpfs none $_" } @places;
  refused('no BTF', 1, qr/BTF/, [],
    wrapper => [qw(unshare -m sh -c), "$hide && exec \"\$@\"", 'sh']);
  return;
}

# ---- output that cannot be written ----

sub full () {
  open my $file, '>', '/dev/full' or die "/dev/full: $!";
  return $file;
}

# A tracer of an actor's signals whose output goes wrong, after one signal.
sub with_signal ($args, %options) {
  my $sender = actor();
  $sender->do('block');
  my $tracer = KS::Tracer->start(['--from-pid', $sender->id, @$args], %options);
  $sender->do(kill => $sender->id, SIGUSR1);
  return ($tracer, $sender);
}

sub test_full () {
  refused('a full disk, with a heading', 1, qr/No space left|full/, [], stdout => full());
  for my $args (['-v'], ['--json'], ['--audit-format']) {
    my ($tracer) = with_signal($args, stdout => full());
    $tracer->signal('INT');
    is $tracer->wait, 1, "a full disk, @$args: status 1";
    like $tracer->stderr, qr/\Akillsnoop: [^\n]*(?:No space left|full)[^\n]*\n/,
      "a full disk, @$args: is reported";
  }
  my ($tracer) = with_signal(['--json', '-w', '/dev/full']);
  $tracer->signal('INT');
  is $tracer->wait, 1, 'a full disk, -w: status 1';
  like $tracer->stderr, qr{\Akillsnoop: [^\n]*/dev/full}, 'a full disk, -w: says which';
  my ($status, $out, $err) = run_tool(['--help'], stdout => full());
  is $status, 1, 'a full disk, --help: status 1';
  return;
}

# It does not wait to be told: nobody would watch in vain.
sub test_full_ends () {
  my ($tracer) = with_signal(['--json'], stdout => full());
  is $tracer->wait, 1, 'a full disk ends it';
  return;
}

sub test_closed_pipe () {
  for my $args ([], ['--json']) {
    my ($tracer, $sender) = with_signal($args);
    $tracer->line;
    $tracer->close_stdout;
    until_true('the end', sub {
      $sender->do(kill => $sender->id, SIGUSR1);
      return waitpid($tracer->pid, POSIX::WNOHANG) ? 1 : 0;
    });
    is $tracer->stderr, '', "a closed pipe, @$args: ends without a word";
  }
  return;
}

# The reader goes, and then nothing more happens.
sub test_closed_pipe_idle () {
  my ($tracer) = with_signal(['--json']);
  $tracer->line;
  $tracer->close_stdout;
  $tracer->signal('INT');
  is $tracer->wait, 0, 'a closed pipe, nothing more to write: status 0';
  unlike $tracer->stderr, qr/pipe/i, 'a closed pipe, nothing more to write: no complaint';
  return;
}

test_usage();
test_ready_fd();
test_hints();
test_missing();
test_not_root();
test_no_btf();
test_full_stdout();
test_closed_descriptors();
test_full();
test_full_ends();
test_closed_pipe();
test_closed_pipe_idle();
done_testing;
