#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Where events go: files that others rotate or plant, and readers that do not read.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK O_RDWR O_NOCTTY);
use KS;
use POSIX qw(SIGUSR1 SIGUSR2);
use Test::More;
use Time::HiRes qw(time);

my $dir = temp_dir();
my $many = 20_000;    # events: more than a pipe or a terminal takes

# ---- files ----

# A tracer that writes to a file, and an actor that it watches.
sub write_to ($file, @args) {
  my $actor = actor();
  $actor->do('block');
  return (KS::Tracer->start(['--json', '-w', $file, '--from-pid', $actor->id, @args]), $actor);
}

sub lines_of ($file) { return split /\n/, slurp($file) // '' }

sub numbers_in ($file) { return [map { decode($_)->{signal}{number} } lines_of($file)] }

sub send_and_wait ($actor, $file, $signal) {
  my $before = lines_of($file);
  $actor->do(kill => $actor->id, $signal);
  until_true("a line in $file", sub { lines_of($file) > $before });
  return;
}

sub ends_well ($tracer, $name) {
  $tracer->finish;
  is $tracer->wait, 0, "$name: status" or diag $tracer->stderr;
  return;
}

sub test_append () {
  my $file = "$dir/append";
  for my $signal (SIGUSR1, SIGUSR2) {
    my ($tracer, $actor) = write_to($file);
    $actor->do(kill => $actor->id, $signal);
    ends_well($tracer, "append $signal");
  }
  is_deeply numbers_in($file), [SIGUSR1, SIGUSR2], 'a second trace adds to the file';
  is +(stat $file)[2] & 07777, 0600, 'which only its owner can read';
  return;
}

# As logrotate's copytruncate does.
sub test_truncated () {
  my $file = "$dir/truncated";
  my ($tracer, $actor) = write_to($file);
  send_and_wait($actor, $file, SIGUSR1);
  truncate $file, 0 or die "truncate: $!";
  send_and_wait($actor, $file, SIGUSR2);
  ends_well($tracer, 'truncated');
  is_deeply numbers_in($file), [SIGUSR2], 'a file that is truncated has no hole';
  return;
}

# As logrotate's postrotate asks for. The privileges are dropped by then.
sub test_reopen () {
  my $file = "$dir/reopen";
  my ($tracer, $actor) = write_to($file);
  send_and_wait($actor, $file, SIGUSR1);
  rename $file, "$file.1" or die "rename: $!";
  send_and_wait($actor, "$file.1", SIGUSR1);
  $tracer->signal('HUP');
  until_true('the new file', sub { -e $file });
  send_and_wait($actor, $file, SIGUSR2);
  ends_well($tracer, 'reopened');
  is_deeply numbers_in("$file.1"), [SIGUSR1, SIGUSR1], 'reopened: the old file';
  is_deeply numbers_in($file), [SIGUSR2], 'reopened: the new one';
  is $tracer->stderr, "killsnoop: 3 events, 0 lost\n", 'reopened: without a word';
  return;
}

sub test_reopen_fails () {
  my $file = "$dir/planted";
  my ($tracer, $actor) = write_to($file);
  rename $file, "$file.1" or die "rename: $!";
  symlink '/etc/hostname', $file or die "symlink: $!";
  $tracer->signal('HUP');
  until_true('a complaint', sub { $tracer->stderr =~ /\n/ });
  send_and_wait($actor, "$file.1", SIGUSR1);
  ends_well($tracer, 'not reopened');
  like $tracer->stderr, qr/\Akillsnoop: cannot reopen \S+planted: it is a symbolic link[^\n]*\nkillsnoop: 1 event, 0 lost\n\z/,
    'not reopened: one line, and the old file stays';
  return;
}

# With a command, too, which does not get the signal.
sub test_reopen_command () {
  my $file = "$dir/command";
  my $tool = KS::Tracer->start(['--json', '-w', $file, '--', 'cat']);
  until_true('the file', sub { -e $file });
  rename $file, "$file.1" or die "rename: $!";
  $tool->signal('HUP');
  until_true('the new file', sub { -e $file });
  $tool->close_stdin;
  $tool->complete;
  is $tool->wait, 0, 'reopened, with a command: it runs on';
  return;
}

# nohup(1) ignores SIGHUP, which is for those without a file.
sub test_reopen_nohup () {
  my $file = "$dir/nohup";
  my $tracer = KS::Tracer->start(['--json', '-w', $file, '-s', 'KILL'],
    wrapper => ['sh', '-c', 'trap "" HUP; exec "$@"', 'sh']);
  rename $file, "$file.1" or die "rename: $!";
  $tracer->signal('HUP');
  ok until_true('the new file', sub { -e $file }), 'reopened, under nohup';
  ends_well($tracer, 'reopened, under nohup');
  return;
}

sub refused ($name, $file, $like) {
  my $before = slurp($file);
  my ($status, $out, $err) = run_tool(['-w', $file, '--duration', '1ms'], within => 10);
  is $status, 1, "$name: status 1";
  like $err, qr/\Akillsnoop: cannot write to \Q$file\E: [^\n]*$like[^\n]*\n\z/, "$name: one line";
  is slurp($file), $before, "$name: nothing was written";
  return;
}

sub make_file ($name) {
  open my $file, '>', "$dir/$name" or die "$name: $!";
  print $file "evidence\n";
  close $file;
  return "$dir/$name";
}

sub test_planted () {
  my $file = make_file('file');
  symlink $file, "$dir/link" or die "symlink: $!";
  refused('a symbolic link', "$dir/link", qr/symbolic link/);
  symlink "$dir/nowhere", "$dir/dangling" or die "symlink: $!";
  refused('a dangling link', "$dir/dangling", qr/symbolic link/);
  ok !-e "$dir/nowhere", 'a dangling link: nothing was created';
  link $file, "$dir/second" or die "link: $!";
  refused('a hard link', $file, qr/several names/);
  my $foreign = make_file('foreign');
  chmod 0666, $foreign;
  chown 65534, 65534, $foreign;
  refused('a file of another user', $foreign, qr/another user/);
  POSIX::mkfifo("$dir/foreign-fifo", 0666) or die "mkfifo: $!";
  chown 65534, 65534, "$dir/foreign-fifo";
  my ($status, undef, $err) = run_tool(['-w', "$dir/foreign-fifo"], within => 10);
  is $status, 1, 'a FIFO of another user: status 1';
  like $err, qr/another user/, 'a FIFO of another user: is reported';
  return;
}

# The same where the kernel refuses, too: fs.protected_regular in a folder like /tmp.
sub test_sticky () {
  mkdir "$dir/sticky" or die "mkdir: $!";
  chown 65534, 65534, "$dir/sticky";
  chmod 01777, "$dir/sticky";
  my $file = make_file('sticky/foreign');
  chown 65534, 65534, $file;
  refused('a file of another user in a sticky folder', $file, qr/another user/);
  return;
}

# A FIFO is waited for, and the wait can be ended.
sub test_fifo () {
  my $fifo = "$dir/fifo";
  POSIX::mkfifo($fifo, 0600) or die "mkfifo: $!";
  my $actor = actor();
  $actor->do('block');
  my $tracer = KS::Tracer->start(['--json', '-w', $fifo, '--from-pid', $actor->id], not_ready => 1);
  open my $reader, '<', $fifo or die "$fifo: $!";
  until_true('an event', sub {
    $actor->do(kill => $actor->id, SIGUSR1);
    return KS::Process::is_readable($reader, 0.1);
  });
  like scalar <$reader>, qr/\A\{"event":"signal"/, 'a FIFO: its reader gets events';
  ends_well($tracer, 'a FIFO');
  close $reader;
  $tracer = KS::Tracer->start(['-w', $fifo], not_ready => 1);
  until_true('its signals are handled', sub { handles_term($tracer->pid) });
  ends_in_time($tracer, 'TERM', 'a FIFO that nothing reads', 0);
  return;
}

sub handles_term ($pid) {
  my ($blocked) = (slurp("/proc/$pid/status") // '') =~ /^SigBlk:\s*\w*(\w{8})$/m;
  return (slurp("/proc/$pid/comm") // '') eq "killsnoop\n" && hex($blocked // 0) & 1 << 14;
}

sub test_dash () {
  my $actor = actor();
  $actor->do('block');
  my $tracer = trace('-w', '-', '--from-pid', $actor->id);
  $actor->do(kill => $actor->id, SIGUSR1);
  is scalar signals(finish_ok($tracer, '-w -')), 1, '-w - is standard output';
  return;
}

# ---- readers that do not read ----

# Ends within a second or, on a machine that is busy, two.
sub ends_in_time ($tracer, $signal, $name, $want, $more = 0) {
  my $begin = time;
  $tracer->signal($signal) if $signal;
  is $tracer->wait, $want, "$name: status $want";
  my $limit = $more + ($ENV{KS_EMULATED} ? 20 : 2);
  cmp_ok time - $begin, '<', $limit, "$name: it ends in time";
  return;
}

# What it says of $n events: those that are written, those that are not, and those lost make all.
sub counts_all ($tracer, $n, $name) {
  my ($unwritten) = $tracer->stderr =~ /^killsnoop: (\d+) events were not written: the reader of stdout does not read$/m;
  my ($shown, $lost) = $tracer->stderr =~ /^killsnoop: (\d+) events?, (\d+) lost$/m;
  ok $unwritten, "$name: how many were not written" or diag $tracer->stderr;
  is $unwritten + $shown + $lost, $n, "$name: which, with the others, makes all";
  return ($shown, $unwritten);
}

# A storm, and a tracer of it.
sub storm_to (%options) {
  my $args = delete $options{args} // [];
  my $storm = KS::Actor->start([helper('storm'), $many]);
  my $pid = decode($storm->line)->{pid};
  my $tracer = KS::Tracer->start(['--json', '--each', '--from-pid', $pid, '-s', 'USR1', @$args], %options);
  $storm->do('go');
  return ($tracer, $storm);
}

# Whether it is in a write that blocks.
sub is_stuck ($pid) {
  my $wchan = slurp("/proc/$pid/wchan") // '';
  return $wchan =~ /pipe_write|write_chan|n_tty_write|wait_woken/;
}

sub wait_stuck ($tracer) {
  return until_true('a write that blocks', sub { is_stuck($tracer->pid) });
}

sub test_sleeping_reader () {
  for my $signal (qw(TERM INT HUP)) {
    my ($tracer) = storm_to();
    wait_stuck($tracer);
    ends_in_time($tracer, $signal, "a sleeping reader, SIG$signal", 3);
    my ($shown) = counts_all($tracer, $many, "a sleeping reader, SIG$signal");
    my @lines = split /\n/, $tracer->rest;
    pop @lines if @lines > $shown;    # what is cut
    is scalar @lines, $shown, "a sleeping reader, SIG$signal: as many were written as it says";
  }
  return;
}

sub test_duration () {
  my ($tracer) = storm_to(args => ['--duration', '2s']);
  ends_in_time($tracer, undef, 'a sleeping reader, --duration', 3, 2);
  counts_all($tracer, $many, 'a sleeping reader, --duration');
  return;
}

# It is not in a hurry before it is asked to end.
sub test_late_reader () {
  my ($tracer) = storm_to(args => ['--count', $many]);
  wait_stuck($tracer);
  select undef, undef, undef, 1;    # time itself is the matter: longer than the end may take
  my @lines = split /\n/, $tracer->complete;
  is scalar @lines, $many, 'a late reader gets all';
  is $tracer->wait, 0, 'a late reader: status 0';
  return;
}

# With a command, the signal is for that.
sub test_command () {
  my $tool = KS::Tracer->start(['--json', '--each', '-s', 'USR1', '--', $^X, '-e',
      '$SIG{USR1} = sub {}; kill "USR1", $$ for 1 .. 5000; sleep 1000']);
  wait_stuck($tool);
  ends_in_time($tool, 'TERM', 'a command and a sleeping reader', 128 + 15);
  return;
}

# What it says is not read either.
sub test_stderr () {
  pipe my $read, my $write or die "pipe: $!";
  my ($tracer) = storm_to(stdout => $write, wrapper => ['sh', '-c', 'exec "$@" 2>&1', 'sh']);
  close $write;
  wait_stuck($tracer);
  ends_in_time($tracer, 'TERM', 'standard error is the same pipe', 3);
  return;
}

# ---- terminals ----

# A pseudo terminal: its master, its slave and the name of that.
sub open_terminal () {
  sysopen my $handle, '/dev/ptmx', O_RDWR | O_NOCTTY or return;
  my ($TIOCSPTLCK, $TIOCGPTN) = (0x40045431, 0x80045430);
  my ($unlocked, $number) = map { pack 'i', 0 } 1, 2;
  ioctl $handle, $TIOCSPTLCK, $unlocked or return;
  ioctl $handle, $TIOCGPTN, $number or return;
  my $name = '/dev/pts/' . unpack 'i', $number;
  sysopen my $slave, $name, O_RDWR | O_NOCTTY or return;
  return ($handle, $slave, $name);
}

# As after ^S.
sub test_stopped_terminal () {
  my ($master, $slave) = open_terminal();
  SKIP: {
    skip 'there are no pseudo terminals', 1 if !$slave;
    my $TCXONC = 0x540A;
    my $TCOOFF = 0;
    ioctl $slave, $TCXONC, $TCOOFF or die "TCOOFF: $!";
    my ($tracer) = storm_to(stdout => $slave);
    ends_in_time($tracer, 'TERM', 'a stopped terminal', 3);
    like $tracer->stderr, qr/events were not written/, 'a stopped terminal: is reported';
  }
  return;
}

# What comes from a terminal that goes away ends the trace, with a file, too.
sub test_terminal_goes () {
  my ($master, $slave, $name) = open_terminal();
  SKIP: {
    skip 'there are no pseudo terminals', 1 if !$slave;
    my $file = "$dir/terminal";
    my $tracer = KS::Tracer->start(['-w', $file],
      wrapper => ['setsid', 'sh', '-c', "exec <$name; \"\$\@\" & wait \$!", 'sh']);
    close $slave;
    my $pid = until_true('the tracer', sub { child_of($tracer->pid) });
    close $master;
    until_true('the end', sub { !-e "/proc/$pid" || in_state($pid, 'Z') });
    pass 'a terminal that goes away ends it';
    $tracer->wait;
  }
  return;
}

sub child_of ($pid) {
  my ($child) = split ' ', slurp("/proc/$pid/task/$pid/children") // '';
  return $child;
}

# ---- descriptors that do not block ----

# They belong to others, too, and stay as they are.
sub test_nonblocking () {
  pipe my $read, my $write or die "pipe: $!";
  fcntl $write, F_SETFL, fcntl($write, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!";
  my ($tracer) = storm_to(stdout => $write, args => ['--count', $many]);
  ok fcntl($write, F_GETFL, 0) & O_NONBLOCK, 'a pipe that does not block stays so';
  close $write;
  my $n = 0;
  while (<$read>) {
    $n++ if /\A\{"event":"signal".*\}\n\z/;
  }
  is $n, $many, 'a pipe that does not block: every line is whole';
  is $tracer->wait, 0, 'a pipe that does not block: status 0' or diag $tracer->stderr;
  return;
}

sub test_blocking_stays () {
  pipe my $read, my $write or die "pipe: $!";
  my ($tracer) = storm_to(stdout => $write);
  wait_stuck($tracer);
  ok !(fcntl($write, F_GETFL, 0) & O_NONBLOCK), 'a pipe that blocks stays so';
  ends_in_time($tracer, 'TERM', 'a pipe that blocks', 3);
  return;
}

# ---- sleep ----

# When nothing happens it sleeps, but wakes up every second: a wakeup could be lost.
sub test_bounded_sleep () {
  my $tracer = trace('--each', '--from-pid', $$, '-s', 'USR1');
  SKIP: {
    my $call = until_true('a sleep', sub { sleep_of($tracer->pid) });
    skip 'this kernel does not show the arguments of calls', 1 if $call eq 'unknown';
    skip 'only poll(2) has its limit in the arguments', 1 if $call !~ /\A7 /;    # arm64 has ppoll
    my $limit_ms = hex((split ' ', $call)[3]);
    cmp_ok $limit_ms, '<=', 1000, 'the sleep has an end';
  }
  finish_ok($tracer, 'asleep');
  return;
}

# Number and arguments of the call that it sleeps in for longer than it polls.
sub sleep_of ($pid) {
  my $text = slurp("/proc/$pid/syscall") // return 'unknown';
  return $text =~ /\A7 / && hex((split ' ', $text)[3]) <= 10 ? undef : $text =~ /\Arunning/ ? undef : $text;
}

# ---- secrets ----

# A child of a shell sends: the secret is in the arguments of both.
sub test_secrets () {
  my $victim = KS::Process->start([$^X, '-e', '$| = 1; $SIG{USR1} = "IGNORE"; print "ready\n"; <STDIN>']);
  $victim->line eq 'ready' or die 'no victim';
  my %is_hidden = ('--json' => 1, '-v' => 1, '--wide' => 1, '--redact=always' => 1, '--redact=never' => 0, '--audit-format' => 0);
  for my $option (sort keys %is_hidden) {
    my $tracer = KS::Tracer->start([$option, '-p', $victim->pid, '-s', 'USR1', '--count', 1]);
    my $script = 'sh -c "kill -USR1 \\$0; :" "$1" --password=hunter2; :';
    is system('sh', '-c', $script, '--token=hunter2', $victim->pid), 0, "$option: the signal is sent";
    my $output = $tracer->complete;
    $option eq '--audit-format' and $output = join '', map { pack 'H*', $_ } $output =~ /proctitle=(\S+)/g;
    is $output =~ /hunter2/ ? 0 : 1, $is_hidden{$option}, "$option: " . ($is_hidden{$option} ? 'no secret' : 'as it is') or diag $output;
    like $output, qr/password=\*\*\*/, "$option: but its name" if $is_hidden{$option};
  }
  return;
}

test_secrets();
test_append();
test_truncated();
test_reopen();
test_reopen_fails();
test_reopen_command();
test_reopen_nohup();
test_planted();
test_sticky();
test_fifo();
test_dash();
test_sleeping_reader();
test_duration();
test_late_reader();
test_command();
test_stderr();
test_stopped_terminal();
test_terminal_goes();
test_nonblocking();
test_blocking_stays();
test_bounded_sleep();
done_testing;
