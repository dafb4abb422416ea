#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The labels of AppArmor or SELinux, and that there are none where neither is active. The kernel says
# in /proc what they are.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use Test::More;

my $policy = '/sys/kernel/security/apparmor';
my $module = -e '/proc/self/attr/apparmor' && defined label_of('self') ? 'AppArmor'
  : defined label_of('self') ? 'SELinux' : '';
my $dir = temp_dir();
my @loaded;

# As audit prints it: AppArmor's mode is not part of it there. Undefined if there are no labels.
sub label_of ($pid) {
  my $label = eval { slurp("/proc/$pid/attr/current") };
  return undef if ($label // '') eq '';
  $label =~ s/[\0\n]+\z//;
  $label =~ s/ \((?:enforce|complain|kill|unconfined|user|mixed)\)\z// if -e '/proc/self/attr/apparmor';
  return $label;
}

# ---- AppArmor: profiles of our own ----

sub parser () {
  my ($found) = grep { -x } map { "$_/apparmor_parser" } split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin';
  return $found;
}

sub write_policy ($file, $bytes) {
  open my $to, '>:raw', "$policy/$file" or return 0;
  my $written = syswrite $to, $bytes;
  return close($to) && ($written // -1) == length $bytes;
}

# Names of profiles that are loaded now, under which all is allowed.
sub load_profiles (@names) {
  my $parser = parser() or return ();
  my $text = join '', map { "profile \"$_\" { file, signal, capability, change_profile, unix, }\n" }
    @names;
  open my $source, '>', "$dir/profiles" or die "$dir: $!";
  print $source $text;
  close $source;
  my $binary = qx('$parser' -Q -K -S '$dir/profiles' 2>/dev/null);
  return () if $? || !write_policy('.load', $binary);
  push @loaded, @names;
  return @names;
}

END {
  my $status = $?;
  write_policy('.remove', "$_\0") for @loaded;
  $? = $status;
}

# ---- who has a label ----

# An actor that has changed its own label before it executes; undef: none is wanted.
sub labelled ($change) {
  return actor() if !defined $change;
  my $script = 'printf %s "$0" >/proc/self/attr/current && exec "$@"';
  return actor_as(['sh', '-c', $script, $change, helper('actor')]);
}

sub audit_labels ($text, $key) {
  return [map { / \Q$key\E=(.*?) (?:key|ocomm)=/ ? $1 : undef } grep { /^type=(?:SYSCALL|OBJ_PID)/ }
    split /\n/, $text];
}

# Each sends to each: in JSON and as audit has it.
sub check_pairs (@changes) {
  my @actors = map { labelled($_) } @changes;
  my %label = map { ($_->id => label_of($_->id)) } @actors;
  my @from = map { ('--from-pid', $_->id) } @actors;
  my $tracer = trace(@from);
  my $audit = KS::Tracer->start(['--audit-format', '-w', "$dir/audit", @from]);
  $_->do('block') for @actors;
  my @pairs = map { my $sender = $_; map { [$sender, $_] } @actors } @actors;
  $_->[0]->do(kill => $_->[1]->id, 10) for @pairs;
  my @events = signals(finish_ok($tracer, 'JSON'));
  $audit->finish;
  is scalar @events, @pairs, 'all signals are there';
  my @want = map { [map { $label{$_->id} } @$_] } @pairs;
  is_deeply [map { [$_->{sender}{label}, $_->{target}{label}] } @events], \@want, 'the labels';
  my $text = slurp("$dir/audit");
  is_deeply audit_labels($text =~ s/^type=OBJ_PID.*\n//gmr, 'subj'), [map { $_->[0] } @want], 'subj=';
  is_deeply audit_labels($text =~ s/^type=SYSCALL.*\n//gmr, 'obj'), [map { $_->[1] } @want], 'obj=';
  return values %label;
}

# A sender that nobody can ask any more.
sub check_short_lived ($change, $label) {
  my $target = actor();
  my $tracer = trace('-p', $target->id);
  $target->do('block');
  my $script = "printf %s '$change' >/proc/self/attr/current; kill -USR1 " . $target->id;
  KS::Process->start(['sh', '-c', $script])->wait;
  my @events = grep { $_->{signal}{name} eq 'SIGUSR1' } signals(finish_ok($tracer, 'short-lived'));
  is_deeply [map { $_->{sender}{label} } @events], [$label], 'the label of a sender that has gone';
  return;
}

# What is loaded in the place of another, with the memory and the numbers of that.
sub check_reuse () {
  my $target = actor();
  my $tracer = trace('-p', $target->id);
  $target->do('block');
  my @names = map { "killsnoop reused $_" } 1 .. 5;
  for my $name (@names) {
    load_profiles($name);
    KS::Process->start(['sh', '-c', "printf %s 'changeprofile $name' >/proc/self/attr/current; "
      . 'kill -USR1 ' . $target->id])->wait;
    write_policy('.remove', "$name\0");
  }
  my @events = grep { $_->{signal}{name} eq 'SIGUSR1' } signals(finish_ok($tracer, 'reuse'));
  is_deeply [map { $_->{sender}{label} } @events], \@names, 'profiles that come and go are told apart';
  return;
}

my @labels = check_pairs(undef, undef);
if ($module eq '') {
  is scalar(grep { defined } @labels), 0, 'no security module gives labels here: all are null';
} else {
  is scalar(grep { defined && length } @labels), 2, "labels by $module";
}

SKIP: {
  skip 'AppArmor is not active', 1 if $module ne 'AppArmor';
  my @names = load_profiles('killsnoop one', 'killsnoop-two');
  skip 'no profiles can be loaded (Debian package apparmor)', 1 if !@names;
  check_pairs(undef, map({ "changeprofile $_" } @names), "stack $names[1]",
    "changeprofile $names[0]//&$names[1]");
  check_short_lived("changeprofile $names[0]", $names[0]);
  check_reuse();
}
done_testing;
