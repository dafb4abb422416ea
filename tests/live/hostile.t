#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Names that their owners chose to harm the reader: no format lets them end a line, make a field or
# reach the terminal, and all of them are bounded.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Encode ();
use File::Copy qw(copy);
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGTERM);
use Test::More;

my $actor = helper('actor');
my $top = temp_dir();
my $forged = "\ntype=SYSCALL msg=audit(1:1): arch=c000003e\n";
my $terminal = "\e[31m\e]0;owned\a\x{9b}2J\r\x08\x7f";
my $hidden = Encode::encode('UTF-8', "\x{202e}\x{200b}\x{2028}\x{85}");
my $shown = Encode::encode('UTF-8', "caf\x{e9} \x{1f600}");

sub quote ($bytes) { return $bytes =~ s/([^\w.\/-])/sprintf '%%%02X', ord $1/gera }

# As JSON has it: a byte that is not part of valid UTF-8 becomes U+FFFD.
sub as_text ($bytes) {
  my $text = '';
  while (length $bytes) {
    $text .= Encode::decode('UTF-8', $bytes, Encode::FB_QUIET);
    $text .= "\x{fffd}" if length $bytes;
    substr $bytes, 0, 1, '' if length $bytes;
  }
  return $text;
}

# A row: name, the actor, what its events must tell of it as sender and target, the parts cut.
my @rows;

sub add ($name, $process, $want, @cut) {
  $process->do('block');
  push @rows, {name => $name, actor => $process, pid => $process->pid, want => $want, cut => \@cut};
  return;
}

sub add_comm ($name, $comm) {
  my $process = actor();
  $process->do(name => quote($comm));
  return add("comm: $name", $process, {comm => as_text(substr $comm, 0, 15)});
}

sub add_argv ($name, @args) {
  return add("argv: $name", actor(@args), {cmdline => [map { as_text($_) } $actor, @args]});
}

add_comm('newlines', "a\nb\n\nc");
add_comm('a forged record', 'type=SYSCALL msg=audit(1:1)');
add_comm('a forged line', "x\ntype=SYSCALL m");
add_comm('escape codes', "\e[31m\e]0;x\a");
add_comm('C1 controls', "\x{9b}31m\xc2\x9b2J");
add_comm('quotes', q('"`\\$(x);{}[]));
add_comm('invalid UTF-8', "\xff\xfe\xc3(\xe2\x82\xf0\x9f");
add_comm('hidden', $hidden);
add_comm('blanks', '  a  b ');
add_comm('nothing', '');
add_argv('newlines', $forged, "\n", '', 'last');
add_argv('the terminal', $terminal, $hidden);
add_argv('fields', ' key="x" a0=1', 'comm="y', "'; rm -rf /", '$(x)', '\\');
add_argv('invalid UTF-8', "\xff\xc3(\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf", $shown);

# A million bytes, of which a start is kept.
my @huge = ("\x01\n\e" x 40000) x 9;
add('argv: a megabyte', actor(@huge), {}, 'cmdline');

# No arguments at all: kernels since 5.18 make an empty one of that.
add('argv: none', actor_as([helper('exec_variants'), 'empty', $actor]), {});

# ---- executables ----

# Starts an actor in a new directory below $top, as deep as $bytes says, whose names are $part each.
sub deep_actor ($id, $part, $bytes) {
  my $path = "$top/$id";
  mkdir $path;
  my @parts;
  while (length($path) + 1 + length $part <= $bytes - 6) {
    push @parts, $part;
    $path .= "/$part";
  }
  my $process = actor_as(['./actor'], prepare => sub {
    chdir "$top/$id" or POSIX::_exit(99);
    (mkdir($_) && chdir $_) || POSIX::_exit(99) for @parts;
    (copy($actor, 'actor') && chmod 0755, 'actor') || POSIX::_exit(99);
  });
  return ($process, $path);
}

# A path that fits the kernel's buffers is known in full, and audit's records have all of it.
sub add_deep ($name, $id, $part, $bytes, @cut) {
  my ($process, $path) = deep_actor($id, $part, $bytes);
  add("exe: $name", $process, {exe => as_text("$path/actor"), cwd => as_text $path}, @cut);
  $rows[-1]{path} = "$path/actor" if $bytes < 4096;
  return;
}

add_deep('4000 bytes', 'deep', 'd' x 240, 4000, 'cwd');
add_deep('many parts', 'steps', 'd', 200);
add_deep('newlines and escapes', 'nasty', "\n\e[31m\"'\xff" . 'd' x 100, 1200);
add_deep('many of them', 'nastier', "\x01" x 240, 3500, 'cwd', 'exe');
add_deep('more than a path can be', 'deeper', 'd' x 250, 5000, 'cwd', 'exe');

# A copy, which can be deleted, under this name.
sub copied_actor ($name) {
  copy($actor, "$top/$name") && chmod 0755, "$top/$name" or die "$top/$name: $!";
  return actor_as(["$top/$name"]);
}

my $process = copied_actor('kept (deleted)');
add('exe: not deleted', $process, {exe => "$top/kept (deleted)", exe_deleted => JSON::PP::false});
$process = copied_actor('gone');
$process->do('facts');
unlink "$top/gone" or die "$top/gone: $!";
add('exe: deleted', $process, {exe => "$top/gone", exe_deleted => JSON::PP::true});
SKIP: {
  my $probe = join ' ', helper('exec_variants'), 'memory', 'probe', $actor, 'argument';
  skip 'exe: in memory: such a file cannot be executed here', 1 if system "$probe </dev/null >/dev/null 2>&1";
  $process = actor_as([helper('exec_variants'), 'memory', "$forged$terminal", $actor, 'argument']);
  add('exe: in memory', $process,
    {exe => as_text("/memfd:$forged$terminal"), exe_deleted => JSON::PP::true});
}

# ---- cgroups; the kernel allows no newline in their names ----

my $cgroup;
if (my $root = cgroup_root()) {
  $cgroup = "$root/ks-$$-\"\e[31m' type=SYSCALL\xff.service";
  mkdir $cgroup or die "cgroup: $!";
  $process = actor();
  move_to($cgroup, $process->pid);
  add('cgroup: escapes', $process, {cgroup => as_text($cgroup =~ s/^\Q$root\E//r)});
}

# ---- what happens: each sends itself a signal, and so does a short-lived child of each ----

my @formats = (
  ['table', '-a'],
  ['coloured table', '--color=always'],
  ['wide table', '-o', join ',', map { ("sender.$_", "target.$_") }
    qw(exe comm cmdline cwd cgroup)],
  ['-v', '-v'],
  ['--json', '--json'],
  ['--audit-format', '--audit-format'],
  ['--audit-format=enriched', '--audit-format=enriched'],
);
my @pids = map { ('-p', $_->{pid}) } @rows;
my %tracers = map { $_->[0] => KS::Tracer->start([@pids, '-s', 'USR1,USR2', @$_[1 .. $#$_]]) }
  @formats;
for my $row (@rows) {
  $row->{did} = [
    $row->{actor}->do(kill => $row->{pid}, SIGUSR1),
    $row->{actor}->do(vfork => 'kill', $row->{pid}, SIGUSR2),
  ];
}
my %output = map { $_ => $tracers{$_}->finish } keys %tracers;
my $events = 2 * @rows;

# Says where, not all of it.
sub lacks ($text, $pattern, $name) {
  my $ok = $text !~ $pattern;
  ok $ok, $name or diag "near: " . quote(Encode::encode('UTF-8', substr $text, $-[0] - 20, 60));
  return;
}

sub check_bytes ($name, $output) {
  $output =~ s/\e\[[0-9;]*m//g if $name =~ /coloured/;
  my $allowed = $name =~ /enriched/ ? '\n\x1d' : '\n';
  lacks($output, qr/[^\x20-\x7e\x80-\xff$allowed]/, "$name: no control bytes");
  my $text = eval { Encode::decode('UTF-8', my $copy = $output, Encode::FB_CROAK) };
  ok defined $text, "$name: valid UTF-8" or return;
  lacks($text, qr/[\x{80}-\x{9f}]/, "$name: no C1 controls");
  lacks($text, qr/[\x{202a}-\x{202e}\x{2066}-\x{2069}\x{200b}\x{2028}]/,
    "$name: no hidden characters") if $name !~ /json/;
  my ($longest) = sort { $b <=> $a } map { length } split /\n/, $output;
  cmp_ok $longest, '<', 48000, "$name: the longest line";
  return;
}

my @audit = map { qr/^type=$_ msg=audit\(\d+\.\d{3}:\d+\): / } qw(SYSCALL OBJ_PID PROCTITLE);
my $time = qr/\d\d:\d\d:\d\d\.\d{6} /;
my %lines = (    # how many lines there must be that match
  'table' => [[$events + 1, qr/^/], [$events, qr/^$time/]],
  'coloured table' => [[$events + 1, qr/^/],
    [$events, qr/^(?:\e\[\d+m)?$time/]],
  'wide table' => [[$events + 1, qr/^/]],
  '-v' => [[$events, qr/^\d{4}-\d\d-\d\dT/], [0, qr/^(?!\d{4}-\d\d-\d\dT|    )/]],
  '--json' => [[$events, qr/^\{.*\}$/], [$events, qr/^/]],
  '--audit-format' => [[3 * $events, qr/^/], map { [$events, $_] } @audit],
  '--audit-format=enriched' => [[3 * $events, qr/^/], map { [$events, $_] } @audit],
);

for my $name (map { $_->[0] } @formats) {
  is $tracers{$name}->wait, 0, "$name: status 0" or diag $tracers{$name}->stderr;
  check_bytes($name, $output{$name});
  my @lines = split /\n/, $output{$name};
  for my $row (@{$lines{$name}}) {
    my ($number, $like) = @$row;
    is scalar(grep { /$like/ } @lines), $number, "$name: lines like $like";
  }
}

# Audit's own records are exact, however long.
my @exe = $output{'--audit-format'} =~ /^type=SYSCALL .* exe=(\S+)/mg;
is scalar @exe, $events, '--audit-format: an exe in each SYSCALL';
for my $i (grep { $rows[$_]{path} } 0 .. $#rows) {
  my $exe = $exe[2 * $i] =~ /\A"(.*)"\z/ ? $1 : pack 'H*', $exe[2 * $i];
  ok $exe eq $rows[$i]{path}, "$rows[$i]{name}: all of it in --audit-format" or diag quote($exe);
}

# ---- and JSON tells it all, exactly ----

my @events = signals(parse_events($output{'--json'}, '--json'));

# What is cut off is said, and is the start of a path.
sub is_shown ($got, $key, $want, $name) {
  return is_deeply $got->{$key}, $want, "$name: $key" if !grep { $_ eq $key } @{$got->{cut}};
  my ($rest) = $got->{$key} =~ /\A\.\.\.(.+)\z/s;
  return ok defined $rest && $rest eq substr($want, -length $rest), "$name: the end of $key";
}

sub check_process ($got, $row, $name) {
  is_shown($got, $_, $row->{want}{$_}, $name) for sort keys %{$row->{want}};
  return;
}

for my $i (0 .. $#rows) {
  my ($row, $self, $child) = ($rows[$i], @events[2 * $i, 2 * $i + 1]);
  is $self->{sender}{pid}, $row->{pid}, "$row->{name}: sent by itself";
  is $child->{sender}{pid}, $row->{did}[1]{sender}{pid}, "$row->{name}: sent by its child";
  check_process($self->{sender}, $row, "$row->{name}: sender");
  check_process($self->{target}, $row, "$row->{name}: target");
  is_deeply [sort @{$self->{$_}{cut}}], $row->{cut}, "$row->{name}: $_ cut" for qw(sender target);
  my $parent = $child->{sender}{ancestors}[0];
  is $parent->{pid}, $row->{pid}, "$row->{name}: its child's ancestor";
  for my $key (grep { exists $parent->{$_} } sort keys %{$row->{want}}) {
    is_shown($parent, $key, $row->{want}{$key}, "$row->{name}: its child's ancestor");
  }
}

my ($huge) = grep { $rows[$_]{name} =~ /megabyte/ } 0 .. $#rows;
my $start = $events[2 * $huge]{sender}{cmdline};
is $start->[0], $actor, 'a megabyte of arguments: the first is whole';
is index($huge[0], $start->[1]), 0, 'a megabyte of arguments: the second is cut';
my ($none) = grep { $rows[$_]{name} =~ /none/ } 0 .. $#rows;
like join('|', @{$events[2 * $none]{sender}{cmdline}}), qr/\A\z/, 'no arguments: none are told';

# ---- no name is read as more than a name, in the formats for people ----

my %imitations = (
  'init[1] -> db' => q('init[1] -> db'), '-' => q('-'), '' => q(''), 'a  b' => q('a  b'),
  'x,y' => q('x,y'), "it's" => q($'it\\'s'), "a\xc2\xa0b" => "'a\xc2\xa0b'", '< y[1]' => q('< y[1]'),
  'kworker/0:1-ev' => 'kworker/0:1-ev', 'systemd-journal' => 'systemd-journal',
);

sub test_imitations () {
  my ($sender, $target) = (actor(), actor());
  $target->do('block');
  my @formats = (['-o', 'sender,target'], ['-v']);
  my @tracers = map { KS::Tracer->start(['-p', $target->id, '-s', 'USR1', @$_]) } @formats;
  my @names = sort keys %imitations;
  for my $comm (@names) {
    $_->do(name => quote($comm)) for $sender, $target;
    $sender->do(kill => $target->id, SIGUSR1);
  }
  my ($table, $verbose) = map { $_->finish } @tracers;
  my @rows = split /\n/, $table;
  my @titles = $verbose =~ /^\d\S* SIGUSR1 \w+: (.*)/mg;
  for my $i (0 .. $#names) {
    my $want = $imitations{$names[$i]};
    my ($from, $to) = map { $want . "[$_]" } $sender->id, $target->id;
    like $rows[$i + 1], qr/\A\Q$from\E +\Q$to\E\z/, "imitation: table: $want";
    is $titles[$i], "$from -> $to", "imitation: -v: $want";
  }
  $_->stop for $sender, $target;
  return;
}

test_imitations();

# ---- the longest line there is: everything as long as it can be, of bytes that are escaped ----

sub test_longest () {
  my ($shell, $part) = ("$top/sh", "\x01" x 240);
  copy('/bin/sh', $shell) or die "$shell: $!";
  my $victim = actor();
  $victim->do('block');
  my $tracer = trace('-p', $victim->id);
  my $nested = actor_as(['./sh', 'level20'], prepare => sub {
    mkdir "$top/longest" and chdir "$top/longest" or POSIX::_exit(99);
    for (1 .. 16 - int length($top) / 241) { mkdir $part and chdir $part or POSIX::_exit(99) }
    copy($shell, 'sh') and chmod 0755, 'sh' or POSIX::_exit(99);
    for my $level (0 .. 20) {
      open my $script, '>', "level$level" or POSIX::_exit(99);
      print $script $level ? './sh level' . ($level - 1) : 'kill -USR1 ' . $victim->pid, "\n:\n";
    }
  });
  is $nested->wait, 0, 'the longest line: sent' or diag $nested->stderr;
  my $output = $tracer->finish;
  my ($event) = signals(parse_events($output, 'the longest line'));
  is scalar @{$event->{sender}{ancestors}}, 16, 'the longest line: with 16 ancestors';
  is scalar(grep { "@{$_->{cut}}" eq 'exe' && $_->{exe} =~ m{\A\.\.\..*/sh\z}s } @{$event->{sender}{ancestors}}),
    16, 'the longest line: each with the end of a long path';
  note 'the longest line: ', length $output;
  cmp_ok length $output, '<', 48000, 'the longest line: is bounded';
  $victim->stop;
  return;
}

test_longest();

# ---- leave nothing ----

$_->{actor}->stop for @rows;
until_true('the cgroup is gone', sub { rmdir $cgroup }) if $cgroup;
is system('rm', '-rf', "$top"), 0, 'deep directories are removed';
done_testing;
