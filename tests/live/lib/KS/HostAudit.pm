# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own audit records of this machine, without auditd. Changes audit's settings for a
# while, so only where asked to, and restores them also when the test dies.
package KS::HostAudit;
use v5.36;
use strict;
use warnings;

use Carp qw(croak);
use KS::Audit;
use KS::Process;

my @calls = qw(kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal);
my $key = "killsnoop-parity-$$";
my $backlog = 65536;    # what random calls bring at once
my $owner = $$;
my $first_namespace = 0xeffffffc;    # PROC_PID_INIT_INO, include/linux/proc_ns.h
my %saved;    # settings to be restored

# What it prints; undef: it failed.
sub _auditctl (@args) {
  my ($status, $output) = KS::Audit::auditctl(@args);
  return $status ? undef : $output;
}

sub _settings () {
  my $text = _auditctl('-s') // return;
  return $text =~ /^(\w+) (\d+)$/mg;
}

# Why it cannot or must not be used here; undef: it can.
sub why_not ($class) {
  my $obstacle = KS::Audit::obstacle();
  return $obstacle if $obstacle;
  my %now = _settings();
  return 'an audit daemon is running' if $now{pid};
  return 'there are audit rules' if KS::Audit::rules() !~ /^No rules/;
  return 'not in the first pid namespace, whose numbers audit writes'
    if readlink('/proc/self/ns/pid') ne "pid:[$first_namespace]";
  return undef;
}

sub _rule ($action, $arch) {
  return _auditctl($action, 'always,exit', '-F', "arch=$arch", (map { ('-S', $_) } @calls),
    '-k', $key);
}

# From here on, calls of processes that are yet to be created are recorded.
sub begin ($class) {
  my $self = bless {end => "$key-end"}, $class;
  %saved = _settings();
  $SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);    # by way of END
  _auditctl('-b', $backlog) // croak 'auditctl -b';
  _auditctl('-e', 1) // croak 'auditctl -e';
  $self->{listener} =
    KS::Process->start(["$KS::Tracer::build/tests/live/audit_listen", $self->{end}]);
  ($self->{listener}->line // '') eq 'listening' or $self->{listener}->fail('does not listen');
  _rule('-A', $_) // croak "auditctl: no rule for $_" for qw(b64 b32);
  return $self;
}

# The records until now. Their reader ends with a message that comes behind all of them.
sub end ($self) {
  _auditctl('-m', $self->{end}) // croak 'auditctl -m';
  my $records = $self->{listener}->rest;
  $self->{listener}->wait and $self->{listener}->fail('records were lost on the way');
  my %now = _settings();
  $self->{lost} = $now{lost} - $saved{lost};
  restore();
  return $records;
}

# How many records the kernel did not keep.
sub lost ($self) { return $self->{lost} }

# One step that fails, on a machine too busy to answer in time, must not keep the others from being taken.
sub restore () {
  return if !%saved;
  for my $step (
    sub { _auditctl('-e', $saved{enabled}) },
    sub { _auditctl('-b', $saved{backlog_limit}) },
    map { my $arch = $_; sub { _rule('-d', $arch) } } qw(b64 b32)
  ) {
    eval { $step->(); 1 } or warn $@;
  }
  my %now = _settings();
  my @wrong = grep { $now{$_} ne $saved{$_} } qw(enabled backlog_limit rate_limit failure pid);
  warn "audit is not as it was found: @wrong\n" if @wrong;
  %saved = ();
  return;
}

END {
  my $status = $?;
  restore() if $$ == $owner;
  $? = $status;
}

1;
