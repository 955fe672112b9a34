#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A worker of the agent is killed, and its PID is given to another process before the agent notices: the agent must not
# kill that process.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use POSIX qw(:errno_h WNOHANG);
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', 'build/tests/loader', 'build/tests/peer');
prepared();

# For each line that it reads it starts a program that makes a first call, and prints the program's exit status.
my $script = 'while read -r line; do "$0" socket >/dev/null 2>&1; echo "$line: $?"; done';

# Starts a process with that PID, by clone3() with set_tid, which waits for a signal. Returns 0 or errno.
sub start_as {
	my ($pid) = @_;
	my $numbers = pack 'l', $pid;
	my $arguments = pack 'Q11', 0, 0, 0, 0, POSIX::SIGCHLD, 0, 0, 0, unpack('Q', pack 'P', $numbers), 1, 0;
	my $started = syscall(435, $arguments, length $arguments);
	return $! + 0 if $started < 0;
	return 0 if $started;
	exec('sleep', 'infinity') or POSIX::_exit(1);
}

my $agent = start_agent();
my ($handed, $in_write, $out_read) =
	start_piped(0, "$root/build/tests/peer", 'hand', $socket, 'sh', '-c', $script, "$root/build/tests/loader");

sub call {
	my ($name) = @_;
	print $in_write "$name\n";
	return readline($out_read) // 'nothing';
}

# Kills the worker, and waits until it has been reaped. Returns its PID; or 0, if that fails.
sub kill_worker {
	my %now = agent_processes($agent);
	my ($worker) = @{ $now{worker} // [] } or return 0;
	kill 'KILL', $worker;
	return wait_until(sub { !-e "/proc/$worker" && $worker }, 24);
}

my ($worker, $error);
for my $round (1 .. 20) { # another new process may get the PID first
	is(call("round $round"), "round $round: 0\n", 'a first call is served') or last;
	$worker = kill_worker();
	$error = $worker ? start_as($worker) : ESRCH;
	last if $error != EEXIST;
}
SKIP: {
	skip 'a PID cannot be chosen here', 3 if $error == EPERM;
	is($error, 0, 'another process has the PID of the killed worker') or skip 'there is no such process', 2;
	is(call('next'), "next: 0\n", 'the next first call is served');
	kill 'TERM', $worker;
	waitpid $worker, 0;
	is($?, POSIX::SIGTERM, 'the agent has not killed the process with the worker\'s PID');
}
close $in_write;
waitpid $handed, 0;
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
