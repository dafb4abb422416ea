#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# The schema is as strict as it says: an event with a key less or a key more is none.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use POSIX qw(SIGUSR1 SIGPIPE SIGKILL);
use Test::More;

# Lines of every kind: sent and failed, by the kernel, an end with and without a cause.
sub lines () {
  my ($sender, $target, $leaver) = (actor(), actor(), actor());
  $target->do(handle => SIGUSR1, SIGPIPE);
  my $tracer = trace('-p', $target->id, '-p', $leaver->id);
  $sender->do(kill => $target->id, SIGUSR1);
  $sender->do(kill => $target->id, 99);
  $target->do('broken_pipe');
  $sender->do(kill => $target->id, SIGKILL);
  $target->wait;    # the order of the ends is that of the events
  $leaver->tell(exit => 0);
  return $tracer->complete;
}

my $lines = lines();
my @events = parse_events($lines, 'events of every kind');
is_deeply [map { $_->{event} . ':' . ($_->{result} // $_->{status}{code} // 'killed') } @events],
  [qw(signal:delivered signal:invalid signal:delivered signal:delivered exit:killed exit:0)],
  'events of every kind are there';
is validate($lines, '--strict'), '', 'no event is valid with a key less or more';
my ($causes) = slurp("$FindBin::Bin/../../user/doc/killsnoop.8") =~ /^The cause\n(.*?)^\.Sh/ms;
for my $cause ($causes =~ /^\.Cm (\w+)/mg) {
  my $lost = {event => 'lost', time => $events[0]{time}, seq => 1, count => 2, cause => $cause,
    ring => undef, from => undef, to => $events[0]{time}, users => undef};
  is validate($json->encode($lost) . "\n"), '', "a loss, $cause";
}
isnt validate("{}\n"), '', 'what is no event is not valid';
isnt validate('{"event":"signal"'), '', 'what is no JSON is not valid';
done_testing;
