#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Workers that were forked, executed nothing and gave themselves a title: they are shown with it when
# a signal ends them, and once they have sent one.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use KS;
use KS::End;
use KS::Story;
use Test::More;

# For each line, "WHAT TITLE" with the title in hex, it forks a worker that prints its pid.
my $master = <<'END';
  $| = 1;
  $SIG{CHLD} = 'IGNORE';
  $SIG{USR1} = sub { };
  while (<STDIN>) {
    my ($what, $title) = split;
    next if fork;
    $0 = pack 'H*', $title;
    print "$$\n";
    if ($what =~ /^[A-Z]/) { kill $what => $$ }
    elsif ($what eq 'tools') { system 'kill', '-USR1', $$; kill USR1 => $$; system 'kill', '-USR1', $$; print "sent\n" }
    sleep 100 while 1;
  }
END
$ENV{KS_ROOM} = '-' x 2000;    # for long titles

my @tracers = map { KS::Tracer->start(['-c', 'perl', @$_]) } ['--json', '--redact=never'], ['--json', '--redact=always'], ['-v'];
my $process = KS::Process->start([$^X, '-e', $master, 'master', '-' x 30]);
my %pids;

sub worker ($what, $title, $name) {
  $process->write("$what " . unpack('H*', $title) . "\n");
  return $pids{$name} = 0 + $process->line;
}

sub await_end ($name) {
  until_true("the end of $name", sub { !-d "/proc/$pids{$name}" });
  return;
}

my %titles = (
  KILL => 'ks: worker that SIGKILL ends', TERM => 'ks: worker that SIGTERM ends',
  secret => 'ks: worker --password=hunter2', hostile => "ks:\e[31m \xff\n\$(x) '\"\\ \x01",
  long => 'ks: ' . 'long ' x 1000,
);
for my $name (sort keys %titles) {
  worker('wait', $titles{$name}, $name);
  outsider($name eq 'TERM' ? 'TERM' : 'KILL', $pids{$name});
}
$titles{SEGV} = 'ks: worker that ends itself';
worker('SEGV', $titles{SEGV}, 'SEGV');
await_end($_) for keys %titles;

# One that lives, and is signalled before and after it has sent a signal.
worker('tools', 'ks: worker that lives', 'alive');
$process->line;
$process->stop;
outsider('KILL', $pids{alive});
await_end('alive');

# ---- nginx ----

sub nginx ($folder) {
  return if !program('nginx');
  write_file("$folder/conf", <<"END");
daemon off; pid $folder/pid; error_log $folder/error; worker_processes 1; user root;
events {}
http { access_log off; client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi; server { listen unix:$folder/socket; } }
END
  my $tracer = trace('-c', 'nginx');
  my $nginx = KS::Process->start([command_line('nginx'), '-c', "$folder/conf", '-e', "$folder/error"]);
  my $worker = child_of($nginx->pid, qr/^nginx$/);
  until_true('its title', sub { (slurp("/proc/$worker/cmdline") // '') =~ /^nginx: worker process/ });
  outsider('KILL', $worker);
  until_true('the end of the worker', sub { ended_pid($worker) });
  outsider('TERM', $nginx->pid);
  $nginx->wait;
  my ($end) = grep { $_->{process}{pid} == $worker } exits(finish_ok($tracer, 'nginx'));
  return $end->{process};
}

my $folder = temp_dir();
SKIP: {
  my $shown = nginx($folder);
  skip 'there is no nginx', 1 if !$shown;
  is_deeply [@$shown{qw(cmdline cmdline_inherited)}], [['nginx: worker process'], JSON::PP::false], 'nginx: its worker';
}

# ---- what was shown ----

my ($plain, $redacted, $verbose) = map { $_->finish } @tracers;
my @events = parse_events($plain, 'titles');

sub end_of ($name, @from) {
  my ($end) = grep { $_->{process}{pid} == $pids{$name} } exits(@from);
  return $end ? $end->{process} : {};
}

sub shown ($task) { return [$task->{cmdline}, $task->{cmdline_inherited}] }

for my $name (qw(KILL TERM SEGV)) {
  my ($signal) = grep { $_->{signal}{name} eq "SIG$name" } to_target($pids{$name}, @events);
  is_deeply shown(end_of($name, @events)), [[$titles{$name}], JSON::PP::false], "$name: the end has the title";
  is $signal->{target}{cmdline}[0], $signal->{target}{cmdline_inherited} ? $^X : $titles{$name},
    "$name: the signal has it, or is marked";
}

is end_of('secret', @events)->{cmdline}[0], $titles{secret}, 'a secret in a title';
is end_of('secret', parse_events($redacted, 'redacted'))->{cmdline}[0], 'ks: worker --password=***', 'which is hidden';
unlike $redacted, qr/hunter2/, 'everywhere';

my $hostile = end_of('hostile', @events);
like $hostile->{cmdline}[0], qr/^ks:\e\[31m .*\n\$\(x\) '"\\ \x01$/, 'a hostile title, in JSON';
unlike $verbose, qr/\e\[31m|\x01/, 'which -v escapes';
my $long = end_of('long', @events)->{cmdline}[0];
cmp_ok length $long, '>', 500, 'a long title';
is $long, substr($titles{long}, 0, length $long), 'of which the end may be missing';

my @tools = grep { $_->{signal}{name} eq 'SIGUSR1' && $_->{sender}{pid} != $pids{alive} } to_target($pids{alive}, @events);
is_deeply [map { $_->{target}{cmdline_inherited} } @tools], [JSON::PP::true, JSON::PP::false], 'a title is known once a signal was sent';
is $tools[1]{target}{cmdline}[0], 'ks: worker that lives', 'of the target';
is_deeply shown($tools[1]{sender}{ancestors}[0]), [['ks: worker that lives'], JSON::PP::false], 'and of an ancestor';
done_testing;
