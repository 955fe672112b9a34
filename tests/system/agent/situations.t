#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Served containers in situations of real ones: a shell or an init as process 1, a user namespace, an ordinary user, a
# program with threads, a /proc that hides processes, a set-user-ID program, programs that `exec` of the runtime starts;
# and an agent that doesn't run, that is started twice, or that doesn't see the container's processes.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use JSON::PP;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir, %runtime);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', 'build/tests/loader', 'build/tests/peer');
lab_make('bookworm', 'busybox-static', 'curl', 'python3', 's6');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);
my %profile = map { $_ => agent_profile($_) } qw(open closed served);
my $served = $profile{served};

# A static and a dynamic program make a socket each; and one tries NETLINK, which the profile refuses to direct calls,
# so that it works only where socketcall is open.
my $sockets = '/sc/tests/loader socket && python3 -c "import socket; socket.socketpair()" && echo sockets;
	python3 -c "import socket; socket.socket(16, 3, 0)" 2>/dev/null && echo NETLINK || echo no NETLINK';

# Runs a program in containers of each runtime. With socketcall open its output must match $wanted; served it must be
# the same, but without NETLINK; and with socketcall closed no socket works. $run->(RUNTIME, PROFILE, @more) runs it and
# returns its output.
sub compare {
	my ($name, $wanted, $run, @more) = @_;
	for my $runtime (sort keys %runtime) {
		my %text = map { $_ => scalar $run->($runtime, $profile{$_}, @more) } sort keys %profile;
		like($text{open}, $wanted, "$runtime: $name: with socketcall open, sockets work");
		unlike($text{closed}, qr/^(sockets|served|threads)\b/m,
			"$runtime: $name: with socketcall closed, no socket works");
		is($text{served}, $text{open} =~ s/^NETLINK$/no NETLINK/mr,
			"$runtime: $name: served, the same works, except NETLINK");
	}
}

# Runs a program in a container. With open_root the root is mounted where every user can reach it.
sub say_in {
	my ($runtime, $profile, $program, %process) = @_;
	my $open_root = delete $process{open_root};
	my @command = $runtime{$runtime}->($dir,
		make_bundle($open_root ? "$dir/root" : $lab, $profile, $program, %process));
	@command = ('unshare', '--mount', 'sh', '-c', 'mount --bind "$1" "$2" && shift 2 && exec "$@"', 'sh',
		$lab, "$dir/root", @command) if $open_root;
	return (finish_command(start_command(@command)))[0];
}

sub says {
	my ($name, $program, $wanted, %process) = @_;
	compare($name, $wanted, \&say_in, $program, %process);
}

my $agent = start_agent();
mkdir "$dir/root" or die;
chmod 0711, $dir or die;

says('a shell as process 1', ['sh', '-c', "$sockets; echo I am \$\$"], qr/^sockets\nNETLINK\nI am 1$/m);

# An init doesn't end by itself, so the container is killed after the line with "parent".
sub say_below_init {
	my ($runtime, $profile, $program, @mounts) = @_;
	my ($bundle, $name) = make_bundle($lab, $profile, $program,
		mounts => [map { {
			destination => $_->[0], type => 'bind', source => $_->[1], options => ['bind'],
		} } @mounts]);
	my $output = start_command($runtime{$runtime}->($dir, $bundle, $name));
	my $text = '';
	eval {
		local $SIG{ALRM} = sub { die "no end\n" };
		alarm 60;
		while (my $line = <$output>) {
			$text .= $line;
			last if $line =~ /^parent/;
		}
		alarm 0;
	};
	system($runtime, '--root', "$dir/state", 'kill', $name, 'KILL') == 0 or diag "$runtime: kill";
	finish_command($output);
	return $text;
}
spew("$dir/inittab", "::sysinit:/bin/sh -c '" . $sockets =~ s/\n//r . "; echo parent \$PPID'\n::askfirst:/bin/sh\n");
compare('busybox init as process 1', qr/^sockets\nNETLINK\nparent 1$/m, \&say_below_init, ['busybox', 'init'],
	['/etc/inittab', "$dir/inittab"]);

# s6: process 1 watches a folder of services. Each service has a supervising process, which restarts it when it ends.
mkdir $_ or die for "$dir/services", "$dir/services/one";
spew("$dir/services/one/run", "#!/bin/sh\n$sockets\necho parent \$(ps -o ppid= -p \$PPID)\nexec sleep 600\n");
chmod 0755, "$dir/services/one/run" or die;
compare('s6-svscan as process 1', qr/^sockets\nNETLINK\nparent +1$/m, \&say_below_init,
	['s6-svscan', '/srv'], ['/srv', "$dir/services"]);

my @mappings = ({ containerID => 0, hostID => 100000, size => 65536 });
says('a user namespace', ['sh', '-c', "$sockets; id -u; cat /proc/self/uid_map"],
	qr/^sockets\nNETLINK\n0\n +0 +100000 +65536$/m, open_root => 1,
	linux => { uidMappings => \@mappings, gidMappings => \@mappings });

says('an ordinary user', ['sh', '-c', "$sockets; id -u"], qr/^sockets\nNETLINK\n1000$/m,
	user => { uid => 1000, gid => 1000 }, capabilities => {});

my $threads = <<'END';
import socket, threading
end = threading.Event()
for _ in range(3): threading.Thread(target=end.wait).start()
try:
	one, other = socket.socketpair()
	one.send(b"x")
	print("threads", other.recv(1), flush=True)
finally:
	end.set()
END
my $before = length slurp($agent_log);
says('a program with threads', ['python3', '-c', $threads], qr/^threads b'x'$/m);
my $patched = () = substr(slurp($agent_log), $before) =~ /python3: patched$/mg;
is($patched, keys %runtime, '… it is patched in each runtime\'s container');

says('a /proc that hides processes', ['sh', '-c', "mount -o remount,hidepid=2 /proc && $sockets"],
	qr/^sockets$/m, capabilities => { map { $_ => ['CAP_SYS_ADMIN'] } qw(bounding effective permitted) });

says('a set-user-ID program, where new privileges are allowed',
	['sh', '-c', 'cp /sc/tests/loader /suid/loader && chmod 4755 /suid/loader &&
		setpriv --reuid 1000 --clear-groups /suid/loader socket && echo served'], qr/^served$/m,
	noNewPrivileges => JSON::PP::false,
	mounts          => [{
		destination => '/suid', type => 'tmpfs', source => 'tmpfs', options => ['mode=755', 'suid'],
	}]);

# Programs that the runtime starts in a running container, as `docker exec` and health checks do.
for my $runtime (sort keys %runtime) {
	my ($bundle, $name) = make_bundle($lab, $served, ['sh', '-c', "$sockets; echo begun; read -r line"]);
	my ($pid, $in_write, $out_read) = start_piped(0, $runtime{$runtime}->($dir, $bundle, $name));
	is(<$out_read> . <$out_read> . <$out_read>, "sockets\nno NETLINK\nbegun\n",
		"$runtime: exec: the container runs");
	my $patched = qr/^\Q$name\E: 3 patched/m;
	like(agent_status($patched), $patched, "$runtime: --status shows it");
	my @exec = $runtime eq 'crun'
		? ('unshare', '--mount', 'sh', '-c', 'umount -R /sys/fs/cgroup 2>/dev/null;
			mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec crun --root "$1" exec "$2" sh -c "$3"', 'sh',
			"$dir/state", $name, $sockets)
		: ('runc', '--root', "$dir/state", 'exec', $name, 'sh', '-c', $sockets);
	my ($text) = finish_command(start_command(@exec));
	like($text, qr/^sockets$/m, "$runtime: exec: a program that exec starts is served");
	my $json = decode_json(agent_status(qr/"patched":[1-9]/, '--json'));
	my ($programs) = map { $_->{patched} } grep { $_->{patched} } @$json;
	cmp_ok($programs // 0, '>=', 3, "$runtime: --status --json counts its programs");
	close $in_write;
	waitpid $pid, 0;
}

# Without an agent a container with such a profile doesn't start.
is(stop_agent($agent), 0, 'the agent ends');
for my $runtime (sort keys %runtime) {
	my ($text, $status) = run_container($runtime, $lab, $served, ['echo', 'started']);
	ok($status && $text !~ /^started$/m, "$runtime: without an agent the container doesn't start");
}

# A new agent replaces a stale socket, but not one at which another agent listens.
ok(-S $socket, 'the socket is still there');
$agent = start_agent();
my $second = `timeout 60 $root/build/socketcall agent --listen $socket 2>&1`;
is($? >> 8, 125, 'a second agent at the same socket: status 125');
like($second, qr/\Q$socket\E: Address already in use/, '… and it says why');
says('after a restart', ['sh', '-c', $sockets], qr/^sockets$/m);
stop_agent($agent);

# An agent in another PID namespace doesn't see the containers' processes. Their calls get ENOSYS, and it logs why.
$agent = start_agent('unshare', '--pid', '--fork', '--mount-proc', '--kill-child', "$root/build/socketcall", 'agent',
	'--listen', $socket);
my ($blind) = run_container('runc', $lab, $served, ['sh', '-c', '/sc/tests/loader socket; echo "status $?"']);
like($blind, qr/^status 3$/m, 'an agent in a PID namespace of its own: calls get ENOSYS');
like(slurp($agent_log), qr/its process is not in the agent's PID namespace/, '… and the log says why');
kill_agents() or diag 'some process of the agent is left'; # unshare, too, which forwards no signal
waitpid $agent, 0;

# The control: an agent that lets every call continue opens the refused family, and the comparisons above would fail.
unlink $socket;
$agent = start_agent("$root/build/tests/peer", 'continue', $socket);
my $control = say_in('runc', $served, ['sh', '-c', $sockets]);
is($control, "sockets\nNETLINK\n", 'an agent that lets calls continue opens the refused family');
stop_agent($agent);
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
