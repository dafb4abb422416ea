#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What the comparison with audit takes for a difference: it must not be blind where both sides are.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS::Parity qw(compare);
use Test::More;

my %call = (pid => 7, arch => 'c000003e', syscall => 62, exit => 0, a0 => '2a', a1 => 'a',
  targets => [42], title => '"sender"', ms => '1000.000', serial => 1, label => '', key => '(null)');

sub records (%of) {
  my $prefix = "msg=audit($of{ms}:$of{serial}):";
  return join '', map { "$_\n" } (
    "type=SYSCALL $prefix arch=$of{arch} syscall=$of{syscall} success=yes exit=$of{exit} a0=$of{a0}"
      . " a1=$of{a1} a2=0 a3=0 items=0 ppid=1 pid=$of{pid} auid=0 comm=\"s\" exe=\"/s\""
      . ($of{label} && " subj=$of{label}") . " key=$of{key}",
    (map { "type=OBJ_PID $prefix opid=$_ oauid=-1" . ($of{label} && " obj=$of{label}")
          . ' ocomm="t"' } @{$of{targets}}),
    "type=PROCTITLE $prefix proctitle=$of{title}",
  );
}

sub kernel (@changes) { return records(%call, @changes) . "type=EOE msg=audit(1000.000:1): \n" }
sub killsnoop (@changes) { return records(%call, serial => 9, @changes) }

sub printed (@changes) {
  my %of = (%call, members => '', @changes);
  my $targets = join ',', @{$of{targets}};
  return qq({"tick_ns":4000000}\n{"situation":"s","tgid":$of{pid},"call":"kill","arch":"$of{arch}",)
    . qq("syscall":$of{syscall},"args":["$of{a0}","$of{a1}","0","0"],"exit":$of{exit},)
    . qq("targets":[$targets]$of{members}}\n);
}

sub differences ($kernel, $killsnoop, $printed, @options) {
  my ($found) = compare(kernel => $kernel, killsnoop => $killsnoop, calls => $printed, @options);
  return [map { $_->{what} } @$found];
}

sub same ($name, @arguments) {
  is_deeply differences(@arguments), [], "none: $name";
  return;
}

sub differs ($name, $what, @arguments) {
  my $found = differences(@arguments);
  ok @$found == 1 && $found->[0] =~ $what, "found: $name" or diag explain $found;
  return;
}

same('equal records', kernel(), killsnoop(), printed());

# What auditd could not take at once comes behind its event.
sub sent_again ($kernel) { return $kernel =~ s/^(type=OBJ_PID [^\n]*\n)(.*\n)(type=PROCTITLE [^\n]*\n)/$2$3$1/msr }

my @two = (targets => [42, 43]);
isnt sent_again(kernel(@two)), kernel(@two), 'a record that is sent again';
same('a record that was sent again', sent_again(kernel(@two)), killsnoop(@two), printed(@two));
differs('another title, and a record that was sent again', qr/^PROCTITLE$/, sent_again(kernel(@two)),
  killsnoop(@two, title => '73'), printed(@two));
differs('another order', qr/^OBJ_PID$/, kernel(@two), killsnoop(targets => [43, 42]), printed(@two));
same('another key', kernel(key => '"k"'), killsnoop(), printed());
same('one tick later', kernel(), killsnoop(ms => '1000.004'), printed());
differs('two ticks later', qr/^time: 8 ms$/, kernel(), killsnoop(ms => '1000.008'), printed());
differs('a second earlier', qr/^time: -1000 ms$/, kernel(), killsnoop(ms => '999.000'), printed());
differs('another title', qr/^PROCTITLE$/, kernel(), killsnoop(title => '73'), printed());
differs('another case', qr/^PROCTITLE$/, kernel(title => 'AB'), killsnoop(title => 'ab'),
  printed());
differs('the order of targets', qr/^OBJ_PID$/, kernel(targets => [1, 2]),
  killsnoop(targets => [2, 1]), printed(targets => [1, 2]));
differs('a target less', qr/^records; killsnoop's targets/, kernel(), killsnoop(targets => []),
  printed());
differs('targets that both miss', qr/^kernel's targets.*; killsnoop's targets/,
  kernel(targets => []), killsnoop(targets => []), printed());
differs('a call that one misses', qr/^missing$/, kernel(), '', printed());
differs('a call that the other misses', qr/^missing$/, '', killsnoop(), printed());
differs('a call that both miss', qr/^missing$/, '', '', printed());
differs('a call that nobody made', qr/^stray of killsnoop$/, kernel(),
  killsnoop() . killsnoop(serial => 10), printed());
differs('the same of the kernel', qr/^stray of the kernel$/, kernel() . kernel(serial => 2),
  killsnoop(), printed());
differs('a call that was not made', qr/told/, '', killsnoop(), printed(members => ',"unmade":true'));
same('a call that was not made, nor told', '', '', printed(members => ',"unmade":true'));
same('calls of strangers', kernel(), killsnoop() . killsnoop(serial => 10, pid => 8), printed());
same('two calls alike', kernel() . kernel(serial => 2, title => '61'),
  killsnoop() . killsnoop(serial => 10, title => '61'), printed() . printed());

is @{differences(kernel(exit => -1), killsnoop(exit => 0), printed(exit => -1))}, 2,
  'found: another exit, as one that is missing and one that is a stray';
is @{differences(kernel(a0 => 'ffffffff0000002a'), killsnoop(), printed(a0 => 'ffffffff0000002a'))},
  2, 'found: another argument';

my @labelled = (kernel(label => 'unconfined'), killsnoop(), printed());
is @{differences(@labelled)}, 1, 'found: labels';
same('labels that are ignored', @labelled, ignore_labels => 1);

my @i386 = (arch => '40000003', syscall => 37);
same('a failure of i386 without fexit', kernel(@i386, exit => -3), '', printed(@i386, exit => -3),
  no_compat_returns => 1);
differs('a success of i386 without fexit', qr/^missing$/, kernel(@i386), '', printed(@i386),
  no_compat_returns => 1);
done_testing;
