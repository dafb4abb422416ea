#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# Names of containers, from files as runtimes have them: in a mount namespace, and in cgroups as they make
# them.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Path qw(make_path remove_tree);
use KS;
use POSIX qw(SIGUSR1);
use Test::More;

my $root = cgroup_root();
plan skip_all => 'no writable mount of cgroups' if !$root;

my $dir = temp_dir();
my @dirs = qw(/run/containerd /run/containers /var/lib/docker /var/lib/containers);
make_path(map { "$dir$_" } @dirs);
chmod 0700, map { "$dir$_" } @dirs;
my @within = ('unshare', '-m', 'sh', '-c', "mount -t tmpfs none /run && mount -t tmpfs none /var/lib && "
    . (join ' && ', map { "mkdir $_ && mount --bind $dir$_ $_" } @dirs) . ' && exec "$@"', 'sh');

sub id ($digit) { return $digit x 64 }

sub write_json ($path, $value) {
  my ($folder) = "$dir$path" =~ m{(.*)/};
  make_path($folder, {mode => 0700});
  open my $file, '>', "$dir$path" or die "$path: $!";
  print $file $json->encode($value);
  close $file or die "$path: $!";
  chmod 0600, "$dir$path";
  return;
}

# ---- what runtimes write ----

sub write_containerd ($id) {
  write_json("/run/containerd/io.containerd.runtime.v2.task/k8s.io/$id/config.json", {
    ociVersion => '1.1.0', annotations => {
      'io.kubernetes.cri.container-type' => 'container', 'io.kubernetes.cri.container-name' => 'web',
      'io.kubernetes.cri.sandbox-name' => 'web-7d9', 'io.kubernetes.cri.sandbox-namespace' => 'shop'}});
  return;
}

sub write_docker ($id, $name) {
  write_json("/run/containerd/io.containerd.runtime.v2.task/moby/$id/config.json", {ociVersion => '1.1.0'});
  write_json("/var/lib/docker/containers/$id/config.v2.json",
    {ID => $id, Name => "/$name", Config => {Labels => {}}});
  return;
}

my @stored;    # as CRI-O and Podman list them

sub write_storage ($id, $name, %annotations) {
  push @stored, {id => $id, names => [$name]};
  my $storage = '/var/lib/containers/storage/overlay-containers';
  write_json("$storage/$id/userdata/config.json", {annotations => \%annotations});
  write_json("$storage/containers.json", \@stored);
  return;
}

sub write_crio ($id) {
  write_storage($id, 'k8s_db_db-0_shop_9e36113d_0', 'io.kubernetes.container.name' => 'db',
    'io.kubernetes.pod.name' => 'db-0', 'io.kubernetes.pod.namespace' => 'shop');
  return;
}

# ---- who is in which cgroup ----

# Rows: cgroup, and the names that are expected; those of the first two are gone when the signals come.
my @rows = (
  ['kubepods.slice/kubepods-pod1.slice/cri-containerd-' . id('1') . '.scope', 'web', 'web-7d9', 'shop'],
  ['docker-' . id('2') . '.scope', 'proxy'],
  ['kubepods/besteffort/pod2/crio-' . id('3'), 'db', 'db-0', 'shop'],
  ['machine.slice/libpod-' . id('4') . '.scope/container', 'job'],
  ['system.slice/quadlet.service/libpod-payload-' . id('4'), 'job'],
  ['docker/' . id('5')],
  ['docker/' . id('6')],
  # Somebody made up who had that cgroup:
  ['user@1000.service/user.slice/libpod-' . id('4') . '.scope'],
  ['docker/' . id('5') . '/docker/' . id('2')],
);

my $top = "$root/ks-$$";
my $sender = actor();

sub start_in ($cgroup) {
  my $actor = actor();
  make_path("$top/$cgroup");
  move_to("$top/$cgroup", $actor->id);
  $actor->do('block');
  return $actor;
}

sub clean_up () {
  my @folders = reverse split /\n/, qx(find '$top' -type d 2>/dev/null);
  for my $folder (@folders) { until_true("$folder is gone", sub { rmdir $folder }) }
  return;
}

# ---- what is shown ----

sub check_names ($event, $row, $name) {
  my ($cgroup, @names) = @$row;
  my $target = $event->{target};
  my ($id) = $cgroup =~ /.*([0-9a-f]{64})/;
  is $target->{container}, $id, "$name: container";
  is_deeply [@$target{qw(container_name pod pod_namespace)}], [@names, (undef) x (3 - @names)], "$name: names";
  return;
}

# A signal to it; on a busy machine, a name may come later than the first one.
sub signal_to ($target, $tracer, $is_named) {
  my $event;
  until_true('a name comes', sub {
    $sender->do(kill => $target->id, SIGUSR1);
    $event = decode($tracer->line);
    return !$is_named || $event->{target}{container_name};
  });
  return $event;
}

sub check_all ($tracer, $targets) {
  for my $i (0 .. $#$targets) {
    my $event = signal_to($targets->[$i], $tracer, defined $rows[$i][1]);
    check_names($event, $rows[$i], $rows[$i][0] =~ s/([0-9a-f])\g1{63}/ID-$1/gr);
    is_deeply [@{$event->{sender}}{qw(container_name pod pod_namespace)}], [undef, undef, undef],
      'none for who is in no container' if !$i;
  }
  finish_ok($tracer, 'names');
  return;
}

sub check_words ($text) {
  like $text, qr/^               cgroup \S+  container web \(pod shop\/web-7d9\)$/m, '-v: a pod';
  like $text, qr/  container proxy$/m, '-v: a name';
  like $text, qr/  container @{[id('5')]}$/m, '-v: an id';
  return;
}

sub check_replay ($recording) {
  my ($status, $output) = run_tool(['replay', '--json', $recording], wrapper => \@within);
  is $status, 0, 'replay: status';
  my @events = signals(parse_events($output, 'replay'));
  is_deeply [grep { defined } map { $_->{target}{container_name} } @events], [],
    'replay: names of this machine say nothing of another';
  return;
}

sub play () {
  my @targets = map { start_in($_->[0]) } @rows;
  write_containerd(id('1'));
  write_docker(id('2'), 'proxy');
  my @options = map { ('-p', $_->id) } @targets;
  my $tracer = KS::Tracer->start(['--json', '--each', '--save-records', "$dir/records", @options], wrapper => \@within);
  my $words = KS::Tracer->start(['-v', @options], wrapper => \@within);
  remove_tree("$dir/run/containerd/io.containerd.runtime.v2.task", "$dir/var/lib/docker/containers");
  write_crio(id('3'));
  write_storage(id('4'), 'job', 'io.container.manager' => 'libpod');
  write_docker(id('6'), 'a user made that');
  chown 65534, 0, "$dir/var/lib/docker/containers/" . id('6') . '/config.v2.json';
  check_all($tracer, \@targets);
  check_words($words->finish);
  check_replay("$dir/records");
  return;
}

eval { play() };
my $error = $@;
clean_up();
die $error if $error;
done_testing;
