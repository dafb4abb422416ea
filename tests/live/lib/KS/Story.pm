# SPDX-License-Identifier: GPL-2.0-only
# Real programs whose ends are traced together: what a trace must say of each.
package KS::Story;
use v5.36;
use strict;
use warnings;

use Exporter qw(import);
use KS;
use KS::End;
use KS::Process;
use Test::More;

our @EXPORT = qw(child_of command_line ended_pid first_line instead_of outsider program run_command
  run_stories unpacked);

# What scripts/setup has unpacked.
my $unpacked = "$KS::Tracer::top/build/programs";

sub unpacked ($path) { return "$unpacked/$path" }

# ---- programs ----

# The path of a program that is installed or unpacked; undef: it is not here.
sub program ($name) {
  return $name if $name =~ m{/} && -x $name;
  my @places = (split(/:/, $ENV{PATH}), qw(/usr/sbin /sbin), glob('/usr/lib/postgresql/*/bin'),
    map { glob } map { "$unpacked/$_" } qw(usr/bin usr/sbin usr/lib/postgresql/*/bin));
  my ($path) = grep { -x } map { "$_/$name" } grep { !m{/\.pyenv/} } @places;
  return $path;
}

# What runs it, by exec only.
sub command_line ($name, @args) {
  my $path = program($name) // return ($name, @args);
  return ($path, @args) if $path !~ /^\Q$unpacked\E/;
  return ('env', 'LD_LIBRARY_PATH=' . join(':', glob "$unpacked/usr/lib/*-linux-gnu"), $path, @args);
}

# ---- processes ----

# A process that says when it is ready, or the pid of who is to end, on its first line.
sub first_line ($facts) {
  my $line = $facts->{process}->line // $facts->{process}->fail('ended');
  $facts->{pid} = $line =~ /(\d+)/ ? $1 : $facts->{process}->pid;
  return;
}

# Signals processes by a program that is gone at once. Returns its pid.
sub outsider ($signal, @pids) {
  my $sender = KS::Process->start(['sh', '-c', "kill -$signal @pids && :"]);
  $sender->wait == 0 or $sender->fail('cannot signal');
  return $sender->pid;
}

# The children of a process once there are $n, of that name.
sub child_of ($pid, $comm = qr/./, $n = 1) {
  my @found;
  until_true("$n children of $pid like $comm", sub {
    my @children = split ' ', slurp("/proc/$pid/task/$pid/children") // '';
    @found = grep { (slurp("/proc/$_/comm") // '') =~ $comm } @children;
    return @found >= $n;
  });
  return wantarray ? @found : $found[0];
}

# The process has executed another program.
sub instead_of ($pid, $comm) {
  until_true("$comm runs as $pid", sub { (slurp("/proc/$pid/comm") // '') eq "$comm\n" });
  return $pid;
}

# It has ended, whether or not its parent has seen that.
sub ended_pid ($pid) {
  my $stat = slurp("/proc/$pid/stat") // return 1;
  return $stat =~ /.*\) [ZX]/s;
}

# ---- stories ----

# What an end says, as far as $want asks: status, how, signal, origin, by (the sender's name), from (the pids of the path),
# passed (its signals), blow (whether another signal struck last), before (of whom, by what). Another
# expectation: words, of the sentence.
sub _facts ($end, $want) {
  my $cause = $end->{cause};
  my %facts = (
    status => $end->{status}{code} // ($end->{status}{signal} // {})->{name},
    how => $cause && $cause->{how}, origin => $cause && $cause->{origin},
    signal => $cause && $cause->{signal} && $cause->{signal}{name},
    from => [map { $_->{sender} && $_->{sender}{pid} } @{($cause // {})->{path} // []}],
    passed => [map { $_->{signal}{name} } @{($cause // {})->{path} // []}],
    before => [map { ($_->{sender} && $_->{sender}{pid}, $_->{signal}{name}) } @{$end->{before}}],
    blow => defined $end->{blow_seq} && $end->{blow_seq} != ($cause->{seq} // -1) ? 1 : 0,
    by => $cause && $cause->{sender} && $cause->{sender}{comm},
    tracer => $end->{tracer} && $end->{tracer}{pid},
    comm => $end->{process}{comm},
  );
  return {map { $_ => $facts{$_} } keys %$want};
}

sub is_end ($end, $text, $want, $name) {
  return fail "$name: the end is shown" if !$end;
  my %want = %$want;
  my $words = delete $want{words};
  my ($got, $sentence) = (_facts($end, \%want), _sentence($text, $end));
  is_deeply $got, \%want, $name or diag "$sentence\n", explain $got;
  like $sentence, $words, "$name: in words" if $words;
  return;
}

# The line of that end in the table.
sub _sentence ($text, $end) {
  my ($line) = $text =~ /^(\S+ [^\n]*?\[$end->{process}{pid}\] (?:was killed|exited)[^\n]*)$/m;
  return $line // 'no line';
}

# Whether that can be done here, found out once.
sub _can_run ($command) {
  state %can;
  return $can{"@$command"} //= KS::Process->start($command)->wait == 0 ? 1 : 0;
}

# Why it cannot be here; undef: it has started, or failed to.
sub _start ($story) {
  my @missing = grep { !program($_) } @{$story->{needs} // []};
  return "not here: @missing" if @missing;
  return "fails here: @{$story->{try}}" if $story->{try} && !_can_run($story->{try});
  my $obstacle;
  _do($story, sub {
    my $facts = $story->{start}->();
    ref $facts ? ($story->{facts} = $facts) : ($obstacle = $facts);
  });
  return $obstacle;
}

# What goes wrong is the story's own fault.
sub _do ($story, $code) {
  return if $story->{fault};
  eval { $code->(); 1 } or $story->{fault} = $@;
  return;
}

sub _get_ready ($story) {
  my $facts = $story->{facts};
  _do($story, sub { $story->{ready}->($facts) }) if $story->{ready};
  $facts->{pids} //= [$facts->{pid} // ()];
  return !$story->{fault} || fail "$story->{name}: $story->{fault}";
}

sub _strike ($story) {
  _do($story, sub {
    $story->{strike}->($story->{facts});
    until_true("$_ ends", sub { ended_pid($_) }) for @{$story->{facts}{pids}};
  });
  return;
}

sub _check ($story, $ends, $text) {
  my $name = $story->{name};
  return fail "$name: $story->{fault}" if $story->{fault};
  my %want = $story->{want}->($story->{facts});
  # Of one process, or of each of several.
  %want = ($story->{facts}{pid} => {%want}) if !grep { /^\d+$/ } keys %want;
  is_end($ends->{$_}, $text, $want{$_}, $name . (keys %want > 1 ? " ($_)" : '')) for sort keys %want;
  return;
}

# Each story has a name; needs: programs; try: a command that has to succeed; start: a sub that returns
# what is known of it, or why it cannot be; ready: waits for it, once all have started; by then pid or
# pids are known; strike: makes them end; want: what the end of pid says, or of each by pid. One trace
# sees all of it. If the facts of all have a unit, that is traced, and pids are known after strike.
sub run_stories ($title, @stories) {
  my @ready;
  for my $story (@stories) {
    my $obstacle = _start($story);
    SKIP: { skip "$story->{name}: " . $obstacle =~ s/\n.*//sr, 1 if $obstacle }
    push @ready, $story if !$obstacle;
  }
  @ready = grep { _get_ready($_) } @ready or return;
  my @units = map { $_->{facts}{unit} // () } @ready;
  my $pids = join ',', map { @{$_->{facts}{pids}} } @ready;
  my $dir = temp_dir();
  my @units_option = @units ? ('-u', join ',', @units) : ();
  my $tracer = trace(@units ? @units_option : ('-p', $pids), '--save-records', "$dir/records");
  _strike($_) for @ready;
  my $output = @units || (grep { $_->{fault} } @ready) ? $tracer->finish : $tracer->complete;
  my ($ends, $text) = _ends_of($tracer, $output, $title, @units_option, "$dir/records");
  _check($_, $ends, $text) for @ready;
  return;
}

# By pid, and in words. What replay needs: options, the records.
sub _ends_of ($tracer, $output, $title, @replay) {
  is $tracer->wait, 0, "$title: status 0" or diag $tracer->stderr;
  my %ends = map { $_->{process}{pid} => $_ } exits(parse_events($output, $title));
  my ($text, $long) = map { (run_tool(['replay', @$_, @replay]))[1] } [], ['-v'];
  is_deeply [_sentences($long)], [_sentences($text)], "$title: the same sentences in the long form";
  return (\%ends, $text);
}

sub _sentences ($text) { return $text =~ /^\S+ (\S[^\n]*?\[\d+\] (?:was killed|exited)[^\n]*)$/mg }

# A command that prints a line for each story: its name, and the pids that belong to it. The sub of
# that name gets the pids and returns what the end of each says.
sub run_command ($title, $command, %stories) {
  my $dir = temp_dir();
  my $tracer = trace('--save-records', "$dir/records", '-w', "$dir/json", '--', @$command);
  my @lines = split /\n/, $tracer->complete;
  my ($ends, $text) = _ends_of($tracer, slurp("$dir/json"), $title, "$dir/records");
  my %pids = map { my ($name, @pids) = split; ($name => \@pids) } @lines;
  for my $name (sort keys %stories) {
    my %want = eval { $stories{$name}->(@{$pids{$name} // []}) };
    fail "$name: $@" if !%want;
    is_end($ends->{$_}, $text, $want{$_}, $name . (keys %want > 1 ? " ($_)" : '')) for sort keys %want;
  }
  return;
}

1;
