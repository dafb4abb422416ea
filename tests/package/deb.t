#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-only
# make deb: a package that lintian likes, the same bytes each time, and that works where nothing but
# a minimal Debian is. That is in a folder, in mounts of its own: this machine installs nothing.
use v5.36;
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../live/lib";
use Build;
use KS;
use Test::More;

for my $program (qw(dpkg-buildpackage dh lintian)) {
  plan skip_all => "there is no $program: scripts/setup package" if !can_run($program);
}

my $temp = temp_dir();
my $host = join ' ', map { (stat)[9] } '/var/lib/dpkg/status', '/var/lib/apt/lists';
my $mounts = mounts();

# ---- it is built, twice ----

sub build_in ($folder, $name) {
  make_ok($name, ['deb', "BUILD=$temp/$name"], in => $folder);
  my @debs = glob "$temp/$name/deb/*.deb";
  is scalar @debs, 1, "$name: one package";
  return $debs[0] // '';
}

my $deb = build_in($top, 'here');
{
  # git goes along, since it tells the version and the time.
  my $copy = copy_of_sources("$temp/copy");
  chomp(my $git = qx(git -C '$top' rev-parse --absolute-git-dir 2>/dev/null));
  local @ENV{qw(TZ LANG GIT_DIR)} = ('Asia/Kathmandu', 'C.UTF-8', $git);
  delete $ENV{GIT_DIR} if $git eq '';
  my $umask = umask 0077;
  is sha256(build_in($copy, 'elsewhere')), sha256($deb), 'the same bytes, built elsewhere';
  umask $umask;
}

# ---- what is in it ----

my ($status, $said) = run('lintian', '--allow-root', '--pedantic', $deb);
is $said, '', 'lintian has nothing to say';
is $status, 0, 'nor by its status';

my (undef, $listing) = run('dpkg-deb', '-c', $deb);
my %mode_of = map { (split)[5] => (split)[0] } grep { !m{/$} } split /\n/, $listing;
is_deeply \%mode_of, {
  './lib/systemd/system/killsnoop.service' => '-rw-r--r--',
  './usr/bin/killsnoop' => '-rwxr-xr-x',
  './usr/share/bash-completion/completions/killsnoop' => '-rw-r--r--',
  (map { ("./usr/share/doc/killsnoop/$_" => '-rw-r--r--') } qw(README.md.gz changelog.gz copyright)),
  './usr/share/killsnoop/events.schema.json' => '-rw-r--r--',
  './usr/share/man/man8/killsnoop.8.gz' => '-rw-r--r--',
}, 'the files and their modes';
unlike $listing, qr{^\S+ (?!root/root )}m, 'all belong to root';

sub field ($name) { return (run('dpkg-deb', '-f', $deb, $name))[1] =~ s/\n\z//r }

like field('Version'), qr/^\d+\.\d+\.\d+(?:~git\d{14}\.[0-9a-f]+)?$/, 'a version that sorts';
like field('Depends'), qr/\b$_\b/, "depends on $_"
  for qw(libaudit1 libauparse0 libbpf1 libc6 libcap-ng0 libjson-c5);
is field($_), '', "no $_" for qw(Conflicts Replaces Provides Recommends);

# ---- it is installed where nothing else is ----

my $root = "$temp/root";
my $unit_path = '/lib/systemd/system/killsnoop.service';

sub bootstrap () {
  my $release = slurp('/etc/os-release');
  my ($codename) = $release =~ /^ID=debian$/m ? $release =~ /^VERSION_CODENAME=(\w+)/m : ();
  return 'this is no Debian' if !defined $codename;
  return 'there is no mmdebstrap: scripts/setup package' if !can_run('mmdebstrap');
  my @sources = grep { m{ \Q$codename\E(?:-\w+)?/?$} } split /\n/,
    qx(apt-get indextargets 'Created-By: Packages' --format 'deb \$(REPO_URI) \$(RELEASE)');
  my %seen = map { ("$_ main" => 1) } @sources;
  my ($failed, $output) = run('mmdebstrap', '--mode=root', '--variant=apt', '--dpkgopt=force-unsafe-io',
    '--skip=cleanup/apt/lists', $codename, $root, sort keys %seen);
  return $failed ? "a minimal system cannot be made:\n$output" : undef;
}

# In mounts of its own, with this machine's kernel and name servers.
my @in_root = (qw(unshare --mount sh -c), 'for i in proc sys etc/resolv.conf; do'
  . ' mount --rbind "/$i" "$0/$i" || exit; done; exec chroot "$0" "$@"', $root);

# All files outside of what apt and dpkg keep for themselves.
sub files () {
  my @own = map { ('-path', "$root/$_", '-o') }
    qw(proc sys tmp var/cache var/lib/apt var/lib/dpkg var/log);
  my (undef, $list) = run('find', $root, '-xdev', '(', @own, '-false', ')', '-prune', '-o',
    qw(-type f -print));
  return $list;
}

sub status_ok ($name, @command) {
  my ($failed, $output) = run(@in_root, qw(env DEBIAN_FRONTEND=noninteractive), @command);
  is $failed, 0, $name or diag $output;
  return $output;
}

sub traces_ok () {
  my ($ended, $output, $errors) = run_tool(['--json', '-s', 'USR1', '--', 'sh', '-c', 'kill -USR1 $$'],
    program => '/usr/bin/killsnoop', wrapper => \@in_root);
  is $ended, 138, 'a trace of a command: its status' or diag $errors;
  my ($event) = signals(parse_events($output, 'a trace'));
  is $event->{signal}{name}, 'SIGUSR1', 'a trace: the signal';
  is_deeply $event->{sender}{cmdline}, ['sh', '-c', 'kill -USR1 $$'], 'a trace: the sender';
  return;
}

sub unit_ok () {
  my (undef, $enabled) = run('find', "$root/etc/systemd", '-name', 'killsnoop.service');
  is $enabled, '', 'its unit is not enabled';
  SKIP: {
    skip 'there is no systemd-analyze', 1 if !can_run('systemd-analyze');
    my $unit = slurp("$root$unit_path") =~ s{(?<==)(?=/usr/bin/killsnoop )}{$root}r;
    open my $file, '>', "$temp/killsnoop.service" or die "killsnoop.service: $!";
    print $file $unit;
    close $file;
    my (undef, $faults) = run(qw(systemd-analyze verify --man=no), "$temp/killsnoop.service");
    is join('', grep { /killsnoop/ } split /^/, $faults), '', 'its unit is well-formed';
  }
  return;
}

# With no more than the unit lets it have, it sees what it is to see.
sub capabilities_ok () {
  my ($names) = slurp("$root$unit_path") =~ /^CapabilityBoundingSet=(.*)$/m;
  unlike slurp("$root$unit_path"), qr/^ProtectKernel(?:Logs|Tunables)=/m,
    'the unit hides none of the addresses of the kernel';
  my $set = join ',', '-all', map { '+' . lc s/^CAP_//r } split ' ', $names;
  my $tracer = KS::Tracer->start([qw(--json --hook tracepoint -s USR1 -p), $$],
    program => "$root/usr/bin/killsnoop",
    wrapper => ['setpriv', '--no-new-privs', "--bounding-set=$set"]);
  my %left = slurp('/proc/' . $tracer->pid . '/status') =~ /^(Cap(?:Eff|Bnd)):\s*(\w+)/mg;
  local $SIG{USR1} = 'IGNORE';
  kill USR1 => $$;
  my ($event) = signals(finish_ok($tracer, 'with the capabilities of the unit'));
  is $event->{sender}{pid}, $$, 'with these, it sees a signal';
  is $tracer->stderr, "killsnoop: 1 event, 0 lost\n", 'and complains of nothing';
  is_deeply \%left, {CapEff => '0' x 16, CapBnd => '0' x 16}, 'it has given them up while it traces';
  return;
}

SKIP: {
  my $reason = bootstrap();
  skip $reason, 1 if $reason;
  system('cp', $deb, "$root/killsnoop.deb") == 0 or die 'cp';
  my $before = files();
  status_ok('it is installed', qw(apt-get -q -y --no-install-recommends install /killsnoop.deb));
  like status_ok('--version', qw(killsnoop --version)), qr/^killsnoop \d/, 'a version';
  like status_ok('doctor', qw(killsnoop doctor)), qr/^killsnoop works here: it sees every signal/m,
    'doctor: it can work';
  traces_ok();
  unit_ok();
  capabilities_ok();
  status_ok('it is removed', qw(apt-get -q -y purge --autoremove killsnoop));
  is files(), $before, 'and has left nothing';
}

is mounts(), $mounts, 'the mounts of this machine are as they were';
is join(' ', map { (stat)[9] } '/var/lib/dpkg/status', '/var/lib/apt/lists'), $host,
  'and so are its packages';

done_testing;
