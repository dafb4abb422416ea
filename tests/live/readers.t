#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Who reads audit's log reads --audit-format: ausearch, aureport, libauparse and laurel find every
# event in it, with all records and fields, and have nothing to complain about.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Basename qw(basename);
use KS;
use POSIX qw(SIGUSR1 SIGUSR2 SIGKILL SIGPIPE SIGALRM SIGCHLD SIGSEGV);
use Test::More;

my $dir = temp_dir();
$ENV{PATH} = "$ENV{PATH}:/usr/sbin:/sbin:$KS::Tracer::top/build/tools";

# ---- what is recorded: signals of all kinds, and hostile names ----

my @names = ('a b', "\n\e[31m", '"', q('), 'a=b,', '{}', 'x,y}', "\xc3\xa9", "\xff", 'uid=0',
  'key="x"', 'type=KERNEL');

sub encoded ($text) { return $text =~ s/(\W)/sprintf '%%%02X', ord $1/ger }

# The number of kill here.
sub make_calls ($sender, $target) {
  my $pid = $target->id;
  my $gone = $sender->do('gone')->{pid};
  my $fd = $sender->do(pidfd => $pid)->{fd};
  my @claim = (-1, 42, 43);
  my @did = map { $sender->do(@$_) } [kill => $pid, SIGUSR1], [tkill => $pid, SIGUSR2],
    [tgkill => $pid, $pid, SIGUSR1], [rt_sigqueueinfo => $pid, 40, @claim],
    [rt_tgsigqueueinfo => $pid, $pid, 41, @claim], [pidfd_send_signal => $fd, 42, 0],
    [kill => $pid, 0], [kill => $gone, SIGKILL], [kill => -$gone, SIGKILL], [kill => $pid, 99],
    [pidfd_send_signal => -1, SIGKILL, 0], [i386 => 'kill', $pid, SIGUSR1];
  return $did[0]{syscall};
}

sub make_odd_calls ($target) {
  for my $name (@names) {
    my $sender = actor($name);
    $_->do(name => encoded($name)) for $sender, $target;
    $sender->do(title => encoded($name));
    $sender->do(kill => $target->id, SIGUSR1);
  }
  return;
}

sub make_group_call () {
  my $group = actor('of many');
  $group->do(handle => SIGUSR1);
  $group->do('group');
  $group->do(children => 40);
  $group->do(kill => -$group->id, SIGUSR1);
  return;
}

# Returns the target of what the kernel sends.
sub make_kernel_signals () {
  my $actor = actor();
  $actor->do(handle => SIGPIPE, SIGALRM);
  $actor->do(name => encoded('hit "me"'));
  $actor->do($_) for qw(broken_pipe alarm child_ends);
  my $pid = $actor->id;
  $actor->tell('fault');
  $actor->wait;
  return $pid;
}

my ($target, $sender, $nobody, $watched) = (actor(), actor('a sender'), actor(), actor());
$target->do('block');
$nobody->do(ids => (65534) x 6);
my %options = (
  raw => ['--audit-format'], enriched => ['--audit-format=enriched'],
  user => ['--audit-format=enriched,user'], kernel => ['--audit-format=kernel'],
);
my %tracers = map { $_ => KS::Tracer->start(['--all', '-w', "$dir/$_", @{$options{$_}}]) }
  keys %options;
my $watcher = KS::Tracer->start(['--audit-format', '-w', "$dir/notes", '-p', $watched->pid]);
my $kill = make_calls($sender, $target);
$nobody->do(kill => $target->id, SIGKILL);
make_odd_calls($target);
make_group_call();
my $hit = make_kernel_signals();
$sender->do(kill => $watched->id, SIGKILL);
$watcher->complete;
for my $name (sort keys %tracers) {
  $tracers{$name}->finish;
  is $tracers{$name}->wait, 0, "$name: written" or diag $tracers{$name}->stderr;
}

# ---- what is in a file ----

# {id, records: [{type, body}...]} by id, notes, and how many events have which type of record.
sub facts_in ($path) {
  my %facts = (events => {}, notes => 0, types => {});
  for (split /\n/, slurp($path)) {
    $facts{notes}++ if /\A#/;
    my ($type, $id, $body) = /\Atype=(\S+) msg=audit\(([^)]*)\): ([^\x1d]*)/ or next;
    my $event = $facts{events}{$id} //= {id => $id, records => []};
    $facts{types}{$type}++ if !grep { $_->{type} eq $type } @{$event->{records}};
    push @{$event->{records}}, {type => $type, body => $body};
  }
  $facts{n} = keys %{$facts{events}};
  $facts{calls} = $facts{types}{SYSCALL} // 0;
  return \%facts;
}

# As audit decodes its untrusted strings.
sub decoded ($value) {
  return $value =~ /\A"(.*)"\z/s ? $1 : $value =~ /\A\(/ ? $value : pack 'H*', $value;
}

# ---- the readers ----

# Said by audit's programs of some versions where audit is not set up.
my $no_config = qr{^Config file /etc/audit/auditd\.conf doesn't exist, skipping\n}m;

# Status, standard output and standard error of a reader.
sub read_by ($command, $input = '/dev/null') {
  open my $stdin, '<', $input or die "$input: $!";
  my $tool = KS::Process->start($command, stdin => $stdin);
  my $output = $tool->rest;
  return ($tool->wait, $output, $tool->stderr =~ s/$no_config//r);
}

sub has_program ($name) { return scalar grep { -x "$_/$name" } split /:/, $ENV{PATH} }

# What ausearch finds, which must be so many events, without a complaint.
sub finds ($n, $path, @options) {
  my $name = join ' ', basename($path), 'ausearch', @options;
  my ($status, $output, $errors) = read_by(['ausearch', '--debug', '-if', $path, @options]);
  my $event = "@options" =~ /csv|text/ ? qr/^(?!NODE,)./m : qr/^----$/m;
  is scalar(() = $output =~ /$event/g), $n, "$name: events";
  is $errors, $n ? '' : "<no matches>\n", "$name: no complaint";
  is $status, $n ? 0 : 1, "$name: status";
  return $output;
}

sub check_ausearch ($path, $facts) {
  my $output = finds($facts->{n}, $path);
  my @records = map { @{$_->{records}} } values %{$facts->{events}};
  is scalar(() = $output =~ /^type=/mg), @records, basename($path) . ' ausearch: records';
  finds($facts->{n}, $path, @$_) for ['-i'], ['--format', 'csv'], ['--format', 'text'];
  finds($facts->{types}{$_} // 0, $path, '-m', $_) for qw(SYSCALL OBJ_PID PROCTITLE KERNEL);
  finds(0, $path, '-k', 'killsnoop');
  return;
}

# Of the bodies of the SYSCALL records, how many match.
sub calls_with ($facts, $pattern) {
  return scalar grep { $_->{records}[0]{body} =~ $pattern } values %{$facts->{events}};
}

sub check_searches ($path, $facts) {
  finds(calls_with($facts, qr/syscall=$kill /), $path, '-sc', 'kill');
  finds(calls_with($facts, qr/ success=no /), $path, '-sv', 'no');
  finds(calls_with($facts, qr/ exit=-1 /), $path, '-e', -1);
  for my $actor ($sender, $nobody) {
    my $pid = $actor->id;
    finds(calls_with($facts, qr/^arch.* pid=$pid /), $path, '-p', $pid);
  }
  my $exe = helper('actor');
  finds(calls_with($facts, qr/ exe="\Q$exe\E"/), $path, '-x', $exe);
  finds(calls_with($facts, qr/^arch.* uid=65534 /), $path, '-ui', 65534);
  my $text = finds($facts->{types}{KERNEL}, $path, '-m', 'KERNEL', '-i');
  like $text, qr/ op=signal sig=SIGSEGV origin=fault .* opid=$hit .* ocomm=hit "me" pid=$hit /,
    basename($path) . ': what ausearch -i makes of a signal of the kernel';
  return;
}

sub rows ($path, @options) {
  my ($status, $output, $errors) = read_by(['aureport', '-if', $path, @options]);
  my $name = join ' ', basename($path), 'aureport', @options;
  is $errors, '', "$name: no complaint";
  return $output;
}

sub check_aureport ($path, $facts) {
  my $name = basename($path) . ' aureport';
  is scalar(() = rows($path, '-e') =~ /^\d+\. /mg), $facts->{n}, "$name -e: events";
  my ($total) = rows($path) =~ /^Number of events: (\d+)$/m;
  is $total, $facts->{n}, "$name: number of events";
  for my $report (qw(-s -p -x -u)) {
    my $n = () = rows($path, $report, '-i') =~ /^\d+\. /mg;
    is $n, $facts->{calls}, "$name $report -i: calls";
    my $sum = 0;
    $sum += $_ for rows($path, $report, '--summary') =~ /^(\d+)  /mg;
    is $sum, $facts->{calls}, "$name $report --summary: calls";
  }
  rows($path, '-k');
  return;
}

sub check_meanings ($events, $name) {
  my @fields = map { @{$_->{fields}} } map { @{$_->{records}} } @$events;
  my @wrong = grep { $_->[0] =~ /\Ao?comm\z/ && $_->[2] ne decoded($_->[1]) } @fields;
  push @wrong, grep { $_->[0] eq 'sig' && $_->[1] < 32 && $_->[2] !~ /\ASIG[A-Z]/ } @fields;
  is_deeply \@wrong, [], "$name: meanings";
  return;
}

# Field by field, this is what is in the file.
sub check_auparse ($path, $facts) {
  my $name = basename($path) . ' libauparse';
  my ($status, $output) = read_by([helper('auparse'), $path]);
  is $status, 0, "$name: no complaint";
  my @events = map { decode($_) } split /\n/, $output;
  is scalar @events, $facts->{n}, "$name: events";
  is scalar(grep { !$_->{normalized} } @events), 0, "$name: events it has no words for";
  my $in_file = sub ($record) {
    my ($type, @fields) = @{$record->{fields}};
    return {type => $type->[1], body => join ' ', map { "$_->[0]=$_->[1]" } @fields};
  };
  my @got = map { {id => $_->{id}, records => [map { $in_file->($_) } @{$_->{records}}]} } @events;
  is_deeply {map { $_->{id} => $_ } @got}, $facts->{events}, "$name: all fields of all records";
  check_meanings(\@events, $name);
  return;
}

sub read_by_laurel ($path) {
  my $config = "$dir/laurel.toml";
  open my $file, '>', $config or die "$config: $!";
  print $file qq(directory = "$dir/laurel"\n[auditlog]\nfile = "log"\nsize = 1000000000\n);
  close $file;
  mkdir "$dir/laurel";
  unlink glob "$dir/laurel/*";
  my ($status, @said) = read_by(['laurel', '-c', $config], $path);
  return ($status, "@said", map { decode($_) } split /\n/, slurp("$dir/laurel/log") // '');
}

# Its own log, which is on standard error or output. It passes over notes, too, but counts them.
sub check_laurel ($path, $facts) {
  my $name = basename($path) . ' laurel';
  my ($status, $said, @events) = read_by_laurel($path);
  is $status, 0, "$name: status";
  my ($errors) = $said =~ /with (\d+) errors in total$/m;
  is $errors, $facts->{notes}, "$name: complains of notes only" or diag $said;
  is scalar @events, $facts->{n}, "$name: events";
  my %got = map { $_->{ID} => {map { $_ => 1 } grep { !/\A(?:ID|NODE)\z/ } keys %$_} } @events;
  my %want = map { my $event = $_; $event->{id} => {map { $_->{type} => 1 } @{$event->{records}}} }
    values %{$facts->{events}};
  is_deeply \%got, \%want, "$name: records of each type";
  return;
}

# ---- the checks ----

my %readers = (ausearch => \&check_ausearch, aureport => \&check_aureport,
  laurel => \&check_laurel);

sub check_file ($path) {
  my $facts = facts_in($path);
  for my $name (sort keys %readers) {
    next if !has_program($name);
    $readers{$name}->($path, $facts);
  }
  check_auparse($path, $facts);
  return;
}

my %facts = map { $_ => facts_in("$dir/$_") } keys %options;
my @hits = map { $_->{records}[0]{body} =~ /^op=signal sig=(\d+) origin=\w+ .* opid=$hit / }
  values %{$facts{raw}{events}};
is_deeply [sort { $a <=> $b } @hits], [SIGSEGV, SIGPIPE, SIGALRM, SIGCHLD],
  'the kernel\'s signals have records';
is $facts{user}{types}{KERNEL}, undef, 'but not if those of users are asked for';
cmp_ok $facts{user}{calls}, '>=', 20, 'which are all there';
is_deeply [keys %{$facts{kernel}{types}}], ['KERNEL'], 'or only if those of the kernel are';
is facts_in("$dir/notes")->{notes}, 1, 'an end is noted';

check_file($_) for map { "$dir/$_" } sort(keys %options), 'notes';
check_file($_) for glob "$here/../replay/*.{audit,enriched}";

SKIP: {
  skip 'ausearch (Debian package auditd) is missing', 1 if !has_program('ausearch');
  check_searches("$dir/$_", $facts{$_}) for qw(raw enriched);
}
for my $missing (grep { !has_program($_) } sort keys %readers) {
  SKIP: { skip "$missing is missing", 1 }
}
done_testing;
