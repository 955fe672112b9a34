#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Process numbers are given away again: what the agent remembers of a process isn't said of a later one with its number,
# and the file in which it tells of a container isn't another one's. In a PID namespace, where this test chooses the
# numbers.
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

# The program makes a call that is refused, twice by the same number, in different hundredths of a second: that is how
# exactly the kernel tells when a process started.
is(system(@hand, 'sh', '-c', <<'END', 'sh', "$root/build/tests/int80-64", $last_pid), 0, 'two processes are refused');
for time in 1 2; do
	echo 9000 >"$2"
	"$1" || exit
	read -r now rest </proc/uptime; then=$now
	while [ "$now" = "$then" ]; do read -r now rest </proc/uptime; done
done
END
is_deeply([slurp($agent_log) =~ /: (\d+) int80-64: a multiplexed call got ENOSYS/g], [9001, 9001],
	'the log tells of each, though both had one number');

# A container's first process in the agent is killed, and its number would be the next one's.
sub files {
	return grep { !/^\./ } map { basename($_) } glob "$socket.d/*";
}

sub wait_until {
	my ($condition) = @_;
	for (1 .. 600) {
		return 1 if $condition->();
		select(undef, undef, undef, 0.05);
	}
	return 0;
}

# A container. The first process that is started behind it is its own one in the agent: $number, if that is free.
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
	ok(wait_until(sub { files() > $files }), 'a container is served');
	return ($pid, $end_write);
}
ok(wait_until(sub { !files() }), 'the container has ended');
my ($first, $first_end) = hold();
my %before = agent_processes($agent);
my ($guard, $server) = ($before{guard}[0], $before{server}[0]);
kill 'KILL', $guard;
ok(wait_until(sub { !-d "/proc/$guard" && slurp("/proc/$server/task/$server/children") ne '' }),
	'its first process in the agent is killed, and replaced');
my ($second, $second_end) = hold($guard);
my %after = agent_processes($agent);
isnt($after{guard}[0], $guard, 'no other container\'s process gets its number, which is their session\'s');
like(agent_status(qr/^hand-$first:/m), qr/^hand-$first:/m, '… and --status still shows the first container');
like(agent_status(qr/^hand-$second:/m), qr/^hand-$second:/m, '… and the second one');
close $_ for $first_end, $second_end;
waitpid $_, 0 for $first, $second;
like(agent_status(qr/^no container/), qr/^no container is served$/, 'both end');
is_deeply([files()], [], '… and leave no file');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
