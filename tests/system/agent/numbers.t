#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# PIDs are reused. What the agent remembers about a process must not be used for a later process with the same PID, and
# two containers must not have the same status file, which is named by a PID. This runs in a PID namespace of its own,
# in which the test chooses the PIDs.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir);
require "$root/tests/fixtures/agent.pl";
if (!$ENV{IN_NAMESPACE}) {
	build('build/socketcall', map { "build/tests/$_" } qw(peer int80-64));
	prepared();
	$ENV{IN_NAMESPACE} = 1;
	exec('unshare', '--pid', '--fork', '--mount-proc', '--kill-child', $^X, $0) or die;
}
my $last_pid = '/proc/sys/kernel/ns_last_pid';
plan skip_all => "there is no $last_pid here" if !-w $last_pid;
my @hand = ("$root/build/tests/peer", 'hand', $socket);
my $agent = start_agent();

# Two processes with the same PID make a call that is refused. The second one starts in another hundredth of a second,
# since /proc/PID/stat has the start time in this unit, and the agent distinguishes processes by it. An earlier call
# has been answered then: so the agent has started all its processes, and none of them gets that PID.
is(system(@hand, 'sh', '-c', <<'END', 'sh', "$root/build/tests/int80-64", $last_pid), 0, 'two processes are refused');
"$1" || exit
for time in 1 2; do
	echo 9000 >"$2"
	"$1" || exit
	read -r now rest </proc/uptime; then=$now
	while [ "$now" = "$then" ]; do read -r now rest </proc/uptime; done
done
END
my (undef, @numbers) = slurp($agent_log) =~ /: (\d+) int80-64: a multiplexed call got ENOSYS/g;
is_deeply(\@numbers, [9001, 9001],
	'the log has a line for each, although both had the same PID');

# The guard of a container, whose PID is the name of the status file, is killed. Then another container is started,
# whose guard would get the same PID if it were free.
sub files {
	return grep { !/^\./ } map { basename($_) } glob "$socket.d/*";
}

# Starts a container. The next process after it is its guard, which gets the PID $number if that is free.
sub hold {
	my ($number) = @_;
	my $files = files();
	pipe(my $end_read, my $end_write) or die;
	my $pid = fork // die;
	if (!$pid) {
		open(STDIN, '<&', $end_read) or die;
		close $_ for $end_read, $end_write;
		spew($last_pid, $number - 1) if $number;
		exec(@hand, 'sh', '-c', 'read -r line') or die;
	}
	close $end_read;
	ok(wait_until(sub { files() > $files }, 30), 'a container is served');
	return ($pid, $end_write);
}
ok(wait_until(sub { !files() }, 30), 'the container has ended');
my ($first, $first_end) = hold();
my %before = agent_processes($agent);
my ($guard, $server) = ($before{guard}[0], $before{server}[0]);
kill 'KILL', $guard;
ok(wait_until(sub { !-d "/proc/$guard" && slurp("/proc/$server/task/$server/children") ne '' }, 30),
	'the guard is killed, and the server has taken its place');
my ($second, $second_end) = hold($guard);
my %after = agent_processes($agent);
isnt($after{guard}[0], $guard, 'no other guard gets its PID, which is still the ID of its session');
like(agent_status(qr/^hand-$first:/m), qr/^hand-$first:/m, '… and --status still shows the first container');
like(agent_status(qr/^hand-$second:/m), qr/^hand-$second:/m, '… and the second one');
close $_ for $first_end, $second_end;
waitpid $_, 0 for $first, $second;
like(agent_status(qr/^no container/), qr/^no container is served$/, 'both containers end');
is_deeply([files()], [], '… and leave no status file');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
