#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A container is paused or killed while a program's first call waits for the agent, or after the agent has received the
# call and before it answers. After a pause each call succeeds; other containers are served meanwhile; of a killed
# container nothing is left. runc pauses by the freezer of cgroup v1 where that is mounted; for crun this test puts the
# container into a cgroup v2.
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
build('build/socketcall', map { "build/tests/$_" } qw(loader peer));
lab_make('bookworm', 'busybox-static');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

# For each line that it reads, starts a program that makes a first call; for "many" a hundred, one after the other.
my $script = <<'END';
echo begun
while read -r line; do
	n=0 failed=0 most=1
	[ "$line" = many ] && most=100
	while [ $n -lt $most ]; do
		/sc/tests/loader socket >/dev/null 2>&1 || failed=$((failed + 1))
		n=$((n + 1))
	done
	echo "$line: $failed of $n failed"
done
END

# The number of the system call that a thread waits in, or ''.
sub waits_in {
	my ($pid) = @_;
	open my $file, '<', "/proc/$pid/syscall" or return '';
	return (<$file> // '') =~ /^(\d+) / ? $1 : '';
}

sub children { return split ' ', eval { slurp("/proc/$_[0]/task/$_[0]/children") } // '' }

# ---- Containers ----------------------------------------------------------------------------------------------------

sub start_container {
	my ($runtime) = @_;
	my ($bundle, $name) = make_bundle($lab, agent_profile('served'), ['sh', '-c', $script]);
	my ($pid, $in_write, $out_read) = start_piped(1, $runtime{$runtime}->($dir, $bundle, $name));
	my %container = (runtime => $runtime, name => $name, pid => $pid, in => $in_write, out => $out_read);
	is(next_line($out_read), "begun\n", "$runtime: the container runs");
	$container{init} = first_process(\%container);
	into_cgroup(\%container) if $runtime eq 'crun';
	print $in_write "first\n";
	is(next_line($out_read), "first: 0 of 1 failed\n", "$runtime: … and is served");
	return \%container;
}

# The PID of the container's first process, from the runtime's state file.
sub first_process {
	my ($container) = @_;
	my $file = "$dir/state/$container->{name}/" . ($container->{runtime} eq 'runc' ? 'state.json' : 'status');
	my $state = wait_until(sub { eval { decode_json(slurp($file)) } }) || die "$file says nothing";
	return $state->{init_process_pid} // $state->{pid};
}

# Runs a shell command where cgroup v2 is mounted at $dir.
sub in_cgroups {
	my ($command) = @_;
	return system('unshare', '--mount', 'sh', '-c', 'mount -t cgroup2 cgroup2 "$1" && cd "$1" && eval "$2"', 'sh',
		$dir, $command) == 0;
}

sub into_cgroup {
	my ($container) = @_;
	ok(in_cgroups("mkdir $container->{name} && echo $container->{init} >$container->{name}/cgroup.procs"),
		'crun: a cgroup is made for the container');
}

sub set_paused {
	my ($container, $paused) = @_;
	my $name = $container->{name};
	return system('runc', '--root', "$dir/state", $paused ? 'pause' : 'resume', $name) == 0
		if $container->{runtime} eq 'runc';
	return in_cgroups(sprintf 'echo %d >%s/cgroup.freeze && n=0 && until grep -q "frozen %d" %s/cgroup.events; do
		n=$((n + 1)); [ $n -lt 6000 ] || exit; sleep 0.01; done', $paused, $name, $paused, $name);
}

sub end_container {
	my ($container) = @_;
	close $container->{in};
	waitpid $container->{pid}, 0;
	in_cgroups("n=0; until rmdir $container->{name} 2>/dev/null; do
		n=\$((n + 1)); [ \$n -lt 6000 ] || exit 1; sleep 0.01; done") if $container->{runtime} eq 'crun';
	like(agent_status(qr/^no container/), qr/^no container is served$/,
		"$container->{runtime}: nothing is left of the container");
}

# ---- Calls that are held -------------------------------------------------------------------------------------------

my $agent = start_agent();

# Has a program make a first call, and stops the container's server, so that the call stays unanswered: either before
# the server has received it; or, with $received, after the server has asked its worker. Returns the server's PID.
sub hold_call {
	my ($container, $received) = @_;
	my %now = agent_processes($agent);
	my ($server, $worker) = ($now{server}[0], $now{worker}[0]);
	wait_until(sub { waits_in($server) eq '271' }) or diag 'the server doesn\'t wait'; # ppoll
	kill 'STOP', $received ? $worker : $server;
	print { $container->{in} } "held\n";
	ok(wait_until(sub { grep { waits_in($_) eq '102' } children($container->{init}) }), '… a first call waits');
	return $server if !$received;
	ok(wait_until(sub { waits_in($server) eq '47' }), '… the server has received it'); # recvmsg
	kill 'STOP', $server;
	wait_until(sub { slurp("/proc/$server/stat") =~ /\) T / }) or diag 'the server doesn\'t stop';
	kill 'CONT', $worker;
	return $server;
}

sub other_is_served {
	my ($name) = @_;
	is(system('timeout', 60, "$root/build/tests/peer", 'hand', $socket, "$root/build/tests/loader", 'socket'), 0,
		"$name: another container is served meanwhile");
}

for my $runtime (sort keys %runtime) {
	my $container = start_container($runtime);
	for my $received (0, 1) {
		my $name = "$runtime: paused while a call " . ($received ? 'was received' : 'waits');
		my $server = hold_call($container, $received);
		ok(set_paused($container, 1), $name);
		kill 'CONT', $server;
		other_is_served($name);
		ok(set_paused($container, 0), "$name: it is resumed");
		is(next_line($container->{out}), "held: 0 of 1 failed\n", "$name: the call succeeds");
	}
	print { $container->{in} } "many\n";
	my $pauses = 0;
	# runc gives up, with an error, if the cgroup takes long to freeze, as on a busy machine: so try again.
	for (1 .. 20) {
		$pauses++ if wait_until(sub { set_paused($container, 1) });
		set_paused($container, 0);
	}
	is($pauses, 20, "$runtime: the container is paused 20 times");
	is(next_line($container->{out}), "many: 0 of 100 failed\n", "$runtime: … while a hundred programs are served");
	end_container($container);

	for my $received (0, 1) {
		for my $paused (0, 1) {
			my $name = "$runtime: killed" . ($paused ? ' while it is paused' : '') . ', while a call ' .
				($received ? 'was received' : 'waits');
			$container = start_container($runtime);
			my $server = hold_call($container, $received);
			set_paused($container, 1) if $paused;
			system($runtime, '--root', "$dir/state", 'kill', $container->{name}, 'KILL');
			kill 'CONT', $server;
			is(next_line($container->{out}), 'nothing', "$name: it prints no more");
			end_container($container);
		}
	}
}
ok(agent_is_alone($agent), 'no process is left that served a container');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
