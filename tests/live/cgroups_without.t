#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Where the cgroup of a process cannot be had: killsnoop says so, and shows the rest.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

my ($sender, $target) = (actor(), actor());
$target->do('block');

my $none = qr/\Akillsnoop: [^\n]*\bcgroups\b[^\n]*\n/;

sub check_none ($name, @without) {
  my $tracer = trace(@without, '-p', $target->id);
  $sender->do(kill => $target->id, SIGUSR1);
  my ($event) = to_target($target->id, finish_ok($tracer, $name));
  is $event->{$_->[0]}{$_->[1]}, undef, "$name: $_->[0].$_->[1] is unknown"
    for map { my $who = $_; map { [$who, $_] } qw(cgroup unit container) } qw(target sender);
  is_process({%{$event->{target}}, cgroup => undef}, {%{$target->facts}, cgroups => []}, $name);
  like $tracer->stderr, qr/$none(?!.*cgroup)/s, "$name: one line says so";
  for my $option (qw(-u --from-unit)) {
    my ($status, undef, $error) = run_tool([@without, $option, 'a']);
    is $status, 1, "$name: $option is refused";
    like $error, qr/$none\z/, "$name: $option: with one line";
  }
  return;
}

# A kernel without CONFIG_CGROUPS: the types of this one, where those of cgroups have other names.
sub check_types_without () {
  my $dir = temp_dir();
  my $names = join '|', qw(cgroups css_set cgrp_cset_link cgroup_root dfl_cgrp hierarchy_id);
  my $types = slurp('/sys/kernel/btf/vmlinux') =~ s/\0\K(?:$names)(?=\0)/'x' x length $&/ger;
  open my $file, '>', "$dir/types" or die "types: $!";
  binmode $file;
  print $file $types;
  close $file or die "types: $!";
  check_none('types without cgroups', '--btf', "$dir/types");
  return;
}

# A process that ends after it was described is still known to have been.
sub check_end_without_cgroups () {
  my $victim = actor();
  my $tracer = trace('--without', 'cgroups', '-p', $victim->id);
  $sender->do(kill => $victim->id, 9);
  my @events = parse_events($tracer->complete, 'an end without cgroups');
  is $events[-1]{event}, 'exit', 'an end without cgroups: is seen';
  is $events[-1]{cause}{sender}{pid}, $sender->id, 'an end without cgroups: and its cause';
  return;
}

check_none('no cgroups') if (slurp('/proc/self/cgroup') // '') eq '';
check_none('without cgroups', '--without', 'cgroups');
check_types_without();
check_end_without_cgroups();
done_testing;
