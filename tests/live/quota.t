#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# A user who floods the ring takes no room from others, in each way of flooding: what others send is
# there, and what the user has lost is counted, as lost by such a user.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use List::Util qw(sum0);
use POSIX ();
use Test::More;

my $signal = 28;       # SIGWINCH: it ends nothing
my $uid = 31_337;
my $flood = 6_000;     # more than the buffer has room for, three times
my $others = 40;
my $gone = 4_194_304;  # no pid

sub flood_as_user ($target, $user = $uid, $n = $flood) {
  # With another name each time, no signal repeats the one before.
  my $code = 'setpgrp; my $to = $ARGV[0] eq "group" ? -$$ : $ARGV[0] || $$; my ($signal, $n) = @ARGV[1, 2];'
    . ' for (1 .. $n) { $0 = "flood $_"; kill $signal, $to }';
  my $flooder = KS::Process->start([$^X, '-e', $code, $target, $signal, $n], prepare => sub {
    POSIX::setgid($user) && POSIX::setuid($user) or die "setuid: $!";
    chdir '/' or die "/: $!";
  });
  is $flooder->wait, 0, "a flood to $target: user $user has sent it" or diag $flooder->stderr;
  return $flooder->pid;
}

# How many were lost, by cause and ring; and of these in a ring, by whose they were.
sub count_lost (@events) {
  my (%lost, %users);
  for my $lost (grep { $_->{event} eq 'lost' } @events) {
    $lost{"$lost->{cause} " . ($lost->{ring} // '-')} += $lost->{count};
    next if !defined $lost->{ring};
    my $of = $lost->{users} // {unknown => $lost->{count}};
    $users{$_} += $of->{$_} for keys %$of;
  }
  return (\%lost, %users);
}

sub test_flood ($target) {
  my $name = "a flood to $target";
  my $blocked = actor();
  $blocked->do('block');
  my $tracer = trace('-s', $signal, '--buffer-size', '1M');
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  my $flooder = flood_as_user($target);
  my $sender = actor();
  $sender->do(kill => $blocked->id, $signal) for 1 .. $others;
  $tracer->signal('CONT');
  my @events = finish_ok($tracer, $name, 3);
  my ($lost, %users) = count_lost(@events);
  my $all = sum0(values %$lost);
  my @shown = grep { $_->{sender}{pid} == $sender->id } signals(@events);
  my @flood = grep { $_->{sender}{pid} == $flooder } signals(@events);
  is sum0(map { $_->{count} } @shown), $others, "$name: all that another user sends is there";
  is scalar(grep { !defined $_->{sender}{exe} || !@{$_->{sender}{ancestors} // []} } @shown), 0,
    "$name: with the description of the sender";
  cmp_ok scalar @flood, '>', 300, "$name: half of the buffer is for whoever comes first";
  is @flood + $all, $flood, "$name: what is shown and what is lost make all";
  is_deeply \%users, {root => 0, system => 0, other => $all}, "$name: whose they were";
  is_deeply [keys %$lost], ['share_used bulk'], "$name: only the share of that user was used";
  my @spans = map { [@$_{qw(from to)}] } grep { $_->{event} eq 'lost' } @events;
  my $whose = 'in the ring bulk, all of other users, who had had their share of it';
  like $tracer->stderr, qr/: $all events lost \(share_used\), $whose, after \Q$spans[0][0]\E, before \Q$spans[-1][1]\E$/m,
    "$name: standard error has the ring, whose they were, and from when until when";
  return;
}

# A small buffer is not shared: who comes first has it all.
sub test_full () {
  my $tracer = trace('-s', $signal, '--buffer-size', '64K');
  my %sent = (65_534 => 1_000, 1 => 30, 999 => 3, 1000 => 40, 0 => 20);
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  flood_as_user(0, $_, $sent{$_}) for 65_534, 1, 999, 1000, 0;
  $tracer->signal('CONT');
  my @events = finish_ok($tracer, 'a full buffer', 3);
  my $shown = sum0(map { $_->{count} } grep { $_->{sender}{uid} == 65_534 } signals(@events));
  my ($lost, %users) = count_lost(@events);
  is_deeply \%users, {root => 20, system => 33, other => 1_040 - $shown}, 'a full buffer: whose they were';
  is_deeply [grep { !/_lost / } keys %$lost], ['ring_full bulk'], 'a full buffer: it was full';
  like $tracer->stderr, qr/ lost \(ring_full\), in the ring bulk, 20 of root, 33 of system users, $users{other} of other users, after /,
    'a full buffer: in words';
  return;
}

# Bytes in the ring, in the order of time, each with its time.
sub record_bytes ($file) {
  my @records = map { records_of($file, $_) } 1, 4, 7;    # signals, processes, texts
  return sort { $a->[0] <=> $b->[0] } map { my ($bytes, $ns) = unpack 'x4 L x8 Q', $_; [$ns, $bytes] } @records;
}

# A signal of the kernel whose file has a long path, which is another each time: its text is paid for.
sub test_texts () {
  my ($dir, $n, $buffer) = (temp_dir(), 3_000, 1 << 20);
  my ($file, $rest, $path) = ("$dir/records", join('/', map { $_ x 220 } qw(a b c d)), "$dir/mounts/0");
  for my $part (split /\//, "/$rest") {
    $path .= "/$part";
    -d $_ or mkdir $_ or die "$_: $!" for "$dir/mounts", "$dir/mounts/0", $path;
  }
  chmod 0755, $dir;
  chown $uid, $uid, "$dir/mounts", "$dir/mounts/0";
  my $tracer = trace('-s', $signal, '-u', $uid, '--buffer-size', $buffer, '--save-records', $file);
  $tracer->signal('STOP');
  until_true('stopped', sub { in_state($tracer->pid, 'T') });
  my $flooder = KS::Process->start(['unshare', '-m', 'sh', '-c',
    'mount --bind /dev/pts "$1/0/$2" && exec setpriv --reuid "$0" --regid "$0" --clear-groups "$3" resize "$1" "$2" "$4"',
    $uid, "$dir/mounts", $rest, helper('kernel_sends'), $n]);
  is $flooder->wait, 0, 'texts: a user has sent them' or diag $flooder->stderr;
  $tracer->signal('CONT');
  finish_ok($tracer, 'texts', 3);
  my ($all, %epochs) = 0;
  for my $record (record_bytes($file)) {
    $all += $record->[1];
    $epochs{$record->[0] >> 27} += $record->[1] if $all > $buffer / 2;
  }
  cmp_ok scalar(() = records_of($file, 7)), '>', 200, 'texts: there are many';
  my @most = sort { $b <=> $a } values %epochs;
  cmp_ok $most[0] // 0, '>', $buffer / 32, 'texts: a share is used';
  cmp_ok $most[0] // 0, '<', $buffer / 16 + 10_000, 'texts: and no more';
  return;
}

test_full();
test_texts();
test_flood($_) for 0, $gone, 'group';
done_testing;
