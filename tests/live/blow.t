#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The end of a process shows who struck, though the event of that signal is lost: it is cut out of
# what a trace has saved.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGKILL SIGQUIT SIGSEGV SIGTERM SIGUSR1);
use Test::More;

my $dir = temp_dir();
my ($SIGNAL, $PROCESS, $EXIT, $REPEAT) = (1, 4, 5, 8);    # enum ks_record_type
my ($PID_AT, $BLOW_AT) = (32, 168);    # in struct ks_exit: ids.process.pid, blow.sender.pid

# The records of a file, without those of some types: each is behind its size, or, where that is 0,
# behind that of a mark.
sub cut ($file, @types) {
  my ($bytes, $kept) = (slurp($file), '');
  while (length $bytes) {
    my ($size, $mark) = unpack 'L L', $bytes;
    my $record = substr $bytes, 0, $size ? 4 + $size : $mark, '';
    my $type = $size ? unpack 'x5 C', $record : 0;
    $kept .= $record if !grep { $_ == $type } @types;
  }
  open my $out, '>:raw', "$file.cut" or die "$file.cut: $!";
  print $out $kept;
  close $out or die "$file.cut: $!";
  return "$file.cut";
}

# The end of $target, whom $kill ends, when records of these types are lost; and as people see it.
sub end_without ($types, $name, $target, $kill, @options) {
  my $file = "$dir/" . $name =~ s/\W+/-/gr;
  my $tracer = trace('-p', $target->id, '--save-records', $file, @options);
  $kill->();
  my @whole = parse_events($tracer->complete, "$name: traced");
  is $tracer->wait, 0, "$name: status" or diag $tracer->stderr;
  my $rest = cut($file, @$types);
  my (undef, $output) = run_tool(['replay', '--json', $rest]);
  my @events = parse_events($output, "$name: replayed");
  is_deeply [map { $_->{event} } @events], ['exit'], "$name: the signal is lost";
  my (undef, $text) = run_tool(['replay', '--utc', $rest]);
  return ($events[0], $whole[-1], $text);
}

sub is_struck ($end, $whole, $name) {
  ok $end->{cause}, "$name: there is a cause" or return;
  is_deeply [@{$end->{cause}}{qw(seq how)}, $end->{blow_seq}], [undef, 'killed', undef],
    "$name: which has no number";
  is $end->{delay_ns}, $whole->{delay_ns}, "$name: at the same time";
  is_deeply $end->{cause}{signal}, $whole->{cause}{signal}, "$name: the same signal";
  return;
}

my @lost = ($SIGNAL, $REPEAT);

sub test_killed () {
  for my $signal (SIGKILL, SIGTERM, SIGUSR1, SIGQUIT, 40) {
    my ($target, $sender) = (actor('the', 'service'), actor('the', 'culprit'));
    my $name = "killed by $signal";
    my ($end, $whole, $text) = end_without(\@lost, $name, $target,
      sub { $sender->do(kill => $target->id, $signal) });
    is_struck($end, $whole, $name);
    is_deeply $end->{cause}{sender}, $whole->{cause}{sender}, "$name: the same sender";
    my $pid = $sender->id;
    like $text, qr/sent by actor\[$pid\] \(\S+ the culprit\)/, "$name: as people see it";
  }
  return;
}

# Its description is lost, too.
sub test_undescribed () {
  my ($target, $sender) = (actor(), actor());
  my ($end, $whole) = end_without([@lost, $PROCESS], 'not described', $target,
    sub { $sender->do(kill => $target->id, SIGKILL) });
  is_struck($end, $whole, 'not described');
  is_deeply $end->{cause}{sender},
    {pid => $sender->id, comm => 'actor', exe => undef, exe_device => undef, exe_inode => undef, cmdline => undef},
    'not described: what is in the record';
  return;
}

sub test_own () {
  my $target = actor();
  my ($end, $whole, $text) = end_without(\@lost, 'by itself', $target,
    sub { $target->tell(kill => $target->id, SIGKILL) });
  is_struck($end, $whole, 'by itself');
  is $end->{cause}{sender}{pid}, $target->id, 'by itself: the sender';
  like $text, qr/, which it sent itself/, 'by itself: as people see it';
  return;
}

sub test_fault () {
  my $target = actor();
  my ($end, undef, $text) = end_without(\@lost, 'a fault', $target, sub { $target->tell('fault') });
  is $end->{cause}{signal}{number}, SIGSEGV, 'a fault: the signal';
  is $end->{cause}{sender}, undef, 'a fault: nobody sent it';
  is $end->{cause}{context}{pid}, $target->id, 'a fault: it ran itself';
  like $text, qr/no kill call; while it ran/, 'a fault: as people see it';
  return;
}

# The thread that a call names is not who is struck, but its process.
sub test_thread () {
  my ($target, $sender) = (actor(), actor());
  my ($tid) = @{$target->do(thread_of => 'worker')->{tids}};
  my ($end, $whole) = end_without(\@lost, 'a thread', $target,
    sub { $sender->do(tgkill => $target->id, $tid, SIGUSR1) });
  is_struck($end, $whole, 'a thread');
  is $end->{cause}{sender}{pid}, $sender->id, 'a thread: the sender';
  return;
}

# What a handler took is no blow, and no filter hides the one that was.
sub test_unasked () {
  my ($target, $first, $second) = (actor(), actor(), actor());
  $target->do(handle => SIGTERM);
  my ($end) = end_without(\@lost, 'not asked for', $target,
    sub { $first->do(kill => $target->id, SIGTERM); $second->do(kill => $target->id, SIGKILL) },
    '-s', 'TERM');
  is $end->{cause}{sender}{pid}, $second->id, 'not asked for: the sender of the last';
  return;
}

sub test_exits () {
  my $target = actor();
  $target->do(handle => SIGTERM);
  my ($end) = end_without(\@lost, 'an exit', $target,
    sub { $target->do(kill => $target->id, SIGTERM); $target->tell(exit => 1) });
  is $end->{cause}, undef, 'an exit: no blow';
  return;
}

# A user kills more processes than were once kept, and keeps them from ending: nobody else's blow is
# pushed out, and none is lost.
sub test_held () {
  my ($many, $uid, $kb_each) = (8_200, 31_338, 64);
  my ($kb) = slurp('/proc/meminfo') =~ /^MemAvailable: +(\d+)/m;
  return note "held: there is no memory for $many processes" if $kb < 2 * $many * $kb_each;
  my $file = "$dir/held";
  my $tracer = trace('-s', 'KILL', '--save-records', $file);
  my $holder = KS::Process->start([helper('kernel_sends'), 'hold', $many], prepare => sub {
    POSIX::setgid($uid) && POSIX::setuid($uid) or die "setuid: $!";
  });
  is $holder->line, '0', "held: $many processes of a user" or return;
  $holder->write("go\n");
  is $holder->line, $many, 'held: are killed, and do not end';
  my ($target, $sender) = (actor(), actor());
  $sender->do(kill => $target->id, SIGKILL);
  $target->rest;
  $tracer->finish;
  $tracer->wait;
  $holder->write("end\n");
  is $holder->wait, 0, 'held: they end';
  my ($end) = grep { unpack("x$PID_AT L", $_) == $target->id } records_of($file, $EXIT);
  is unpack("x$BLOW_AT L", $end // ''), $sender->id, 'held: who struck another is known';
  return;
}

test_killed();
test_held();
test_undescribed();
test_own();
test_fault();
test_thread();
test_unasked();
test_exits();
done_testing;
