#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Services of systemd: whether systemd itself, a limit that it set or somebody else ended a process, over restarts, too.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Story;
use Test::More;

plan skip_all => 'the first process is not systemd' if (slurp('/proc/1/comm') // '') ne "systemd\n" || !-e '/run/systemd/private';

my $dir = temp_dir();

# ---- services ----

sub unit ($name) { return "ks-$$-" . $name =~ s/\W+/-/gr . '.service' }

sub systemctl (@args) {
  my $tool = KS::Process->start(['systemctl', '--quiet', @args]);
  my $output = $tool->rest;
  $tool->wait == 0 or $tool->fail('it failed');
  return $output;
}

# What services run. ready() leaves its arguments in a file.
my $library = 'sub ready { my $new = "$ARGV[0].new"; open my $file, ">", $new; print $file "@_\n"; close $file; rename $new, $ARGV[0] }'
  . ' sub idle { select undef, undef, undef, 60 while 1 }'
  . ' sub child { my $pid = fork // die; return $pid if $pid; idle() }';

# A transient service, gone once it has ended. Returns what it said by ready(). What looks like a variable of a shell
# in a command, systemd would replace: it is in a file.
sub run_service ($unit, $code, @properties) {
  write_file("$dir/$unit.pl", "$library $code");
  my $tool = KS::Process->start(['systemd-run', '--quiet', '--collect', '--unit', $unit, map({ ('-p', $_) } @properties),
    $^X, "$dir/$unit.pl", "$dir/$unit"]);
  $tool->wait == 0 or $tool->fail('it failed');
  return said($unit);
}

# What a service says next.
sub said ($unit) {
  my $said = until_true("$unit is ready", sub { slurp("$dir/$unit") });
  unlink "$dir/$unit" or die "$dir/$unit: $!";
  return split ' ', $said;
}


# It runs before the trace begins.
sub service ($name, $code, $properties, $strike, $want) {
  my $unit = unit($name);
  return {
    name => $name, needs => [qw(systemctl systemd-run)],
    start => sub { return {unit => $unit, pids => [run_service($unit, $code, @$properties)]} },
    strike => $strike,
    want => sub ($s) { return $want->($s, @{$s->{pids}}) },
  };
}

# It starts under the trace, and ends by itself.
sub brief_service ($name, $code, $properties, $want) {
  my $unit = unit($name);
  return {
    name => $name, needs => [qw(systemctl systemd-run)],
    start => sub { return {unit => $unit, pids => []} },
    strike => sub ($s) { $s->{pids} = [run_service($unit, $code, @$properties)] },
    want => sub ($s) { return $want->($s, @{$s->{pids}}) },
  };
}

sub stop ($s) { return systemctl('stop', $s->{unit}) }

my $by_systemd = qr/sent by systemd\[1\](?: \([^)]*\))? [\d.]+ m?s before/;
my $earlier = qr/SIGTERM from the same process 1\.\d s earlier/;

# ---- it is stopped ----

my @stopped = (
  service('stopped', 'ready($$); idle()', [], \&stop, sub ($s, $pid) {
    return ($pid => {status => 'SIGTERM', how => 'killed', from => [1], before => [], words => qr/ was killed by SIGTERM, $by_systemd$/});
  }),
  service('stopped, handles it', '$SIG{TERM} = sub { exit 3 }; ready($$); idle()', [], \&stop, sub ($s, $pid) {
    return ($pid => {status => 3, how => 'handled', signal => 'SIGTERM', from => [1]});
  }),
  service('not in time', '$SIG{TERM} = sub { }; ready($$); idle()', ['TimeoutStopSec=1s'], \&stop, sub ($s, $pid) {
    return ($pid => {status => 'SIGKILL', how => 'killed', from => [1], before => [1, 'SIGTERM'],
      words => qr/ was killed by SIGKILL, $by_systemd; $earlier$/});
  }),
  service('not at all', '$SIG{TERM} = "IGNORE"; ready($$); idle()', ['TimeoutStopSec=1s'], \&stop, sub ($s, $pid) {
    return ($pid => {status => 'SIGKILL', how => 'killed', from => [1], before => [1, 'SIGTERM'],
      words => qr/ was killed by SIGKILL, $by_systemd; $earlier, which it ignored$/});
  }),
  service('KillMode=control-group', 'ready($$, child(), child()); idle()', [], \&stop, sub ($s, @pids) {
    return map { ($_ => {status => 'SIGTERM', how => 'killed', from => [1]}) } @pids;
  }),
  service('KillMode=mixed', '$SIG{TERM} = sub { exit 0 }; ready($$, child()); idle()', ['KillMode=mixed'], \&stop, sub ($s, $main, $child) {
    return ($main => {status => 0, how => 'handled', signal => 'SIGTERM', from => [1]},
      $child => {status => 'SIGKILL', how => 'killed', from => [1]});
  }),
  service('ExecStop', 'ready($$); idle()', ['ExecStop=sh -c "kill -USR2 $MAINPID && :"'], \&stop, sub ($s, $pid) {
    return ($pid => {status => 'SIGUSR2', how => 'killed', by => 'sh', before => []});
  }),
  service('systemctl kill', 'ready($$); idle()', [], sub ($s) { systemctl('kill', '-s', 'KILL', $s->{unit}) }, sub ($s, $pid) {
    return ($pid => {status => 'SIGKILL', how => 'killed', from => [1]});
  }),
);

# ---- somebody else ends it ----

# Kills the main process, and is not gone before the next one is there.
sub kill_and_wait ($s) {
  push @{$s->{by}}, outsider('KILL', $s->{pids}[-1]);
  push @{$s->{pids}}, said($s->{unit});
  return;
}

my @killed = (
  service('Restart=always', 'ready($$); idle()', [qw(Restart=always RestartSec=1ms)], sub ($s) {
    kill_and_wait($s) for 1 .. 2;
    stop($s);
  }, sub ($s, @pids) {
    return ((map { ($pids[$_] => {status => 'SIGKILL', how => 'killed', by => 'sh', from => [$s->{by}[$_]]}) } 0 .. 1),
      $pids[2] => {status => 'SIGTERM', how => 'killed', from => [1]});
  }),
  service('its main process is killed', 'ready($$, child()); idle()', [], sub ($s) {
    $s->{by} = outsider('KILL', $s->{pids}[0]);
  }, sub ($s, $main, $child) {
    return ($main => {status => 'SIGKILL', how => 'killed', from => [$s->{by}]},
      $child => {status => 'SIGTERM', how => 'killed', from => [1, $s->{by}], passed => [qw(SIGTERM SIGKILL)]});
  }),
  service('stopped after another was killed', 'ready($$); idle()', [], \&stop, sub ($s, $pid) {
    return ($pid => {status => 'SIGTERM', how => 'killed', from => [1]});
  }),
  service('stopped after systemd itself got a signal', 'ready($$); idle()', [], sub ($s) { outsider('HUP', 1); stop($s) }, sub ($s, $pid) {
    return ($pid => {status => 'SIGTERM', how => 'killed', from => [1]});
  }),
);

# ---- what the service manager watches ----

my @grow = ('my @all; 1 while push @all, "x" x 100_000', [qw(MemoryMax=24M MemorySwapMax=0)]);

my @watched = (
  brief_service('WatchdogSec', 'ready($$); idle()', [qw(WatchdogSec=1s LimitCORE=0)], sub ($s, $pid) {
    return ($pid => {status => 'SIGABRT', how => 'killed', from => [1], before => [], words => qr/ was killed by SIGABRT, $by_systemd$/});
  }),
  brief_service('RuntimeMaxSec', 'ready($$); idle()', ['RuntimeMaxSec=1s'], sub ($s, $pid) {
    return ($pid => {status => 'SIGTERM', how => 'killed', from => [1]});
  }),
  brief_service('MemoryMax', "ready(\$\$); $grow[0]", $grow[1], sub ($s, $pid) {
    return ($pid => {status => 'SIGKILL', origin => 'oom', from => []});
  }),
  brief_service('MemoryMax, OOMPolicy=kill', "ready(\$\$, child()); $grow[0]", [@{$grow[1]}, 'OOMPolicy=kill'], sub ($s, @pids) {
    return map { ($_ => {status => 'SIGKILL', origin => 'oom', from => []}) } @pids;
  }),
  brief_service('MemoryMax, OOMPolicy=stop', "ready(\$\$, child()); $grow[0]", [@{$grow[1]}, 'OOMPolicy=stop'], sub ($s, $main, $child) {
    return ($main => {status => 'SIGKILL', origin => 'oom', from => []},
      $child => {status => 'SIGTERM', how => 'killed', by => 'systemd'});
  }),
);

run_stories('services', @stopped, @killed, @watched);
done_testing;
