#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Programs that are debugged or traced by others: whose doing an end is then.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Story;
use Test::More;

my @victim = ('perl', '-e', '$| = 1; print "$$\n"; select undef, undef, undef, .05 while 1');

sub is_traced ($pid) { return (slurp("/proc/$pid/status") // '') =~ /^TracerPid:\s*[1-9]/m }

sub story ($name, $tool, $strike, %want) {
  return {
    name => $name, needs => [$tool], try => [command_line('strace', '-o', '/dev/null', 'true')],
    start => sub { return {process => KS::Process->start(\@victim)} },
    ready => \&first_line,
    strike => $strike,
    want => sub ($s) { return (from => [$s->{by}], %want) },
  };
}

# gdb attaches, does that and ends.
sub by_gdb ($name, $commands, %want) {
  return story("gdb $name", 'gdb', sub ($s) {
    my $gdb = KS::Process->start([qw(gdb -nx -q -batch -p), $s->{pid}, map { ('-ex', $_) } @$commands]);
    $s->{by} = $gdb->pid;
    $gdb->rest;
    $gdb->wait;
  }, %want);
}

sub by_strace ($name, $options, $then, %want) {
  return story("strace $name", 'strace', sub ($s) {
    $s->{tracer} = KS::Process->start(['strace', '-qq', '-o', '/dev/null', @$options, '-p', $s->{pid}]);
    $s->{by} = $s->{tracer}->pid;
    $then->($s);
  }, %want);
}

my @term = (status => 'SIGTERM', signal => 'SIGTERM');
# A tracer that lets go of it leaves no trace: that is what the words say.
my @queued = (status => 'SIGTERM', how => undef, from => [], words => qr/no signal was seen that did it/);

my @stories = (
  by_gdb('kill', ['kill'], status => 'SIGKILL', how => 'killed'),
  by_gdb('signal SIGTERM', ['signal SIGTERM'], @term, how => 'injected', words => qr/gdb/),
  by_gdb('queue-signal', ['queue-signal SIGTERM', 'detach'], @queued),
  {
    %{by_gdb('detach', ['detach'])},
    want => sub ($s) { return (@term, how => 'killed', from => [$s->{killer}], tracer => undef) },
  },
  by_strace('--inject', ['-e', 'inject=pselect6:signal=SIGTERM'], sub ($s) { }, @term, how => 'injected', words => qr/, injected by its tracer strace\[\d+\]/),
  by_strace('only traces', [], sub ($s) {
    until_true('strace', sub { is_traced($s->{pid}) });
    $s->{by} = outsider('TERM', $s->{pid});
  }, @term, how => 'killed'),
  by_strace('is killed', [], sub ($s) {
    until_true('strace', sub { is_traced($s->{pid}) });
    outsider('KILL', $s->{by});
    until_true('no strace', sub { !is_traced($s->{pid}) });
    $s->{by} = outsider('TERM', $s->{pid});
  }, @term, how => 'killed'),
);
my $strike = $stories[3]{strike};
$stories[3]{strike} = sub ($s) { $strike->($s); $s->{killer} = outsider('TERM', $s->{pid}) };

# What a debugger started ends with it.
push @stories, {
  name => 'gdb is killed', needs => ['gdb'],
  start => sub { return {process => KS::Process->start([qw(gdb -nx -q -batch -ex run --args), program('perl'), @victim[1 .. $#victim]])} },
  ready => sub ($s) {
    my $line;
    do { $line = $s->{process}->line // $s->{process}->fail('ended') } until $line =~ /^(\d+)$/;
    $s->{pid} = $line;
  },
  strike => sub ($s) { $s->{by} = outsider('KILL', $s->{process}->pid) },
  want => sub ($s) {
    return (status => 'SIGKILL', how => 'killed', origin => 'ptrace', from => [$s->{process}->pid, $s->{by}]);
  },
};

run_stories('tracers', @stories);
done_testing;
