# SPDX-License-Identifier: GPL-2.0-only
# The end of a process, as killsnoop has it: status, cause, delay.
package KS::End;
use v5.36;
use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use KS;
use Test::More;

our @EXPORT = qw(check_cause check_exit ended exits is_call_of watch);

# A tracer of these targets.
sub watch (@actors) { return trace(map { ('-p', $_->pid) } @actors) }

sub exits (@events) { return grep { $_->{event} eq 'exit' } @events }

# The events of a tracer that ends by itself, the last of which tells of the end of $actor.
sub ended ($tracer, $name) {
  my @events = parse_events($tracer->complete, $name);
  is $tracer->wait, 0, "$name: status 0" or diag $tracer->stderr;
  return @events;
}

sub check_exit ($event, $facts, $status, $name) {
  is $event->{event}, 'exit', "$name: the end is told" or return;
  is_process($event->{process}, $facts, "$name: process");
  my %want = (code => undef, signal => undef, core => JSON::PP::false, %$status);
  is_deeply $event->{status}, \%want, "$name: status" or diag explain $event->{status};
  return;
}

sub check_cause ($event, $blow, $sender, $name) {
  my $cause = $event->{cause};
  ok $cause, "$name: a cause is named" or return;
  is $cause->{seq}, $blow->{seq}, "$name: cause is the event of the blow";
  is_deeply $cause->{signal}, $blow->{signal}, "$name: cause signal";
  is $cause->{sender}{$_}, $sender->{$_}, "$name: cause sender $_" for qw(pid comm exe);
  is_deeply $cause->{sender}{cmdline}, $sender->{cmdline}, "$name: cause sender cmdline";
  cmp_ok $event->{delay_ns}, '>', 0, "$name: the delay is positive";
  cmp_ok $event->{delay_ns}, '<', 30e9, "$name: and plausible";
  return;
}

sub is_call_of ($event, $sender, $number, $name) {
  is $event->{event}, 'signal', "$name: the blow is told";
  is $event->{signal}{number}, $number, "$name: the blow's signal";
  is_process($event->{sender}, $sender, "$name: the blow's sender");
  return;
}

1;
