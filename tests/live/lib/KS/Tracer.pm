# SPDX-License-Identifier: GPL-2.0-only
# A running killsnoop.
package KS::Tracer;
use v5.36;
use strict;
use warnings;
use parent -norequire, 'KS::Process';

use Carp qw(croak);
use Cwd qw(abs_path);
use Fcntl qw(F_SETFD);
use File::Basename qw(dirname);
use KS::Process;

our $top = abs_path(dirname(__FILE__) . '/../../../..');
our $build = abs_path($ENV{BUILD} // "$top/build");
our $program = "$build/killsnoop";

# Starts it with these arguments and returns once its hooks are attached. Options as for a process,
# and wrapper: a command in front of it; not_ready: do not wait for that.
#
# KS_HOOK in the environment is for --hook, where it saves time: with fexit, a kernel that is emulated
# verifies programs for five seconds at each start. KS_WITHOUT is for --without.
sub start ($class, $args, %options) {
  pipe my $read, my $write or croak "pipe: $!";
  my @command = (@{$options{wrapper} // []}, $options{program} // $program);
  my @args = @$args;
  push @command, shift @args if @args && $args[0] =~ /\A\w/;    # the name of a command
  push @command, '--ready-fd', fileno $write if !$options{not_ready};
  push @command, '--hook', $ENV{KS_HOOK} if $ENV{KS_HOOK} && !$options{not_ready};
  push @command, '--without', $ENV{KS_WITHOUT} if $ENV{KS_WITHOUT} && !$options{not_ready};
  my $prepare = $options{prepare};
  $options{prepare} = sub {
    fcntl $write, F_SETFD, 0;
    $prepare->() if $prepare;
  };
  my $self = $class->SUPER::start([@command, @args], %options);
  close $write;
  @$self{qw(ready seen)} = ($read, '');
  $self->wait_ready if !$options{not_ready};
  return $self;
}

# Standard error, but for what is said at each start where a kernel does not tell of labels.
sub stderr ($self) {
  return $self->SUPER::stderr =~ s/^killsnoop: the labels of processes are unknown; [^\n]*\n//mr;
}

sub wait_ready ($self) {
  KS::Process::is_readable($self->{ready}, $KS::Process::timeout)
    or $self->fail('not ready in time');
  (sysread($self->{ready}, my $byte, 1) // 0) == 1 or $self->fail('ended before it was ready');
  return;
}

# Stops it as a user does and returns its output, complete. Its status is wait()'s.
sub finish ($self, $signal = 'INT') {
  $self->signal($signal);
  return $self->complete;
}

# The same if it ends by itself.
sub complete ($self) {
  my $output = $self->{out} ? $self->{seen} . $self->rest : '';
  $self->wait;
  return $output;
}

# The next line, which stays part of what complete() returns.
sub line ($self) {
  my $line = $self->SUPER::line;
  $self->{seen} .= "$line\n" if defined $line;
  return $line;
}

1;
