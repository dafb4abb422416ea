#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# --env: what the variables of the sender and its ancestors were when their programs were executed.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $names = 'SUDO_USER,SUDO_US,SSH_CONNECTION,LONG,ESC,LAST API_TOKEN,UNSET';
my $all = [split /[, ]/, $names];
my $kill = "kill -URG $$; :";

sub env ($vars, @command) { return ('env', '-i', "PATH=$ENV{PATH}", @$vars, @command) }

# Of all that are asked for, none is set but these.
sub vars (%set) { return {map { $_ => $set{$_} } @$all} }

sub run_ok ($name, @command) { return is system(@command), 0, "$name: it ran" }

# A process that sends a signal when it is asked to.
my $on_request = "kill URG => $$ while <STDIN>";

my $dir = temp_dir();
my $recording = "$dir/recording";
my $older = KS::Process->start([env(['SUDO_USER=older', 'LONG=1'], $^X, '-e', "\$| = 1; print qq(here\\n); $on_request")]);
is $older->line, 'here', 'a process that is older than the tracer';
my $tracer = trace('-s', 'URG', '-p', $$, '--env', $names, '--save-records', $recording);

$older->write("now\n");

my @login = ('SUDO_USER=alice', 'SSH_CONNECTION=192.0.2.1 5 192.0.2.2 22');
my $inner = 'SUDO_USER=bob SUDO_USER2=no XSUDO_USER=no ESC=$(printf "\033[31m\nx\377") LONG=$LONG_ONE API_TOKEN=abc'
  . " sh -c '$kill'; :";
my $long = 'v' x 300;
run_ok('a chain', env([@login, "LONG_ONE=$long", 'LONG=short'], 'sh', '-c', $inner));

# What a process changes in its own memory does not matter, nor does it to a child that executes nothing.
run_ok('a change', env(['SUDO_USER=at exec'], $^X, '-e',
  "\$ENV{SUDO_USER} = 'later'; if (!fork) { kill URG => $$; exit } wait"));

my @many = map { "V$_=$_" } 1 .. 298;
run_ok('many', env([@many, 'LAST=found', 'UNSET_=1'], 'sh', '-c', $kill));
run_ok('too many', env(['SUDO_USER=first', @many, (map { "W$_=$_" } 1 .. 300), 'LAST=lost'], 'sh', '-c', $kill));

# The rest of a long string is no variable, wherever it is parted.
my $parted = join '', map { 'x' x (1023 - ($_ ? 14 : 4)) . 'SUDO_USER=fake' } 0 .. 2;
run_ok('long strings', env(["BIG=$parted", 'LAST=behind', "LONG=$long"], 'sh', '-c', $kill));
run_ok('none', env([], 'sh', '-c', $kill));

# Its parent has ended, and so has whoever executed with this environment first; the last has the same.
my $orphan = KS::Process->start([env(['SUDO_USER=gone', 'LAST=x'], $^X, '-e',
  "if (!fork) { <STDIN>; exec 'sh', '-c', '$kill' }")]);
KS::until_true('the parent has ended', sub { $orphan->_reap });
$orphan->write("now\n");
$orphan->close_stdin;
$orphan->rest;

my @events = signals(finish_ok($tracer, 'env'));
is @events, 8, 'all signals' or BAIL_OUT('signals are missing');
my ($before, $chain, $change, $many, $too_many, $strings, $none, $last) = map { $_->{sender} } @events;
my $long_head = 'v' x (127 - length 'LONG=') . '...';

is_deeply $before->{env}, vars(SUDO_USER => 'older', LONG => '1'), 'of an older process';
my $set = vars(SUDO_USER => 'bob', SSH_CONNECTION => '192.0.2.1 5 192.0.2.2 22', ESC => "\e[31m\nx\x{fffd}",
  LONG => $long_head, API_TOKEN => '***');
is_deeply $chain->{env}, $set, 'of the sender';
is_deeply $chain->{cut}, ['env'], 'of which one is too long';
my $parent = $chain->{ancestors}[0];
is_deeply $parent->{env}, vars(SUDO_USER => 'alice', SSH_CONNECTION => '192.0.2.1 5 192.0.2.2 22', LONG => 'short'),
  'and of its parent';
is_deeply $parent->{cut}, [], 'none is cut';
is $chain->{ancestors}[1]{env}{SUDO_USER}, $ENV{SUDO_USER}, 'the test itself is older than the tracer';
is_deeply $change->{env}, vars(SUDO_USER => 'at exec'), 'as it was when its program was executed';
is_deeply $change->{ancestors}[0]{env}, $change->{env}, 'of a child likewise';
is_deeply $many->{env}, vars(LAST => 'found'), 'the last of 300';
is_deeply $many->{cut}, [], 'all was searched';
is_deeply $too_many->{env}, vars(SUDO_USER => 'first'), 'one of 600 that is among the first';
is_deeply $too_many->{cut}, ['env'], 'others may be there';
is_deeply $strings->{env}, vars(LAST => 'behind', LONG => $long_head), 'behind long strings';
is_deeply $none->{env}, vars(), 'none is set';
is_deeply $last->{env}, vars(SUDO_USER => 'gone', LAST => 'x'), 'of an orphan';
is_deeply $last->{ancestors}[0]{env}, $last->{env}, 'and of the parent that has ended';
is ref $events[0]{target}{env}, 'HASH', 'the target has some, too';

sub replay (@args) {
  my ($status, $output, $stderr) = run_tool(['replay', @args, $recording]);
  is $status, 0, "replay @args" or diag $stderr;
  return $output;
}

my ($replayed) = grep { $_->{sender}{pid} == $chain->{pid} } parse_events(replay(qw(--json --redact=never)), 'replay');
is $replayed->{sender}{env}{API_TOKEN}, 'abc', 'a recording has all, and secrets';
my $verbose = replay('-v', '--redact=always');
like $verbose, qr/^ +env SUDO_USER=bob SSH_CONNECTION='192.0.2.1 5 192.0.2.2 22' LONG=v+\.\.\. ESC=\$'\\x1b\[31m\\nx\\xff' API_TOKEN='\*\*\*'$/m,
  '-v shows those that are set, escaped';
like $verbose, qr/^    started by .*  env SUDO_USER=alice SSH_CONNECTION='192.0.2.1 5 192.0.2.2 22' LONG=short$/m,
  'and of ancestors';
like $verbose, qr/^ +env SUDO_USER=first .*LAST=\(unknown\)/m, 'what was not searched for to the end may be set';
like replay('-o', 'sender.env'), qr/^SUDO_USER=gone LAST=x$/m, 'a column';

my $without = trace('-s', 'URG', '-p', $$);
run_ok('without', env(['SUDO_USER=x'], 'sh', '-c', $kill));
my ($plain) = signals(finish_ok($without, 'without'));
is $_->{env}, undef, 'without --env, it is not read' for $plain->{sender}, $plain->{sender}{ancestors}[0];
done_testing;
