# SPDX-License-Identifier: GPL-2.0-only
# The audit of this machine: touched only where that is allowed, and left as it was found.
package KS::Audit;
use v5.36;
use strict;
use warnings;

use Carp qw(croak);
use KS::Process;

our $key = 'killsnoop';    # of the rules that are deleted at the end

my %state;                 # as found, while the tests use audit

# Runs auditctl and returns (status, standard output, standard error).
sub auditctl (@args) { return _run('auditctl', @args) }

sub _run (@command) {
  local $ENV{PATH} = "/usr/sbin:/sbin:$ENV{PATH}";
  my $tool = KS::Process->start(\@command);
  $tool->close_stdin;
  my $output = $tool->rest;
  return ($tool->wait, $output, $tool->stderr);
}

# Why audit cannot be used here; undef: it can.
sub obstacle () {
  return 'touches the audit of this machine: set KILLSNOOP_TEST_HOST_AUDIT=1 to allow it'
    if ($ENV{CI} // '') ne 'true' && !$ENV{KILLSNOOP_TEST_HOST_AUDIT};
  my ($status, $output, $error) = eval { auditctl('-s') };
  return 'auditctl (Debian package auditd) does not run' if !defined $status || $status == 127;
  return 'audit cannot be asked: ' . $error =~ s/\n.*//sr if $status;
  return 'audit is locked' if $output =~ /^enabled 2$/m;
  return "there are rules with the key $key already" if rules() =~ /\bkey=$key\b/;
  return undef;
}

sub rules () { return (auditctl('-l'))[1] }

# What tests must not change: the settings and the rules.
sub state () { return ((auditctl('-s'))[1] =~ s/^backlog \K\d+$/any/mr) . rules() }

# From here on, the state comes back with restore() or at the end of the test at the latest.
sub keep () {
  my ($enabled) = (auditctl('-s'))[1] =~ /^enabled (\d)$/m;
  %state = (enabled => $enabled);
  $SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);    # by way of END
  return;
}

sub restore () {
  return if !%state;
  auditctl('-D', '-k', $key);
  auditctl('-e', $state{enabled}) if $state{is_switched_on};
  %state = ();
  return;
}

END {
  my $status = $?;
  restore();
  $? = $status;
}

# Only processes that are created from here on are audited.
sub switch_on () {
  $state{is_switched_on} = 1;
  my ($status, undef, $error) = auditctl('-e', 1);
  croak "auditctl -e 1: $error" if $status;
  return;
}

# ---- records ----

# Listens to audit's multicast group: see AUDIT_NLGRP_READLOG in include/uapi/linux/audit.h.
sub listen_to ($class) {
  my ($af_netlink, $sock_raw, $netlink_audit) = (16, 3, 9);
  socket my $socket, $af_netlink, $sock_raw, $netlink_audit or croak "audit's socket: $!";
  bind $socket, pack 'S S L L', $af_netlink, 0, 0, 1 or croak "audit's records: $!";
  return bless {socket => $socket, marks => 0}, $class;
}

# All events up to now: a list of lists of records, each "NUMBER TEXT" with the number of its type.
sub events ($self) {
  my $mark = sprintf 'killsnoop-mark-%d-%d', $$, ++$self->{marks};
  my ($status, undef, $error) = auditctl('-m', $mark);
  croak "auditctl -m: $error" if $status;
  my (%events, @serials);
  while ((my $record = $self->_record) !~ /$mark/) {
    my ($serial) = $record =~ /^\d+ audit\([\d.]+:(\d+)\)/ or next;
    push @serials, $serial if !$events{$serial};
    push @{$events{$serial}}, $record;
  }
  return map { $events{$_} } @serials;
}

sub _record ($self) {
  KS::Process::is_readable($self->{socket}, $KS::Process::timeout) or croak 'no record from audit';
  defined recv $self->{socket}, my $message, 1 << 16, 0 or croak "audit's records: $!";
  my (undef, $type) = unpack 'L S', $message;
  return "$type " . substr $message, 16;
}

1;
