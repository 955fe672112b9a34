#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Usage: sandboxes.pl CELL... -- KIND...
# Runs as root, in the repository's root folder, in a guest of tools/vm that has the host's files. Each cell is a
# sandbox, "SANDBOX,RULES,USER": in it, runs `socketcall doctor`, and then the table's programs by `socketcall run`.
# Prints "cell CELL" before their output, and "end STATUS" after it. Leaves mounts and a user behind, since the guest is
# thrown away.
use strict;
use warnings;
use Cwd 'abs_path';
use File::Basename;
use JSON::PP;

my $root = abs_path(dirname(__FILE__) . '/../../..');
require "$root/tests/fixtures/containers.pl";
our (@caps);
our %runtime;

my $user  = 4711;
my $name  = 'sandboxed';
my $home  = '/var/tmp/sandboxed';
my $as    = "setpriv --reuid=$user --regid=$user --clear-groups env HOME=$home XDG_RUNTIME_DIR=/run/user/$user";
my $place = "/sc/socketcall doctor; echo \"doctor: \$?\"; exec /sc/socketcall run --verbose -- /where/runner";
my $doors = "$root/build/tests/doors";
my $n     = 0;

# ---- The rules: which calls each sandbox refuses ----

# Profiles in Docker's form: the calls that are refused besides socketcall.
my %docker = (
	'socketcall'           => [],
	'ptrace'               => ['ptrace'],
	'listeners'            => ['seccomp'],
	'ptrace and listeners' => ['ptrace', 'seccomp'],
);

# What Flatpak refuses to an application that may be 32-bit: the call's numbers on x86_64 and on i386, a condition, and
# the error: EPERM (1, if none is given), ENOSYS (38) for newer calls, EAFNOSUPPORT (97) for all but five families.
sub flatpak {
	my ($socketcall) = @_;
	my @refused = (
		# syslog uselib acct quotactl
		[103, 103], [134, 86], [163, 51], [179, 131],
		# add_key request_key keyctl
		[248, 286], [249, 287], [250, 288],
		# move_pages mbind {get,set}_mempolicy migrate_pages
		[279, 317], [237, 274], [239, 275], [238, 276], [256, 294],
		# unshare setns umount umount2 mount pivot_root chroot
		[272, 310], [308, 346], [undef, 22], [166, 52], [165, 21], [155, 217], [161, 61],
		# clone(NEWUSER) ioctl(TIOCSTI, TIOCLINUX)
		[56, 120, '0&0x10000000'], [16, 54, '1:0x5412,0x541c'],
		# perf_event_open ptrace personality
		[298, 336], [101, 26], [135, 136, '0!0'],
		# clone3, the new mount calls
		(map { [$_, $_, '-', 38] } 435, 428 .. 433, 442),
		[41, 359, '0!0,1,2,10,16', 97],
	);
	my @rules;
	for my $rule (@refused) {
		my ($native, $compat, $condition, $errno) = @$rule;
		my $tail = join ':', $condition // '-', $errno // 1;
		push @rules, "x86_64:$native:$tail" if defined $native;
		push @rules, "i386:$compat:$tail";
	}
	return @rules, "i386:102:-:$socketcall";
}

# Settings of systemd's services. A key names what SystemCallFilter= refuses, or ("much") a whole set of settings.
my @closed = ('SystemCallArchitectures=native x86', 'SystemCallFilter=~socketcall', 'SystemCallErrorNumber=ENOSYS');
my @settings = (
	(map { "$_=yes" } qw(NoNewPrivileges RestrictNamespaces LockPersonality RestrictRealtime RestrictSUIDSGID
		PrivateTmp PrivateDevices PrivateUsers PrivateNetwork ProtectClock ProtectControlGroups
		ProtectKernelModules ProtectKernelTunables ProtectHome)),
	'CapabilityBoundingSet=', 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6', 'ProtectSystem=strict',
		'ProtectProc=invisible', 'ProcSubset=pid',
);
my @executable = 'MemoryDenyWriteExecute=yes';
sub allowed {
	return ($closed[0], "SystemCallFilter=@_", 'SystemCallFilter=~socketcall:ENOSYS',
		'SystemCallErrorNumber=EPERM');
}
my %service = (
	'socketcall'                                => \@closed,
	'socketcall EPERM'                          => [@closed[0, 1], 'SystemCallErrorNumber=EPERM'],
	'all but @system-service'                   => [allowed('@system-service')],
	'all but @system-service and seccomp'       => [allowed('@system-service', 'seccomp')],
	'much'                                      => [@closed, @settings, @executable],
	'much and all but @system-service'          => [allowed('@system-service'), @settings, @executable],
	'ptrace and listeners'                      => [@closed, 'SystemCallFilter=~ptrace seccomp'],
	'listeners and executable memory'           => [@closed, 'SystemCallFilter=~seccomp', @executable],
);

# ---- The sandboxes: each function returns the command, a list of words, that starts the programs in one ----

sub quoted { return join ' ', map { my $word = $_; $word =~ s/'/'\\''/g; "'$word'" } @_ }

sub command { return ('/bin/sh', '-c', "$place " . quoted(@_)) }

sub in_container {
	my ($runtime, $rules, $uid, @kinds) = @_;
	my $bundle = "/var/tmp/bundle-" . $n++;
	mkdir $bundle or die "$bundle: $!";
	spew("$bundle/config.json", JSON::PP->new->encode({
		ociVersion => '1.0.2',
		process    => {
			args         => [command(@kinds)],
			env          => ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
			cwd          => '/',
			user         => { uid => $uid, gid => $uid },
			capabilities => { map { $_ => $uid ? [] : \@caps } qw(bounding effective permitted) },
			noNewPrivileges => JSON::PP::false,
		},
		root   => { path => '/r', readonly => JSON::PP::true },
		mounts => [
			{ destination => '/proc', type => 'proc', source => 'proc' },
			{ destination => '/dev', type => 'tmpfs', source => 'tmpfs', options => ['mode=755'] },
			{ destination => '/tmp', type => 'tmpfs', source => 'tmpfs', options => ['mode=1777'] },
		],
		linux => { namespaces => [map { { type => $_ } } qw(pid network ipc uts mount)],
			seccomp => profile($rules) },
	}));
	return $runtime{$runtime}->($bundle, $bundle, "sandbox-$n");
}

sub profile {
	my @rules = @{ $docker{ $_[0] } // die "no rules '$_[0]'\n" };
	return docker([['NE', 40]], { action => 'SCMP_ACT_ERRNO', errnoRet => 38 }, @rules);
}

sub in_podman {
	my ($rootless, $runtime, $rules, $uid, @kinds) = @_;
	my $file = "/var/tmp/profile-" . $n++ . ".json";
	spew($file, JSON::PP->new->encode(profile($rules)));
	my @podman = ('podman', '--log-level=error', '--storage-driver=vfs', '--runtime', $runtime, 'run', '--rm',
		'--log-driver=none', '--network=none',
		'--security-opt', "seccomp=$file", '--user', "$uid:$uid", '--rootfs', '/r', command(@kinds));
	return $rootless ? ((split / /, $as), @podman) : @podman;
}

sub in_bwrap {
	my ($rules, $uid, @kinds) = @_;
	my $file = "/var/tmp/filter-" . $n++;
	my @rules = flatpak($rules =~ /EPERM/ ? 1 : 38);
	system(quoted($doors, @rules, '--write') . " >$file") == 0 or die;
	# bwrap's root is a mount of the user's own. The network is shared, as Flatpak does it.
	my @proc = $rules =~ m!and /proc! ? ('--tmpfs', '/proc') : ('--proc', '/proc');
	my @bwrap = ('bwrap', '--unshare-user', '--unshare-pid', '--ro-bind', '/r', '/', '--dev', '/dev', @proc,
		'--tmpfs', '/tmp',
		'--seccomp', 9, '--', command(@kinds));
	return ('/bin/sh', '-c', ($uid ? "exec $as " : 'exec ') . quoted(@bwrap) . " 9<$file");
}

sub in_userns {
	my ($rules, $uid, @kinds) = @_;
	my %options = (
		'no PID namespace'                     => [],
		'PID namespace'                        => ['--pid', '--fork', '--mount-proc'],
		"PID namespace with the outer's /proc" => ['--pid', '--fork'],
	);
	my $options = $options{$rules} // die "no rules '$rules'\n";
	return (($uid ? split / /, $as : ()), '/sc/socketcall', 'closed', '--', 'unshare', '--user', '--map-root-user',
		@$options, command(@kinds));
}

sub in_listened {
	my ($rules, $uid, @kinds) = @_;
	my @as = $uid ? split / /, $as : ();
	return (@as, '/sc/tests/listened', '--refuse', '102', command(@kinds)) if $rules eq 'told of socketcall';
	return (@as, '/sc/socketcall', 'closed', '--', '/sc/tests/listened', command(@kinds))
		if $rules eq 'told of nothing';
	die "no rules '$rules'\n";
}

my %sandbox = (
	(map { my $runtime = $_; $runtime => sub { in_container($runtime, @_) } } sort keys %runtime),
	'podman and crun'          => sub { in_podman(0, 'crun', @_) },
	'podman and runc'          => sub { in_podman(0, 'runc', @_) },
	'rootless podman and crun' => sub { in_podman(1, 'crun', @_) },
	'rootless podman and runc' => sub { in_podman(1, 'runc', @_) },
	'bubblewrap'               => \&in_bwrap,
	'user namespace'           => \&in_userns,
	'listener'                 => \&in_listened,
);

# Runs the command, for 200 s at most, with its output and errors on our standard output. Returns its status.
sub started {
	my (@command) = @_;
	my $pid = fork // die;
	if (!$pid) {
		open STDIN, '<', '/dev/null' or die;
		open STDERR, '>&', \*STDOUT or die;
		exec 'timeout', '-k', 5, 200, @command or exit 99;
	}
	waitpid $pid, 0;
	return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

sub do_cell {
	my ($cell, @kinds) = @_;
	my ($sandbox, $rules, $who) = split /,(?! )/, $cell;
	print "cell $cell\n";
	my $uid = $who eq 'root' ? 0 : $sandbox =~ /podman/ ? 1000 : $user;
	my $status = eval { started(($sandbox{$sandbox} // die "no sandbox '$sandbox'\n")->($rules, $uid, @kinds)) };
	print $@ if $@;
	print 'end ', $status // 99, "\n";
}

# ---- systemd: process 1 of its own namespaces; it starts one unit, whose script starts a service for each cell ----

sub do_systemd {
	my ($cells, @kinds) = @_;
	my ($done, $out) = ('/var/tmp/systemd.done', '/var/tmp/systemd.out');
	spew('/etc/systemd/system/where.service',
		"[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nTimeoutStartSec=infinity\n"
		. "StandardOutput=append:$out\nStandardError=append:$out\n"
		. "ExecStart=/bin/sh /etc/systemd/system/where.sh\n");
	my $script = '';
	for my $cell (@$cells) {
		my (undef, $rules, $who) = split /,(?! )/, $cell;
		my @settings = @{ $service{$rules} // die "no rules '$rules'\n" };
		push @settings, "User=$name" if $who ne 'root';
		push @settings, 'Type=oneshot', 'TimeoutStartSec=200', "StandardOutput=append:$out",
			"StandardError=append:$out";
		$script .= 'echo ' . quoted("cell $cell") . "\n"
			. quoted('systemd-run', '--quiet', map({ ('-p', $_) } @settings), '--', command(@kinds)) .
				"\necho \"end \$?\"\n";
	}
	spew('/etc/systemd/system/where.sh', "$script: >$done\n");
	spew($out, '');
	my $pid = fork // die;
	if (!$pid) {
		open STDIN, '<', '/dev/null' or die;
		open STDOUT, '>', '/var/tmp/systemd.log' or die;
		open STDERR, '>&', \*STDOUT or die;
		exec qw(env -i container=where unshare --pid --mount --cgroup --fork --kill-child --mount-proc sh -c),
			'umount /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs tmpfs /run &&
			exec /lib/systemd/systemd --unit=where.service --log-level=notice --log-target=console \
				--show-status=no'
			or exit 99;
	}
	for (my $tries = 0; !-e $done && $tries < 4500 && waitpid($pid, 1) == 0; $tries++) {
		select undef, undef, undef, 0.1;
	}
	print slurp($out);
	print "systemd didn't come to its end:\n", slurp('/var/tmp/systemd.log') if !-e $done;
	kill 'KILL', $pid;
	waitpid $pid, 0;
}

# ---- The guest ----

sub prepare {
	my $in = sub { system(@_) == 0 or die "@_: status $?\n" };
	for my $file (['passwd', "$name:x:$user:${user}::$home:/bin/sh"], ['group', "$name:x:${user}:"],
		['subuid', "$name:100000:65536"], ['subgid', "$name:100000:65536"]) {
		open my $f, '>>', "/etc/$file->[0]" or die "/etc/$file->[0]: $!";
		print $f "$file->[1]\n";
		close $f;
	}
	mkdir $_ for '/r', '/where', '/sc', $home, '/run/user', "/run/user/$user";
	chown $user, $user, $home, "/run/user/$user";
	# podman mounts files over these.
	for my $file ('/etc/hosts', '/etc/resolv.conf', '/etc/hostname', '/run/.containerenv') {
		open my $f, '>>', $file or die "$file: $!";
	}
	$in->('mount', '--make-rprivate', '/');
	$in->('mount', '--bind', '/', '/r');
	for my $under ('', '/r') {
		$in->('mount', '--bind', "$root/build", "$under/sc");
		$in->('mount', '--bind', "$root/build/where", "$under/where");
	}
	$in->('mount', '--make-rshared', '/');
}

$| = 1;
my (@cells, @kinds);
push @cells, shift while @ARGV && $ARGV[0] ne '--';
shift;
@kinds = @ARGV;
prepare();
do_cell($_, @kinds) for grep { !/^systemd,/ } @cells;
my @systemd = grep { /^systemd,/ } @cells;
do_systemd(\@systemd, @kinds) if @systemd;
