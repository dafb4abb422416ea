# SPDX-License-Identifier: GPL-2.0-only
# Two files of audit records of the same calls, the kernel's and killsnoop's, and the calls as their
# makers printed them: all three must agree. Knows nothing of killsnoop's own comparison.
package KS::Parity;
use v5.36;
use strict;
use warnings;

use Carp qw(croak);
use Exporter qw(import);
use JSON::PP ();

use Test::More ();

our @EXPORT_OK = qw(compare parse_calls parse_records report);

my %compared = map { $_ => 1 } qw(SYSCALL OBJ_PID PROCTITLE);    # others may join an event
my $json = JSON::PP->new->latin1;

# The sender's arguments are not in memory, or may not be read: audit waits for them and reads them
# all the same, a BPF program cannot. Their PROCTITLE is not compared.
my %has_no_title = map { ("arguments_$_" => 1) } qw(half_there in_file protected unmapped);

# ---- reading ----

# Events, in the order of their first records: {time, records: [[type, text]...], and of the SYSCALL
# record: pid, arch, syscall, args, exit}. Other lines are skipped.
sub parse_records ($text) {
  my (%events, @order);
  for my $line (split /\n/, $text) {
    my ($type, $ms, $serial, $record) =
      $line =~ /^type=(\S+) msg=audit\((\d+\.\d{3}):(\d+)\): ?(.*)/s
      or next;
    my $event = $events{"$ms:$serial"} //= do {
      push @order, my $new = {time_ms => _milliseconds($ms), records => []};
      $new;
    };
    push @{$event->{records}}, [$type, _without_key($record)] if $compared{$type};
    _add_call($event, $record) if $type eq 'SYSCALL';
  }
  return grep { defined $_->{pid} } @order;
}

sub _milliseconds ($seconds) { return $seconds =~ s/\.//r + 0 }

sub _without_key ($record) { return $record =~ s/ key=(?:"[^"]*"|\S+)$//r }

sub _add_call ($event, $record) {
  @$event{qw(arch syscall exit a0 a1 a2 a3 pid)} = $record =~
    /^arch=(\w+) syscall=(\d+) .*?exit=(-?\d+) a0=(\w+) a1=(\w+) a2=(\w+) a3=(\w+) .*? pid=(\d+) /;
  return;
}

# What the makers printed: (calls, skipped situations, tick of audit's clock in milliseconds).
sub parse_calls ($text) {
  my @lines = map { $json->decode($_) } grep { /^\{/ } split /\n/, $text;
  my @calls = grep { $_->{call} } @lines;
  @$_{qw(a0 a1 a2 a3)} = @{$_->{args}} for @calls;
  my ($tick_ns) = map { $_->{tick_ns} // () } @lines or croak 'no tick was printed';
  return (\@calls, [grep { exists $_->{skip} } @lines], $tick_ns / 1e6);
}

# ---- joining ----

sub _key ($call, $pid) {
  return _place($call, $pid) . " $call->{exit}";
}

# Calls that libc made have arguments that nobody wanted: they take what there is in the kernel's.
sub _settle_loose ($calls, $events) {
  for my $call (grep { $_->{loose} } @$calls) {
    my ($event) = grep {
      my $event = $_;
      $event->{pid} == $call->{tgid} && !grep { $event->{$_} ne $call->{$_} }
        qw(arch syscall exit a0 a1 a2)
    } @$events;
    $call->{a3} = $event->{a3} if $event;
  }
  return;
}

sub _by_key ($events) {
  my %lists;
  push @{$lists{_key($_, $_->{pid})}}, $_ for @$events;
  return \%lists;
}

# ---- comparing ----

sub _show ($event) {
  return join '', map { "    type=$_->[0] $_->[1]\n" } @{$event->{records}};
}

sub _without_labels ($event) {
  $_->[1] =~ s/ (?:subj|obj)=\S+//g for @{$event->{records}};
  return;
}

sub _types ($event) { return join ' ', map { $_->[0] } @{$event->{records}} }

sub _targets ($event) {
  return join ',', sort { $a <=> $b }
    map { $_->[0] eq 'OBJ_PID' && $_->[1] =~ /^opid=(\d+)/ ? $1 : () } @{$event->{records}};
}

# The kernel writes SYSCALL first and PROCTITLE last. Otherwise, auditd could not take some in time, and
# they were sent again: kauditd_retry_skb(), kernel/audit.c. In what order they were, nobody knows then.
sub _was_sent_again ($event) { return _types($event) !~ /^SYSCALL .*PROCTITLE$/ }

sub _sorted ($records) { return [sort { "@$a" cmp "@$b" } @$records] }

# What differs between two events of one call: a list of words.
sub _differences ($theirs, $ours, $tick_ms) {
  my ($a, $b) = ($theirs->{records}, $ours->{records});
  ($a, $b) = map { _sorted($_) } $a, $b if _was_sent_again($theirs);
  my %what;
  $what{'records'}++ if join(' ', map { $_->[0] } @$a) ne join(' ', map { $_->[0] } @$b);
  if (!%what) {
    $a->[$_][1] ne $b->[$_][1] and $what{$a->[$_][0]}++ for 0 .. $#$a;
  }
  my $late_ms = $ours->{time_ms} - $theirs->{time_ms};
  $what{"time: $late_ms ms"}++ if abs $late_ms > $tick_ms + 1;
  return sort keys %what;
}

sub _difference ($call, $what, $theirs, $ours) {
  my $text = "$call->{situation}: $call->{call} by $call->{tgid} ($call->{arch}, "
    . join(' ', @$call{qw(a0 a1 a2 a3)}) . ") = $call->{exit}: $what\n";
  $text .= '  kernel:' . ($theirs ? "\n" . _show($theirs) : " nothing\n");
  $text .= '  killsnoop:' . ($ours ? "\n" . _show($ours) : " nothing\n");
  return {situation => $call->{situation}, what => $what, text => $text};
}

sub _compare_call ($call, $theirs, $ours, $tick_ms) {
  return if $call->{unmade} && !$theirs && !$ours;
  return _difference($call, 'was not made, and is told', $theirs, $ours) if $call->{unmade};
  return _difference($call, 'missing', $theirs, $ours) if !$theirs || !$ours;
  my @found = grep { $_ ne 'PROCTITLE' || !$has_no_title{$call->{situation}} }
    _differences($theirs, $ours, $tick_ms);
  my $targets = join ',', sort { $a <=> $b } @{$call->{targets}};
  push @found, "kernel's targets, which are not $targets" if _targets($theirs) ne $targets;
  push @found, "killsnoop's targets, which are not $targets" if _targets($ours) ne $targets;
  return if !@found;
  return _difference($call, join('; ', @found), $theirs, $ours);
}

# i386 callers without fexit: nothing tells what their calls return, so failures are not seen, nor
# that several signals are of one call.
sub _is_hidden ($call) {
  return $call->{arch} eq '40000003'
    && ($call->{exit} < 0 || @{$call->{targets}} != 1 || grep { /^0*$/ } _signal($call));
}

sub _signal ($call) {
  my $signal = $call->{call} =~ /tgkill|tgsigqueueinfo/ ? $call->{a2} : $call->{a1};
  return substr "00000000$signal", -8;
}

sub _place ($call, $pid) { return join ' ', $pid, @$call{qw(arch syscall a0 a1 a2 a3)} }

# What is left when each printed call has taken its event: of their makers, and of such calls.
sub _strays ($whose, $lists, $calls, $hidden) {
  my %pids = map { $_->{tgid} => 1 } @$calls;
  my %numbers = map { ("$_->{arch} $_->{syscall}" => 1) } @$calls;
  my @strays;
  for my $event (map { @$_ } values %$lists) {
    next if !$pids{$event->{pid}} || !$numbers{"$event->{arch} $event->{syscall}"};
    next if $hidden->{_place($event, $event->{pid})};
    push @strays, {situation => 'none', what => "stray of $whose",
      text => "a call that $whose tells and nobody printed\n" . _show($event)};
  }
  return @strays;
}

# Returns (differences, number of printed calls that were compared, situations of them). Each
# difference: {situation, what, text}. Named arguments: kernel, killsnoop: records as text; calls:
# lines as text; ignore_labels: those of security modules; no_compat_returns: killsnoop does not see
# what calls of i386 callers return; late_ms: how far times may be apart instead of one tick.
sub compare (%of) {
  my ($calls, undef, $tick_ms) = parse_calls($of{calls});
  my @kernel = parse_records($of{kernel});
  my @killsnoop = parse_records($of{killsnoop});
  if ($of{ignore_labels}) { _without_labels($_) for @kernel, @killsnoop }
  _settle_loose($calls, \@kernel);
  my ($theirs, $ours) = map { _by_key($_) } \@kernel, \@killsnoop;
  my (@differences, $n, %situations, %hidden);
  for my $call (@$calls) {
    my $key = _key($call, $call->{tgid});
    my ($their, $our) = map { shift @{$_->{$key} // []} } $theirs, $ours;
    if ($of{no_compat_returns} && _is_hidden($call)) {
      $hidden{_place($call, $call->{tgid})}++;
      next;
    }
    push @differences, _compare_call($call, $their, $our, $of{late_ms} // $tick_ms);
    $n++;
    $situations{$call->{situation}}++;
  }
  push @differences, _strays('the kernel', $theirs, $calls, \%hidden);
  push @differences, _strays('killsnoop', $ours, $calls, \%hidden);
  return (\@differences, $n, \%situations);
}

# ---- telling ----

# Differences of a situation; the others are counted.
my $shown = $ENV{KILLSNOOP_PARITY_SHOWN} // 5;

sub _diagnose (@differences) {
  my $more = @differences - $shown;
  Test::More::diag($_->{text}) for @differences[0 .. ($more > 0 ? $shown : @differences) - 1];
  Test::More::diag("and $more more") if $more > 0;
  return;
}

# Differences of the random mix, if killsnoop said that at least as many were lost.
sub _excused ($differences, $lost) {
  my @random = grep { $_->{situation} =~ /^(?:random|none)$/ } @$differences;
  return if !@random || @random > ($lost // 0);
  Test::More::note(scalar @random . " differences of the random mix: $lost were lost");
  return @random;
}

# A test for each situation, named after it, and of there being enough of them: 60 of 300 calls, or
# least_situations, least_calls; lost: how many killsnoop said it lost. For the other arguments see
# compare().
sub report ($name, %of) {
  my ($differences, $n, $situations) = compare(%of);
  my %excused = map { ($_ => 1) } _excused($differences, $of{lost});
  $differences = [grep { !$excused{$_} } @$differences];
  my (undef, $skips) = parse_calls($of{calls});
  my %found;
  push @{$found{$_->{situation}}}, $_ for @$differences;
  Test::More::cmp_ok($n, '>=', $of{least_calls} // 300, "$name: calls");
  Test::More::cmp_ok(scalar keys %$situations, '>=', $of{least_situations} // 60,
    "$name: situations");
  for my $situation (sort keys %$situations, grep { !$situations->{$_} } keys %found) {
    my @differences = @{$found{$situation} // []};
    Test::More::ok(!@differences, "$name: $situation") or _diagnose(@differences);
  }
  Test::More::note("$name: $n calls, " . @$differences . ' differences');
  Test::More::note("$name: $_->{situation} was skipped: $_->{skip}") for @$skips;
  return;
}

1;
