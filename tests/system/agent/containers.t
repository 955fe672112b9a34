#!/usr/bin/perl
# SPDX-License-Identifier: MIT `socketcall agent` serves a Debian i386 root under crun and runc, whose profile has
# socketcall reported: programs that are started with it, by exec, and by a process 1 of its own. The same
# container is run with socketcall open and closed, and with an agent that only refuses, as a control. Not in a
# guest: too slow there.
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use JSON::PP;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

require "$root/tests/fixtures/containers.pl";
my $dir = tempdir(CLEANUP => 1);
our (@caps, %runtime);
build('build/socketcall');
lab_make('bookworm', 'busybox-static', 'curl', 'python3');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

my $socket = "$dir/agent.sock";
my $log = "$dir/agent.log";

my $script = <<'END';
busybox httpd -f -p 127.0.0.1:8080 -h /usr/share/common-licenses &
server=$!
tries=0
until curl -sS -o /dev/null http://127.0.0.1:8080/MPL-2.0; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] && kill -0 $server || break
	sleep 0.05
done 2>/dev/null
busybox wget -q -O - http://127.0.0.1:8080/MPL-2.0 2>&1 | grep -q Mozilla && echo static works
curl -sS http://127.0.0.1:8080/MPL-2.0 2>&1 | grep -q Mozilla && echo dynamic works
python3 -c 'import socket; print("socketpair", socket.socketpair()[0].family.value)' 2>&1 | tail -n 1
python3 -c 'import socket; print(socket.socket(16, 3, 0).family.value)' 2>&1 | tail -n 1
kill $server 2>/dev/null
echo "process $$"
exit 5
END

# INET, INET6 and UNIX are allowed; 16, NETLINK, isn't.
sub profile {
	my ($socketcall) = @_;
	my $profile = docker([['EQ', 1], ['EQ', 2], ['EQ', 10]], $socketcall);
	$profile->{listenerPath} = $socket if $socketcall->{action} eq 'SCMP_ACT_NOTIFY';
	return $profile;
}

my %profiles = (
	open   => profile({ action => 'SCMP_ACT_ALLOW' }),
	closed => profile({ action => 'SCMP_ACT_ERRNO', errnoRet => 38 }),
	served => profile({ action => 'SCMP_ACT_NOTIFY' }),
);

my $n = 0;
sub run_container {
	my ($runtime, $profile, @program) = @_;
	my $bundle = "$dir/" . ++$n;
	mkdir $bundle or die;
	spew("$bundle/config.json", JSON::PP->new->encode({
		ociVersion => '1.0.2',
		process    => {
			args => [@program],
			env  => ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
			cwd  => '/',
			user => { uid => 0, gid => 0 },
			capabilities    => { map { $_ => \@caps } qw(bounding effective permitted) },
			noNewPrivileges => JSON::PP::true,
		},
		root   => { path => $lab, readonly => JSON::PP::true },
		mounts => [
			{ destination => '/proc', type => 'proc', source => 'proc' },
			{ destination => '/dev', type => 'tmpfs', source => 'tmpfs', options => ['mode=755'] },
			{ destination => '/tmp', type => 'tmpfs', source => 'tmpfs', options => ['mode=1777'] },
		],
		linux => { namespaces => [map { { type => $_ } } qw(pid network ipc uts mount)], seccomp => $profile },
	}));
	my @command = $runtime{$runtime}->($dir, $bundle, "agent-$$-$n");
	my $pid = open(my $output, '-|') // die;
	if (!$pid) {
		open(STDERR, '>&', \*STDOUT);
		exec(@command) or die;
	}
	local $/;
	my $text = <$output> // '';
	close $output;
	return ($text, $? >> 8);
}

my $agent = fork // die;
if (!$agent) {
	open(STDERR, '>', $log) or die;
	exec("$root/build/socketcall", 'agent', '-v', '--listen', $socket) or die;
}
for (1 .. 200) {
	last if -S $socket;
	select(undef, undef, undef, 0.05);
}
ok(-S $socket, 'the agent listens');

for my $runtime (sort keys %runtime) {
	my ($open) = run_container($runtime, $profiles{open}, 'sh', '-c', $script);
	my ($closed, $closed_status) = run_container($runtime, $profiles{closed}, 'sh', '-c', $script);
	my ($served, $status) = run_container($runtime, $profiles{served}, 'sh', '-c', $script);
	my $wanted = $open =~ s/^16$/PermissionError: [Errno 1] Operation not permitted/mr;

	like($open, qr{static works\ndynamic works\nsocketpair 1\n16\nprocess 1\n},
		"$runtime: open: all works, NETLINK too");
	unlike($closed, qr/works/, "$runtime: closed: nothing works");
	is($served, $wanted, "$runtime: served: what the profile allows on the direct calls works");
	is($status, 5, "$runtime: … and the status is the program's");
}
my $status = `$root/build/socketcall agent --status --listen $socket`;
is($status, "no container is served\n", '--status: the containers have ended');
kill 'TERM', $agent;
waitpid $agent, 0;
is($?, 0, 'the agent ends by SIGTERM');
diag(slurp($log)) if !Test::More->builder->is_passing;
done_testing();
