#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Containers, sandboxes and groups of processes that are ended from outside, or by the end of another
# process; and tools that select whom they kill.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::Story;
use Test::More;

my $dir = temp_dir();
chmod 0755, $dir;
my @victim = ('sh', '-c', 'echo $$; exec sleep 100');
my @stubborn = ('sh', '-c', 'trap "" TERM; echo $$; exec sleep 100');
my @killed = (status => 'SIGKILL', signal => 'SIGKILL', how => 'killed');

# Runs a program to its end; returns its pid.
sub run_program (@command) {
  my $process = KS::Process->start([@command]);
  my $output = $process->rest;
  $process->wait == 0 or $process->fail("status and output '$output'");
  return $process->pid;
}

sub parent_of ($pid) { return (split ' ', slurp("/proc/$pid/stat") =~ s/.*\)//r)[1] }

# ---- tools that select ----

# $kill is a sub that returns the command, for a victim of that pid.
sub selected ($name, $victim, $command, %want) {
  return {
    name => $name, needs => [($command->(0))[0]],
    start => sub { return {process => KS::Process->start(['sh', '-c', '"$@" & wait', 'sh', @$victim])} },
    ready => sub ($s) { first_line($s); instead_of($s->{pid}, 'sleep') },
    strike => sub ($s) { $s->{by} = run_program(command_line($command->($s->{pid}))) },
    want => sub ($s) {
      return (status => 'SIGTERM', how => 'killed', from => [$s->{by}], $want{escalates} ? (@killed, before => [$s->{by}, 'SIGTERM']) : %want);
    },
  };
}

my @tools = (
  selected('pkill -P', ['sh', '-c', 'sleep 100 & echo $!; wait'], sub ($pid) { ('pkill', '-P', $pid ? parent_of($pid) : 0) }),
  selected('/bin/kill', \@victim, sub ($pid) { ('/bin/kill', $pid) }),
  selected('start-stop-daemon', \@stubborn, sub ($pid) { (qw(start-stop-daemon --stop --retry TERM/1/KILL/20 --pid), $pid) }, escalates => 1),
  selected('fuser -k', ['sh', '-c', "exec 5>$dir/file; echo \$\$; exec sleep 100"], sub ($pid) { (qw(fuser -s -k), "$dir/file") }, @killed),
);

push @tools, selected('pidfd_send_signal', \@victim, sub ($pid) {
  return ('/usr/bin/python3', '-c', 'import os, signal, sys; signal.pidfd_send_signal(os.pidfd_open(int(sys.argv[1])), signal.SIGTERM)', $pid);
});
push @tools, {
  name => 'prlimit', needs => [qw(prlimit md5sum)],
  start => sub { return {process => KS::Process->start(['sh', '-c', 'echo ready; read x; exec md5sum /dev/zero'])} },
  ready => \&first_line,
  strike => sub ($s) { run_program('prlimit', '--pid', $s->{pid}, '--cpu=1:9'); $s->{process}->write("\n") },
  want => sub ($s) { return (status => 'SIGXCPU', how => 'limit', origin => 'cpu_limit', from => [], words => qr/its limit of CPU time/) },
};

# ---- namespaces ----

# $inside says a line when it is ready; of the processes that have that name, all are to end.
sub in_namespace ($name, $inside, $strike, $want) {
  return {
    name => $name, needs => [qw(unshare killall pkill)], try => [qw(unshare -pf --mount-proc true)],
    start => sub { return {process => KS::Process->start(['unshare', '-pf', '--mount-proc', 'sh', '-c', $inside])} },
    ready => sub ($s) {
      $s->{process}->line // $s->{process}->fail('ended');
      $s->{init} = child_of($s->{process}->pid);
      $s->{pids} = [child_of($s->{init}, qr/^sleep$/, 2)];
    },
    strike => $strike,
    want => sub ($s) { return map { ($_ => {$want->($s)}) } @{$s->{pids}} },
  };
}

my $two = 'sleep 98765 & sleep 98765 & echo ready; read x;';
my @namespaces = (
  in_namespace('the init of a namespace is killed', "$two :", sub ($s) { $s->{by} = outsider('KILL', $s->{init}) },
    sub ($s) { return (@killed, origin => 'pidns_exit', from => [$s->{init}, $s->{by}], words => qr/sent by sh\[$s->{init}\] .*: the first process of its pid namespace ended/) }),
  in_namespace('the init of a namespace ends', "$two :", sub ($s) { $s->{process}->write("\n") },
    sub ($s) { return (@killed, origin => 'pidns_exit', from => [$s->{init}]) }),
  in_namespace('pkill -f', "$two pkill -f 'sleep 987'; read x", sub ($s) { $s->{process}->write("\n") }, sub ($s) { return (status => 'SIGTERM', how => 'killed', by => 'pkill') }),
  in_namespace('killall', "$two killall -9 sleep; read x", sub ($s) { $s->{process}->write("\n") }, sub ($s) { return (@killed, by => 'killall') }),
  in_namespace('kill -1', "$two trap : TERM; kill -TERM -1; read x", sub ($s) { $s->{process}->write("\n") },
    sub ($s) { return (status => 'SIGTERM', how => 'killed', from => [$s->{init}]) }),
);

# ---- the parent ends ----

sub by_parent ($name, $signal, @wrapper) {
  return {
    name => $name, needs => [$wrapper[0]], try => [command_line(@wrapper, 'true')],
    start => sub {
      my @command = command_line(@wrapper);
      return {process => KS::Process->start(['sh', '-c', '"$@" & wait', 'sh', @command, @victim])};
    },
    ready => sub ($s) { first_line($s); instead_of($s->{pid}, 'sleep'); $s->{parent} = parent_of($s->{pid}) },
    strike => sub ($s) { $s->{by} = outsider('KILL', $s->{process}->pid) },
    want => sub ($s) {
      my @launcher = $s->{parent} == $s->{process}->pid ? () : $s->{process}->pid;
      return (status => $signal, how => 'killed', origin => 'parent_death', from => [$s->{parent}, @launcher, $s->{by}]);
    },
  };
}

my @parents = (
  by_parent('setpriv --pdeathsig', 'SIGTERM', qw(setpriv --pdeathsig TERM)),
  by_parent('bwrap --die-with-parent', 'SIGKILL', qw(bwrap --die-with-parent --dev-bind / /)),
);

# ---- a container ----

my $crun = "killsnoop-story-$$";

sub start_container ($n, $script) {
  my ($bundle, $id) = ("$dir/$n", "$crun-$n");
  mkdir $_ or die "$_: $!" for $bundle, "$bundle/rootfs";
  write_file("$bundle/config.json", $json->encode({
    ociVersion => '1.0.0', root => {path => 'rootfs'}, mounts => [],
    process => {user => {uid => 0, gid => 0}, args => ['sh', '-c', $script], env => ['PATH=/usr/bin:/bin'], cwd => '/'},
    linux => {cgroupsPath => "/$id", namespaces => [{type => 'pid'}, {type => 'mount'}]},
  }));
  # It takes no mixture of both versions of cgroups, and makes devices: not in the /dev of this machine.
  my $mounts = 'mount -t cgroup2 none /sys/fs/cgroup && mount --rbind / "$0" && mount -t tmpfs none "$0/dev" && exec "$@"';
  my @run = (command_line('crun'), '--root', "$dir/run", 'run', '-b', $bundle, $id);
  return {id => $id, process => KS::Process->start(['unshare', '-m', 'sh', '-c', $mounts, "$bundle/rootfs", @run])};
}

sub crun ($s, @arguments) {
  return KS::Process->start(['nsenter', '-m', '-t', $s->{process}->pid, command_line('crun'), '--root', "$dir/run", @arguments]);
}

sub container ($name, $script, $strike, $want) {
  state $n = 0;
  my $number = ++$n;
  return {
    name => $name, needs => [qw(crun unshare nsenter)], try => [qw(unshare -m mount -t cgroup2 none /sys/fs/cgroup)],
    start => sub {
      return 'there is no cgroup2' if !cgroup_mount('v2');
      return start_container($number, $script);
    },
    ready => sub ($s) {
      ($s->{process}->line // '') eq 'ready' or $s->{process}->fail('is not ready');
      $s->{pid} = child_of($s->{process}->pid, qr/^(?:sh|sleep)$/);
      instead_of($s->{pid}, 'sleep');
      $s->{pids} = [$s->{pid}, $script =~ /&/ ? child_of($s->{pid}, qr/^sleep$/) : ()];
    },
    strike => $strike,
    want => $want,
  };
}

# What a story that failed has left behind.
sub remove_containers () {
  for my $cgroup (map { glob "$_/$crun-*" } cgroup_mount('v2') // ()) {
    write_file("$cgroup/cgroup.kill", 1) if -e "$cgroup/cgroup.kill";
    until_true("$cgroup is gone", sub { rmdir $cgroup });
  }
  return;
}

# Its status is that of who is killed, at times.
sub crun_ends ($s, @arguments) {
  my $process = crun($s, @arguments);
  $process->wait;
  return $process->pid;
}

my @containers = (
  container('crun kill', 'echo ready; exec sleep 100', sub ($s) { $s->{by} = crun_ends($s, 'kill', $s->{id}, 'KILL') },
    sub ($s) { return (@killed, from => [$s->{by}]) }),
  # The first process of a pid namespace ignores SIGTERM.
  container('crun delete', 'echo ready; exec sleep 100', sub ($s) {
    crun_ends($s, 'kill', $s->{id}, 'TERM');
    $s->{by} = crun_ends($s, 'delete', '--force', $s->{id});
  }, sub ($s) { return (@killed, from => [$s->{by}]) }),
  container('crun kill --all', 'sleep 100 & echo ready; exec sleep 100', sub ($s) { $s->{by} = crun_ends($s, 'kill', '--all', $s->{id}, 'KILL') },
    sub ($s) { return map { ($_ => {@killed, from => [$s->{by}]}) } @{$s->{pids}} }),
);

# ---- memory ----

# A memory cgroup with a limit, of either version; where the limits are.
sub memory_cgroup () {
  my $root = cgroup_mount('memory');
  my ($path, $file) = ($root // cgroup_mount('v2') // return, $root ? 'memory.limit_in_bytes' : 'memory.max');
  mkdir($path .= "/killsnoop-story-$$") or die "$path: $!";
  -e "$path/$_" && write_file("$path/$_", 0) for 'memory.swap.max';
  return ($path, "$path/$file") if -e "$path/$file" && eval { write_file("$path/$file", 20 << 20); 1 };
  rmdir $path;
  return;
}

my $memory;
my $oom = {
  name => 'out of memory',
  start => sub {
    ($memory) = memory_cgroup() or return 'there is no controller of memory';
    return {process => KS::Process->start([$^X, '-e', '$| = 1; print "ready\n"; <STDIN>; push @x, "x" x 1e6 while 1'])};
  },
  ready => sub ($s) { first_line($s); move_to($memory, $s->{pid}) },
  strike => sub ($s) { $s->{process}->write("\n") },
  want => sub ($s) { return (@killed, how => 'limit', origin => 'oom', from => [], words => qr/out of memory in a cgroup that has a limit/) },
};

run_stories('containers', @tools, @namespaces, @parents, @containers, $oom);
remove_containers();
until_true('the cgroup is gone', sub { rmdir $memory }) if $memory;
done_testing;
