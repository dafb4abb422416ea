# SPDX-License-Identifier: GPL-2.0-only
# The first process of a pid namespace in which pids are used again: see reuse.t. A line on standard
# input starts it. Exit status 77: the next pid cannot be chosen.
use v5.36;
use strict;
use warnings;
use IO::Socket::UNIX;
use POSIX ();

my ($dir) = @ARGV;
my $socket_path = "$dir/socket";
my %nr = (unshare => (POSIX::uname())[4] eq 'aarch64' ? 97 : 272, pidfd_open => 434, pidfd_send => 424);
$SIG{USR1} = $SIG{CHLD} = 'IGNORE';    # whoever ends is gone at once

sub named ($name) { open my $comm, '>', '/proc/self/comm' or die; print $comm $name; close $comm; return 1 }

sub next_pid ($pid) {
  open my $file, '>', '/proc/sys/kernel/ns_last_pid' or POSIX::_exit(77);
  print $file $pid - 1;
  close $file or POSIX::_exit(77);
  return;
}

# ---- in every process: does what it gets, line by line ----

sub serve ($name) {
  named($name);
  my $socket = IO::Socket::UNIX->new(Peer => $socket_path) or die "socket: $!";
  $socket->autoflush(1);
  print $socket "$name $$\n";
  while (my $code = <$socket>) {
    my $answer = eval $code;
    print $socket $@ ? "error: $@" =~ s/\n/ /gr : $answer // '', "\n";
  }
  POSIX::_exit(0);
}

# A process that has left /proc has its pid for a moment longer.
sub spawn ($name, $pid) {
  for (1 .. 1000) {
    next_pid($pid);
    pipe my $from, my $to or die;
    my $child = fork // die;
    if (!$child) {
      close $to;
      serve($name) if <$from>;
      POSIX::_exit(0);
    }
    print $to "go\n" if $child == $pid;
    close $to;
    return $child if $child == $pid;
    select undef, undef, undef, .002;
  }
  die "$name cannot have $pid";
}

sub send_to (@pids) { kill USR1 => @pids; return 1 }
sub run (@command) { system @command; return 1 }
sub by_pidfd ($pid) { return syscall $nr{pidfd_send}, syscall($nr{pidfd_open}, $pid, 0), 10, 0, 0 }

# ---- in the first one ----

my ($listener, %sockets);

sub arrive ($name) {
  while (!$sockets{$name}) {
    my $socket = $listener->accept or die;
    $socket->autoflush(1);
    my ($who) = split ' ', scalar readline $socket;
    $sockets{$who} = $socket;
  }
  return;
}

# What $name returns of $code.
sub by ($name, $code) {
  print { $sockets{$name} } "$code\n";
  my $answer = readline($sockets{$name}) // die "$name is gone";
  die "$name: $code: $answer" if $answer =~ /^error/;
  chomp $answer;
  return $answer;
}

# A process $name, which $parent forks; of that pid here, or of one that none else has, as are those
# behind it: for what it runs.
my $unused = 5000;

sub make ($parent, $name, $pid = $unused += 10) {
  my $child = $parent ? by($parent, "spawn('$name', $pid)") : spawn($name, $pid);
  arrive($name);
  return $child;
}

sub end ($name, $pid, $code = 0) {
  print { delete $sockets{$name} } "POSIX::_exit($code)\n";
  select undef, undef, undef, .002 while -d "/proc/$pid";
  return;
}

# Executes sleep, which gets no orders.
sub become_sleep ($name, $pid) {
  print { delete $sockets{$name} } "exec 'sleep', 1000\n";
  my $comm = sub { open my $file, '<', "/proc/$pid/comm" or return ''; return scalar <$file> };
  select undef, undef, undef, .002 while $comm->() ne "sleep\n";
  return;
}

sub end_sleep ($pid) {
  kill TERM => $pid;
  select undef, undef, undef, .002 while -d "/proc/$pid";
  return;
}

# Of those that end, each once: a child of $parent had the pid.
sub used ($parent, $name, $pid, $code = 0) {
  make($parent, $name, $pid);
  end($name, $pid, $code);
  return;
}

# Who has nothing to do with the others, in a session of its own if $session.
sub stranger ($name, $pid, $session = 0) {
  make('', "home-$pid");
  make("home-$pid", $name, $pid);
  by($name, 'POSIX::setsid()') if $session;
  return;
}

sub script ($name, $comm) {
  open my $file, '>', "$dir/$name" or die;
  print $file <<"END";
open my \$c, '>', '/proc/self/comm'; print \$c '$comm'; close \$c;
open my \$n, '<', '$dir/number'; kill USR1 => 0 + <\$n>;
END
  close $file or die;
  return;
}

sub number ($number) {
  open my $file, '>', "$dir/number" or die;
  print $file $number;
  close $file or die;
  return;
}

# ---- the situations: each has pids of its own ----

sub stale_child () {
  make('', 'by-parent');
  used('by-parent', 'child1', 1010, 3);
  stranger('stranger1', 1010);
  by('stranger1', 'setpgrp; 1');
  by('by-parent', 'send_to(1010)') for 1 .. 2;
  by('by-parent', "named('by-group')");
  by('by-parent', 'kill -USR1 => 1010');
  return;
}

sub stale_relative () {
  make('', 'script2');
  used('script2', 'child2', 1020);
  used('script2', 'child3', 1030);
  stranger('stranger2', 1020);
  stranger('stranger3', 1030);
  make('script2', 'by-sibling');
  by('by-sibling', 'send_to(1020)');
  by('by-sibling', "run('/bin/kill', '-USR1', 1030)");
  script('found', 'to-found');
  number(1030);
  by('by-sibling', "run('$^X', '$dir/found')");
  return;
}

sub stale_session () {
  make('', 'leader4');
  by('leader4', 'POSIX::setsid()');
  make('leader4', 'worker4');
  used('worker4', 'child4', $_) for 1040, 1140, 1240;
  make('leader4', 'by-session');
  stranger('stranger4', 1040, 1);
  by('by-session', 'send_to(1040)');
  make('leader4', 'to-same');
  make('leader4', 'same4', 1140);
  by('to-same', 'send_to(1140)');
  make('leader4', 'to-away');
  make('leader4', 'away4', 1240);
  by('away4', 'POSIX::setsid()');
  by('to-away', 'send_to(1240)');
  return;
}

# Those that have the pid before are children of home5, which is nothing to the others.
sub stale_program () {
  make('', 'home5');
  by('home5', 'POSIX::setsid()');
  make('', 'watcher');
  by('watcher', "named('by-itself')");
  make('home5', 'child5', 1050);
  become_sleep('child5', 1050);
  by('watcher', 'send_to(1050)');
  end_sleep(1050);
  stranger('stranger5', 1050, 1);
  by('watcher', 'send_to(1050)');
  return;
}

sub run_apart ($script, $n) {
  make('', "cron-$n");
  by("cron-$n", "run('$^X', '$dir/$script')");
  return;
}

sub stale_script () {
  script($_->[0], $_->[1]) for ['check', 'by-script'], ['other', 'to-other'], ['all', 'to-alike'];
  my $n = 0;
  for my $case ([1060, qw(check check)], [1160, qw(check other)], [1260, qw(all all)]) {
    my ($pid, $before, $after) = @$case;
    make('home5', "child$pid", $pid);
    become_sleep("child$pid", $pid);
    number($pid);
    run_apart($before, ++$n);
    end_sleep($pid);
    stranger("stranger$pid", $pid, 1);
    become_sleep("stranger$pid", $pid) if $after eq 'all';
    run_apart($after, ++$n);
  }
  return;
}

# The sender's children are in a namespace below its own, as is the target, in yet another.
sub below ($parent) {
  make('', $parent);
  by($parent, "syscall $nr{unshare}, 0x20000000");
  make($parent, "init-$parent");
  return;
}

sub stale_above () {
  below('by-above');
  used('by-above', 'child7', 1070);
  below('home7');
  make('home7', 'stranger7', 1070);
  by('by-above', 'send_to(1070)');
  return;
}

sub right () {
  make('', 'to-new');
  make('', 'new8', 1080);
  by('to-new', 'send_to(1080)');

  make('', 'to-own');
  used('to-own', 'child9', 1090);
  make('to-own', 'again9', 1090);
  by('to-own', 'send_to(1090)');

  make('', 'shell10');
  used('shell10', 'child10', 1100);
  make('shell10', 'again10', 1100);
  make('shell10', 'to-sibling');
  by('to-sibling', 'send_to(1100)');

  make('', 'other11');
  by('other11', 'POSIX::setsid()');
  used('other11', 'child11', 1110);
  make('', 'to-foreign');
  stranger('heir11', 1110);
  by('to-foreign', 'send_to(1110)');

  make('', 'shell12');
  used('shell12', 'child12', 1120);
  make('', 'home12');
  make('home12', 'to-itself', 1120);
  by('to-itself', 'send_to(1120)');

  make('', 'to-pidfd');
  used('to-pidfd', 'child13', 1130);
  stranger('stranger13', 1130);
  by('to-pidfd', 'by_pidfd(1130)');

  # A process group of two strangers, which one of them leads.
  make('', 'to-several');
  used('to-several', 'child15', 1150);
  make('', 'home15');
  make('home15', 'leader15', 1250);
  by('leader15', 'setpgrp; 1');
  make('home15', 'stranger15', 1150);
  by('home15', 'setpgrp 1150, 1250; 1');
  by('to-several', 'kill -USR1 => 1250');
  return;
}

<STDIN>;
$listener = IO::Socket::UNIX->new(Local => $socket_path, Listen => 100) or die "socket: $!";
stale_child();
stale_relative();
stale_session();
stale_program();
stale_script();
stale_above();
right();
exit 0;
