#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `socketcall run` in containers: a Debian i386 root under crun and runc, with profiles like Docker's that close
# socketcall, and allow run a listener and ptrace, only one of these, or neither; as root and as an ordinary user, as
# process 1 and as another process. A static server and client and a dynamic client talk over the loopback.
# Not in a guest: too slow there (176 s).
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use JSON::PP;
use POSIX ();
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

require "$root/tests/fixtures/containers.pl";
my $dir = tempdir(CLEANUP => 1);
our (@caps, %runtime, $serving);
build('build/socketcall', 'preload');
lab_make('bookworm', 'busybox-static', 'curl', 'python3');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

my $script = $serving . <<'END';
python3 -c 'import socket; print("a dynamic program makes sockets", socket.socketpair()[0].family.value)' 2>&1
kill $server 2>/dev/null
echo "process $$ of user $(id -u)"
exit 5
END

sub bundle {
	my ($bundle, $profile, $uid, $first, @program) = @_;
	my @run = ('/sc/socketcall', 'run', '--verbose', '--', @program ? @program : ('sh', '-c', $script));
	mkdir $bundle or die;
	spew("$bundle/config.json", JSON::PP->new->encode({
		ociVersion => '1.0.2',
		process    => {
			args         => $first ? \@run : ['sh', '-c', '"$@"; exit $?', 'sh', @run],
			env          => ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
			cwd          => '/',
			user         => { uid => $uid, gid => $uid },
			capabilities => { map { $_ => $uid ? [] : \@caps } qw(bounding effective permitted) },
			noNewPrivileges => JSON::PP::false,
		},
		root   => { path => $lab, readonly => JSON::PP::true },
		mounts => [
			{ destination => '/proc', type => 'proc', source => 'proc' },
			{ destination => '/dev', type => 'tmpfs', source => 'tmpfs', options => ['mode=755'] },
			{ destination => '/tmp', type => 'tmpfs', source => 'tmpfs', options => ['mode=1777'] },
			{ destination => '/sc', type => 'bind', source => "$root/build", options => ['bind', 'ro'] },
		],
		linux => { namespaces => [map { { type => $_ } } qw(pid network ipc uts mount)], seccomp => $profile },
	}));
}

# What the profile refuses besides socketcall, and what run says of the way that it takes then.
my %ways = (
	'all else allowed'             => { refused => [], served => qr/^socketcall run: \d+ busybox: vdso$/m },
	'ptrace refused'               => { refused => ['ptrace'], served => qr/^socketcall run: \d+ busybox: vdso$/m },
	'listeners refused'            => { refused => ['seccomp'],
		served => qr/programs are followed by ptrace.*^socketcall run: \d+ busybox: vdso/ms },
	'listeners and ptrace refused' => { refused => ['seccomp', 'ptrace'],
		preload =>
			qr/^socketcall run: .*: only the preload is left, for dynamic .* their environment$/m },
);
my $n = 0;
for my $runtime (sort keys %runtime) {
	for my $errno (38, 95) {
		for my $way (sort keys %ways) {
			for my $uid (0, 1000) {
				for my $first (1, 0) {
					# Every combination is tried, except that the rarer errno is tried only as one
					# user in one position.
					next if $errno != 38 && ($uid == 0 || $first);
					my $want = $ways{$way};
					my $what = "$runtime, errno $errno, $way, user $uid, " .
						($first ? 'as process 1' : 'not as process 1');
					my $id = "run-$$-" . $n++;
					my $profile = docker([['NE', 40]],
						{ action => 'SCMP_ACT_ERRNO', errnoRet => $errno },
							@{ $want->{refused} });
					bundle("$dir/$id", $profile, $uid, $first);
					my ($status, $out, $err) = output_of($dir,
						$runtime{$runtime}->("$dir/$id", "$dir/$id", $id));
					my $good = is $status, 5, "$what: the exit status is the program's";
					$good &= like $out, qr/^process .* of user $uid$/m,
						"$what: it runs as that user";
					if ($want->{served}) {
						$good &= like $err, $want->{served}, "$what: it is served, says run";
						$good &= like $out, qr/^static works\ndynamic works$/m,
							"$what: static and dynamic programs talk";
					} else {
						$good &= like $err, $want->{preload},
							"$what: run says that only the preload is left";
						$good &= unlike $out, qr/works/,
							"$what: static programs aren't reached";
						$good &= like $out, qr/^a dynamic program makes sockets 1$/m,
							"$what: dynamic ones are";
					}
					diag("output: $out\nerrors: $err") unless $good;
				}
			}
		}
	}
}

# ---- Processes that enter a container, like docker exec and health checks, aren't in its process 1's tree ----

my ($id, $profile) = ("run-$$-entered", docker([['NE', 40]], { action => 'SCMP_ACT_ERRNO', errnoRet => 38 }));
bundle("$dir/$id", $profile, 0, 1, 'sh', '-c', 'echo started; exec sleep 600');
my $container = open(my $said, '-|') // die "can't fork: $!\n";
if (!$container) {
	open STDERR, '>', "$dir/$id/said" or die;
	{ no warnings 'exec'; exec $runtime{runc}->("$dir/$id", "$dir/$id", $id) }
	POSIX::_exit(99);
}
is scalar(<$said>), "started\n", 'entered: a container is started';
my ($witness, $python) = ('/sc/obj/witness/witness', 'import socket; socket.socketpair()');
for my $case (
	['a static program is not reached', 1, $witness],
	['nor is a dynamic one', 1, 'python3', '-c', $python],
	["a static one by 'socketcall run'", 0, '/sc/socketcall', 'run', '--', $witness],
	['a dynamic one by LD_PRELOAD', 0, 'env', 'LD_PRELOAD=/sc/preload/$PLATFORM/libsocketcall-preload.so',
		'python3', '-c', $python],
) {
	my ($text, $wanted, @command) = @$case;
	my ($status, $out, $err) = output_of($dir, 'runc', '--root', "$dir/$id/state", 'exec', $id, @command);
	is $status, $wanted, "entered: $text" or diag($out, $err);
}
output_of($dir, 'runc', '--root', "$dir/$id/state", 'kill', $id, 'KILL');
close $said;
done_testing;
