#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Servers with masters and workers: who ended a worker, and who was behind that. They run in a folder
# of their own, on sockets there.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::UNIX;
use KS;
use KS::Story;
use Test::More;

my $dir = temp_dir();
chmod 0755, $dir;
my $nobody = getpwnam('nobody') // 65534;

# A folder that such a server may write to.
sub folder_for ($name, $uid) {
  mkdir "$dir/$name", 0700 or die "$dir/$name: $!";
  chown $uid, -1, "$dir/$name" or die "$dir/$name: $!";
  return "$dir/$name";
}

sub start_server (@command) {
  open my $log, '>>', "$dir/log" or die "$dir/log: $!";
  return KS::Process->start([@command], stdout => $log);
}

sub client_of ($path) {
  return until_true("a server at $path", sub { IO::Socket::UNIX->new(Peer => $path) });
}

my @as_nobody = ('setpriv', '--reuid', $nobody, '--regid', $nobody, '--clear-groups');

# ---- redis ----

my @redis_options = ('--save', '', '--port', 0, '--enable-debug-command', 'yes');

sub redis_cli ($s, @command) {
  my $client = KS::Process->start([command_line('redis-cli'), '-s', $s->{socket}, @command]);
  $client->rest;
  $client->wait;
  return;
}

sub redis ($name, $strike, %want) {
  state $n = 0;
  my $socket = "$dir/redis-" . ++$n;
  return {
    name => "redis, $name", needs => [qw(redis-server redis-cli)],
    start => sub {
      return {socket => $socket, process => start_server(command_line('redis-server'), '--unixsocket', $socket, '--dir', "$dir", @redis_options)};
    },
    ready => sub ($s) { client_of($socket); $s->{pid} = $s->{process}->pid },
    strike => $strike,
    want => sub ($s) { return (from => [$s->{by} // ()], %want) },
  };
}

my @redis = (
  redis('SIGTERM', sub ($s) { $s->{by} = outsider('TERM', $s->{pid}) }, status => 0, how => 'handled'),
  redis('SHUTDOWN', sub ($s) { redis_cli($s, 'SHUTDOWN') }, status => 0, how => undef, words => qr/exited with status 0$/),
  redis('a fault', sub ($s) { redis_cli($s, 'DEBUG', 'SEGFAULT') }, status => 'SIGSEGV', how => 'fault', blow => 1),
);

# ---- nginx ----

sub start_nginx ($folder) {
  write_file("$folder/conf", <<"END");
daemon off; pid $folder/pid; error_log $folder/error; worker_processes 2;
events {}
http { access_log off; client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi; server { listen unix:$folder/socket; } }
END
  my @command = (command_line('nginx'), '-c', "$folder/conf", '-e', "$folder/error");
  return {command => \@command, process => start_server(@command)};
}

# %want, of the master and of each worker.
sub nginx ($name, $strike, $want) {
  state $n = 0;
  my $folder = 'nginx-' . ++$n;
  return {
    name => "nginx, $name", needs => ['nginx'],
    start => sub { return start_nginx(folder_for($folder, 0)) },
    ready => sub ($s) {
      $s->{master} = $s->{process}->pid;
      $s->{workers} = [child_of($s->{master}, qr/^nginx$/, 2)];
      client_of("$dir/$folder/socket");
      $s->{pids} = [$s->{master}, @{$s->{workers}}];
    },
    strike => $strike,
    want => $want,
  };
}

# The master asks the workers to end by a message.
sub asked ($s) {
  return map { ($_ => {status => 0, how => undef, from => []}) } @{$s->{workers}};
}

my @nginx = (
  nginx('SIGTERM', sub ($s) { $s->{by} = outsider('TERM', $s->{master}) }, sub ($s) {
    return ($s->{master} => {status => 0, how => 'handled', signal => 'SIGTERM', from => [$s->{by}]}, asked($s));
  }),
  nginx('-s quit', sub ($s) { my $tool = start_server(@{$s->{command}}, '-s', 'quit'); $s->{by} = $tool->pid; $tool->wait }, sub ($s) {
    return ($s->{master} => {status => 0, how => 'handled', signal => 'SIGQUIT', from => [$s->{by}]}, asked($s));
  }),
  nginx('a worker is killed', sub ($s) {
    $s->{by} = outsider('KILL', $s->{workers}[0]);
    until_true('another worker', sub { child_of($s->{master}, qr/^nginx$/, 2) });
    outsider('TERM', $s->{master});
  }, sub ($s) {
    return ($s->{workers}[0] => {status => 'SIGKILL', how => 'killed', from => [$s->{by}]});
  }),
);

# ---- gunicorn ----

write_file("$dir/stories_app.py", "import time\ndef app(environ, start_response):\n  time.sleep(100)\n");

sub gunicorn ($name, $timeout, $strike, $want) {
  my $socket = "$dir/gunicorn-$timeout";
  return {
    name => "gunicorn, $name", needs => ['/usr/bin/python3'],
    start => sub {
      local $ENV{PYTHONPATH} = join ':', "$dir", unpacked('usr/lib/python3/dist-packages');
      return 'gunicorn is not here' if system('/usr/bin/python3 -c "import gunicorn" 2>/dev/null');
      my @command = ('/usr/bin/python3', '-m', 'gunicorn', '-b', "unix:$socket", '-w', 1, '-t', $timeout, '--worker-tmp-dir', "$dir", 'stories_app:app');
      return {socket => $socket, process => start_server(@command)};
    },
    ready => sub ($s) {
      client_of($socket);
      $s->{master} = $s->{process}->pid;
      $s->{worker} = child_of($s->{master});
      $s->{pids} = [$s->{master}, $s->{worker}];
    },
    strike => $strike,
    want => $want,
  };
}

my @gunicorn = (
  gunicorn('SIGTERM', 100, sub ($s) { $s->{by} = outsider('TERM', $s->{master}) }, sub ($s) {
    return ($s->{master} => {status => 0, how => 'handled', from => [$s->{by}]},
      $s->{worker} => {status => 0, how => 'handled', from => [$s->{master}, $s->{by}], passed => [qw(SIGTERM SIGTERM)]});
  }),
  gunicorn('a worker does not answer in time', 2, sub ($s) {
    my $client = client_of($s->{socket});
    $client->syswrite("GET / HTTP/1.0\r\n\r\n");
    until_true('the end of the worker', sub { ended_pid($s->{worker}) });
    outsider('QUIT', $s->{master});
  }, sub ($s) {
    return ($s->{worker} => {status => 1, how => 'handled', signal => 'SIGABRT', from => [$s->{master}]});
  }),
);

# ---- PostgreSQL ----

# A cluster, of which each server has a copy.
sub make_cluster () {
  my $folder = folder_for('cluster', $nobody);
  my @initdb = (@as_nobody, command_line('initdb'), '-D', $folder, '-U', 'postgres', qw(-A trust -E UTF8 --locale=C --no-sync --no-instructions));
  return start_server(@initdb)->wait;
}

# Another session: [process, pid of its backend].
sub session ($s) {
  my $client = KS::Process->start([command_line('psql'), '-h', $s->{folder}, '-U', 'postgres', '-d', 'postgres', '-XAt',
    '-c', 'select pg_backend_pid()', '-c', 'select pg_sleep(100)']);
  return [$client, $client->line];
}

sub start_postgres ($name) {
  state $is_made = make_cluster() == 0;
  return 'initdb fails' if !$is_made;
  system('cp', '-a', "$dir/cluster", "$dir/$name") == 0 or die "cp: $?";
  my @command = (@as_nobody, command_line('postgres'), '-D', "$dir/$name", '-k', "$dir/$name");
  return {folder => "$dir/$name", process => start_server(@command, qw(-c listen_addresses= -c fsync=off -c autovacuum=off -c shared_buffers=1MB))};
}

sub postgres ($name, $strike, $want) {
  return {
    name => "postgres, $name", needs => [qw(initdb postgres psql pg_ctl setpriv)],
    start => sub { return start_postgres('postgres-' . $name =~ s/\W//gr) },
    ready => sub ($s) {
      until_true('postgres', sub { (slurp("$s->{folder}/postmaster.pid") // '') =~ /^ready/m });
      $s->{master} = $s->{process}->pid;
      $s->{sessions} = [map { session($s) } 1 .. 2];
      $s->{pids} = [$s->{master}, map { $_->[1] } @{$s->{sessions}}];
    },
    strike => $strike,
    want => sub ($s) { return $want->($s, map { $_->[1] } @{$s->{sessions}}) },
  };
}

sub pg_stop ($s, $mode) {
  my $pg_ctl = start_server(@as_nobody, command_line('pg_ctl'), 'stop', '-s', '-D', $s->{folder}, '-m', $mode);
  $pg_ctl->wait;
  return $pg_ctl->pid;
}

my @postgres = (
  postgres('pg_terminate_backend, fast', sub ($s) {
    my $client = $s->{sessions}[0][0];
    my $other = KS::Process->start([command_line('psql'), '-h', $s->{folder}, '-U', 'postgres', '-d', 'postgres', '-XAt',
      '-c', 'select pg_backend_pid()', '-c', "select pg_terminate_backend($s->{sessions}[0][1])"]);
    $s->{backend} = $other->line;
    $other->rest;
    $s->{by} = pg_stop($s, 'fast');
  }, sub ($s, $first, $second) {
    return ($s->{master} => {status => 0, how => 'handled', signal => 'SIGINT', from => [$s->{by}]},
      $first => {status => 1, how => 'handled', signal => 'SIGTERM', from => [$s->{backend}]},
      $second => {status => 1, how => 'handled', from => [$s->{master}, $s->{by}], passed => [qw(SIGTERM SIGINT)]});
  }),
  postgres('immediate', sub ($s) { $s->{by} = pg_stop($s, 'immediate') }, sub ($s, @backends) {
    return ($s->{master} => {status => 0, how => 'handled', signal => 'SIGQUIT', from => [$s->{by}]},
      map { ($_ => {status => 2, how => 'handled', from => [$s->{master}, $s->{by}], passed => [qw(SIGQUIT SIGQUIT)]}) } @backends);
  }),
  postgres('a backend is killed', sub ($s) {
    $s->{by} = outsider('KILL', $s->{sessions}[0][1]);
    until_true('the end of the other', sub { ended_pid($s->{sessions}[1][1]) });
    $s->{stopped_by} = pg_stop($s, 'immediate');
  }, sub ($s, $first, $second) {
    return ($s->{master} => {how => 'handled', signal => 'SIGQUIT', from => [$s->{stopped_by}]},
      $first => {status => 'SIGKILL', how => 'killed', from => [$s->{by}]},
      $second => {status => 2, how => 'handled', signal => 'SIGQUIT', from => [$s->{master}, $s->{by}], passed => [qw(SIGQUIT SIGKILL)]});
  }),
);

run_stories('servers', @redis, @nginx, @gunicorn, @postgres);
done_testing;
