#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# What doctor tells, in words and as JSON, of this kernel and of one that lacks something.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use KS;
use List::Util qw(sum0);
use Test::More;

my @needed = qw(privileges types memory locked-memory ringbuf);

sub doctor ($args, %options) { return run_tool(['doctor', @$args], %options) }

sub doctor_json ($args, %options) {
  my ($status, $output, $stderr) = doctor(['--json', @$args], %options);
  is $stderr, '', "doctor --json @$args: nothing on stderr";
  return ($status, decode($output));
}

sub by_name ($told) {
  return map { ($_->{name} => $_) } @{$told->{abilities}};
}

# What is told is what is done.
sub test_here () {
  my ($status, $told) = doctor_json([]);
  my (undef, $text) = doctor([]);
  is $status, 0, 'killsnoop works here';
  ok $told->{plan}{works}, 'and says so';
  is_deeply [map { $_->{name} } grep { $_->{needed} } @{$told->{abilities}}], \@needed, 'what is needed';
  for my $ability (@{$told->{abilities}}) {
    my $word = $ability->{available} ? 'yes' : 'no';
    like $text, qr/^\Q$ability->{title}\E +$word +\Q$ability->{how}\E/m, "$ability->{name}: in words";
    is defined $ability->{error}, !$ability->{available}, "$ability->{name}: a reason, if it is missing";
    ok length $ability->{lost_without}, "$ability->{name}: what is lost without it";
    like $text, qr/ impact: \Q$ability->{lost_without}\E$/m, "$ability->{name}: in words, too"
      if !$ability->{available};
  }
  my %abilities = by_name($told);
  ok $abilities{'self-test'}{available}, 'this kernel is what killsnoop relies on'
    or diag $abilities{'self-test'}{lost_without};
  my $has_clock = (slurp('/proc/kallsyms') // '') =~ /^0*[1-9a-f]\S* \S (?:tk_core|timekeeper_data)$/m;
  is !!$abilities{clock}{available}, !!$has_clock, "this kernel's clock is the time, if its address is known"
    or diag $abilities{clock}{error};
  my $way = {fexit => 'fexit', tracepoint => 'tracepoints', raw => 'the raw tracepoint of all calls'}->{$told->{plan}{returns}};
  like $text, qr/\Akillsnoop works here: it sees every signal, and calls return through $way\.\n/,
    'the first line: what it will do here';
  return;
}

sub test_without () {
  my %ways = (
    'btf' => {signals => 'raw_tp', returns => 'tracepoint', refused => 'search', calls => 'hash',
      registers => 'stack', reads => 'helper'},
    'task-btf' => {calls => 'hash', registers => 'stack', reads => 'helper'},
    'direct-loads' => {reads => 'helper'},
    'task-storage' => {calls => 'hash'},
    'task-pt-regs' => {registers => 'stack'},
    'fexit' => {returns => 'tracepoint', refused => 'search'},
    'checks' => {refused => 'search'},
  );
  my %here = by_name((doctor_json([]))[1]);
  for my $name (grep { !$here{$_}{needed} } sort keys %here) {
    my ($status, $told) = doctor_json(['--without', $name]);
    my %abilities = by_name($told);
    is_deeply [@{$abilities{$name}}{qw(available error)}], [JSON::PP::false, 'ECANCELED'],
      "--without $name: it is left out";
    my $expected = $ways{$name} // {};
    is_deeply {map { ($_ => $told->{plan}{$_}) } keys %$expected}, $expected, "--without $name: the plan";
    is $status, $told->{plan}{works} ? 0 : 1, "--without $name: status";
  }
  my ($status, $told) = doctor_json(['--without', 'task-pt-regs,saved-regs']);
  is $status, 1, 'no registers: it does not work';
  like $told->{plan}{problem}, qr/registers/, 'no registers: said';
  is $told->{plan}{returns}, undef, 'no registers: there is no plan';
  return;
}

# It says what tracing would.
sub test_hooks () {
  for my $args (map { ['--hook', $_] } qw(fexit tracepoint raw)) {
    push @$args, '--without', 'tracepoints' if $args->[1] eq 'tracepoint';
    my ($status, $told) = doctor_json($args);
    my ($run, undef, $stderr) = run_tool([@$args, '--duration', '1ms']);
    is $status, $run, "@$args: the same status";
    my $line = $status ? "killsnoop: $told->{plan}{problem}\n" : "killsnoop: 0 events, 0 lost\n";
    is $stderr, $line, "@$args: in the same words";
  }
  return;
}

sub test_nobody () {
  my $dir = temp_dir();
  copy($KS::Tracer::program, "$dir/killsnoop") or die "copy: $!";
  chmod 0755, $dir, "$dir/killsnoop";
  my %nobody = (program => "$dir/killsnoop",
    wrapper => [qw(setpriv --reuid 65534 --regid 65534 --clear-groups)]);
  my ($status, $told) = doctor_json([], %nobody);
  my %abilities = by_name($told);
  is $status, 1, 'not root: status';
  is_deeply [grep { $abilities{$_}{available} } qw(privileges ringbuf fexit)], [], 'not root: not had';
  ok $abilities{types}{available}, 'not root: types can be read';
  like $told->{plan}{problem}, qr/root/, 'not root: what to do';
  return;
}

# What is tried sends no signal to itself, nor does a child of it: who waits for a command counts these.
sub test_silent () {
  my $tracer = trace('-a');
  my @pids = map { my $tool = KS::Tracer->start(['doctor'], not_ready => 1); $tool->complete; $tool->pid } 1 .. 10;
  my @events = finish_ok($tracer, 'silent');
  is_deeply [map { $_->{signal}{name} } map { to_target($_, @events), sent_by($_, @events) } @pids], [],
    'silent: no signal is sent';
  return;
}

# What the kernel counts of a process's maps and programs, by the type of the map; programs have none.
sub memory_of ($pid) {
  my %bytes;
  for my $file (glob "/proc/$pid/fdinfo/*") {
    my $info = slurp($file);
    my ($bytes) = $info =~ /^memlock:\s*(\d+)/m or next;
    my ($type) = $info =~ /^map_type:\s*(\d+)/m;
    $bytes{$type // 'program'} += $bytes;
  }
  return %bytes;
}

sub test_memory () {
  my ($hash, $ring) = (1, 27);    # enum bpf_map_type
  my (undef, $told) = doctor_json([]);
  my (undef, $text) = doctor([]);
  my $memory = $told->{memory};
  my $tracer = trace();
  my %before = memory_of($tracer->pid);
  if ($before{$ring} < 32 << 20) {
    is $memory, undef, 'memory: this kernel does not say';
    return finish_ok($tracer, 'memory');
  }
  is $memory->{rings}, $before{$ring}, 'memory: the ring buffers';
  is $memory->{programs}, $before{program}, 'memory: the programs';
  my $maps = sum0(values %before) - $before{$ring} - $before{program};
  cmp_ok abs($maps - $memory->{maps}), '<', 2 << 20, 'memory: other maps, but for their elements';
  my $rings = sprintf '%.1f', $memory->{rings} / (1 << 20);
  like $text, qr/^kernel memory .* ring buffers \Q$rings\E,/m, 'memory: in words';
  my @sleepers = map { KS::Process->start(['sleep', '1000']) } 1 .. 64;
  until_true('execed', sub { $_->pid && slurp('/proc/' . $_->pid . '/comm') =~ /sleep/ }) for @sleepers;
  my %after = memory_of($tracer->pid);
  my $each = ($after{$hash} - $before{$hash}) / @sleepers;
  note "$each bytes a process";
  cmp_ok $each, '<=', 2 * $memory->{per_process}, 'memory: a process takes no more';
  cmp_ok $each, '>', $memory->{per_process} / 2, 'memory: and not much less' if $memory->{per_process};
  for my $sleeper (@sleepers) { $sleeper->signal('KILL'); $sleeper->wait }
  return finish_ok($tracer, 'memory');
}

test_here();
test_memory();
test_silent();
test_without();
test_hooks();
test_nobody();
done_testing;
