# SPDX-License-Identifier: GPL-2.0-only
# A child process on pipes. Whatever is waited for fails loudly when it does not come in time.
package KS::Process;
use v5.36;
use strict;
use warnings;

use Carp qw(croak);
use File::Temp ();
use POSIX ();
use Time::HiRes qw(time);

our $timeout = $ENV{KS_EMULATED} ? 120 : 30;    # seconds, for each thing that is waited for

my %alive;

# A shell that runs tests in the background has them ignore these, which children inherit.
$SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT);

# Options: stdin, stdout, stderr: a handle instead of a pipe (a file for stderr);
# prepare: code to run in the child before exec.
sub start ($class, $command, %options) {
  my $self = bless {command => $command, buffer => ''}, $class;
  $self->{stderr} = $options{stderr} // File::Temp->new;
  my ($child_in, $to_child) = $options{stdin} ? ($options{stdin}) : _pipe();
  my ($from_child, $child_out) = $options{stdout} ? (undef, $options{stdout}) : _pipe();
  @$self{qw(in out)} = ($to_child, $from_child);
  $self->{pid} = fork // croak "fork: $!";
  _become($self, [$child_in, $child_out, $self->{stderr}], $options{prepare}) if !$self->{pid};
  $alive{$self->{pid}} = 1;
  return $self;
}

sub _pipe () {
  pipe my $read, my $write or croak "pipe: $!";
  binmode $_ for $read, $write;
  return ($read, $write);
}

# In the child: never comes back.
sub _become ($self, $handles, $prepare) {
  %alive = ();
  my @fds = map { POSIX::dup(fileno $_) } @$handles;    # so that none is in the way of another
  POSIX::dup2($fds[$_], $_) && POSIX::close($fds[$_]) for 0 .. 2;
  $prepare->() if $prepare;
  no warnings 'exec';
  exec { $self->{command}[0] } @{$self->{command}};
  syswrite STDERR, "exec $self->{command}[0]: $!\n";
  POSIX::_exit(127);
}

sub pid ($self) { return $self->{pid} }

sub fail ($self, $what) {
  croak "$what: @{$self->{command}}\nstandard error: " . $self->stderr;
}

# Calls $check until it returns something true, which is returned.
sub until_true ($what, $check) {
  my $end = time + $timeout;
  while (time < $end) {
    my $got = $check->();
    return $got if $got;
    select undef, undef, undef, 0.002;    # between two looks
  }
  croak "nothing after $timeout seconds: $what";
}

sub is_readable ($handle, $seconds) {
  my $bits = '';
  vec($bits, fileno $handle, 1) = 1;
  $seconds = 0 if $seconds < 0;
  return select($bits, undef, undef, $seconds) > 0;
}

# More output into the buffer; false at the end of it.
sub read_more ($self, $end = time + $timeout) {
  is_readable($self->{out}, $end - time) or $self->fail("no (end of) output in $timeout seconds");
  my $bytes = sysread $self->{out}, $self->{buffer}, 1 << 16, length $self->{buffer};
  $self->fail("read: $!") if !defined $bytes;
  return $bytes;
}

# The next line without its end, undef at the end of the output.
sub line ($self) {
  my $end;
  while (($end = index $self->{buffer}, "\n") < 0) {
    return undef if !$self->read_more;
  }
  my $line = substr $self->{buffer}, 0, $end + 1, '';
  return substr $line, 0, -1;
}

# All output that is left.
sub rest ($self) {
  my $end = time + $timeout;
  1 while $self->read_more($end);
  return delete $self->{buffer};
}

sub write ($self, $text) {
  local $SIG{PIPE} = 'IGNORE';
  syswrite($self->{in}, $text) == length $text or $self->fail("write: $!");
  return;
}

sub close_stdin ($self) {
  close $self->{in} if $self->{in};
  return;
}

sub close_stdout ($self) {
  close $self->{out};
  return;
}

sub signal ($self, $signal) {
  return kill $signal, $self->{pid};
}

# The exit status as a shell would tell it.
sub wait ($self) {
  return $self->{status} if defined $self->{status};
  $self->close_stdin;
  my $raw = eval { until_true('the end of a process', sub { $self->_reap }) };
  $self->fail($@) if !defined $raw;
  delete $alive{$self->{pid}};
  $raw = $self->{raw};
  return $self->{status} = $raw & 127 ? 128 + ($raw & 127) : $raw >> 8;
}

sub _reap ($self) {
  return 0 if waitpid($self->{pid}, POSIX::WNOHANG) != $self->{pid};
  $self->{raw} = $?;
  return 1;
}

sub stderr ($self) {
  open my $file, '<', $self->{stderr}->filename or croak "standard error: $!";
  binmode $file;
  local $/;
  return scalar <$file> // '';
}

# Kills it and waits for its end.
sub stop ($self) {
  return if defined $self->{status};
  $self->signal('KILL');
  return $self->wait;
}

END {
  my $status = $?;
  for my $pid (keys %alive) {
    kill 'KILL', $pid;
    waitpid $pid, 0;
  }
  $? = $status;
}

1;
