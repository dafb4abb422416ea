#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A program whose path is that of another one, though its process has no mount namespace of its own, or
# whose process says that it executes another: neither seems to be a program of this machine.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $imitate = helper('imitate');
my $fake = '/usr/sbin/ks-getty';
my $dir = temp_dir();
system('mkdir', '-p', "$dir/usr/sbin") == 0 && system('cp', $imitate, "$dir$fake") == 0 or die 'cp';
system('cp', $^X, "$dir/usr/sbin/perl") == 0 or die 'cp';

sub start (@command) { return KS::Process->start(\@command) }

# What a process of the test says, when it has done what it was started for.
sub ready ($process) {
  my $line = $process->line;
  return defined $line ? 0 + $line : BAIL_OUT('a helper does not start: ' . $process->stderr);
}

sub send_one ($process) {
  $process->write('x');
  return $process->line;
}

# In another mount namespace, that is the path of the program.
my $tree = start($imitate, 'tree', $dir);
my $root = '/proc/' . ready($tree) . '/root';

# From before the tracer: it has ended when it is described, as who started the sender.
my $leaves = '$| = 1; pipe my $end, my $open or die; my $line = <STDIN>; '
  . 'if (!fork) { close $open; <$end>; kill URG => $ARGV[0]; print "sent\n"; exit }';
my $older = start("$root/usr/sbin/perl", '-e', $leaves, $$);
until_true('it is executed', sub { (readlink('/proc/' . $older->pid . '/exe') // '') eq '/usr/sbin/perl' });

my @options = ('--each', '-s', 'URG', '-p', $$);
my $tracer = trace(@options);
my %filtered = map { $_ => trace(@options, '--from-exe', $_) } $fake, "$dir/*", '/usr/sbin/true';

my $through = start("$root$fake", 'plain', $$);
my $lies = start($imitate, 'exe', '/bin/true', $$);
my $honest = start("$dir$fake", 'plain', $$);
my %pid = (through => ready($through), lies => ready($lies), honest => ready($honest));
is readlink("/proc/$pid{through}/exe"), $fake, 'to the kernel, that is its path';
isnt readlink("/proc/$pid{lies}/exe"), $imitate, 'and the other has another executable';
is send_one($_), 'sent', 'a signal' for $through, $lies, $honest;
$older->write("\n");
is $older->line, 'sent', 'another one';

my @events = signals(finish_ok($tracer, 'all'));
my %by = map { my $pid = $_; $pid => grep { $_->{sender}{pid} == $pid } @events } values %pid;
my ($from_through, $from_lies, $from_honest) = map { $by{$pid{$_}} // {} } qw(through lies honest);
my ($orphan) = grep { ($_->{sender}{comm} // '') eq 'perl' } @events;

is $from_through->{sender}{exe}, "...$fake", 'through /proc/PID/root: the path has a mark';
is_deeply $from_through->{sender}{cut}, ['exe'], 'in JSON, too';
is $from_lies->{sender}{exe}, $imitate, 'what was executed, not what a process says of it';
is $from_lies->{sender}{exe_inode}, (stat $imitate)[1], 'and its inode';
is $from_honest->{sender}{exe}, "$dir$fake", 'an honest path is as it is';
is_deeply $from_honest->{sender}{cut}, [], 'and has no mark';
is $orphan->{sender}{exe}, '.../usr/sbin/perl', 'one that is older than the tracer';
is $orphan->{sender}{ancestors}[0]{exe}, '.../usr/sbin/perl', 'and has ended when it is described';

# The path may be any: the filter says that it cannot decide.
for my $filter (sort keys %filtered) {
  my @shown = signals(finish_ok($filtered{$filter}, $filter));
  my @undecided = map { $_->{sender}{pid} } grep { $_->{undecided} } @shown;
  ok scalar(grep { $_ == $pid{through} } @undecided), "--from-exe $filter: it is shown, undecided";
  my @decided = map { $_->{sender}{pid} } grep { !$_->{undecided} } @shown;
  is_deeply \@decided, $filter =~ /\*/ ? [$pid{honest}] : [], "--from-exe $filter: what is decided";
}
$_->close_stdin for $through, $lies, $honest, $tree;
done_testing;
