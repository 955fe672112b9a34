#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The agent's first process is killed while it receives a connection, at each system call that it makes for it. This
# test keeps the socket open, as systemd does, and gives it to the next agent. The program is served each time.
# Not in a guest: too slow there.
use strict;
use warnings;
use Fcntl;
use File::Basename;
use POSIX ();
use Socket;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir);
require "$root/tests/fixtures/agent.pl";
need('strace');
build('build/socketcall', map { "build/tests/$_" } qw(loader peer));
prepared();

socket(my $kept, AF_UNIX, SOCK_STREAM, 0) or die "$!";
bind($kept, pack_sockaddr_un($socket)) && listen($kept, 64) or die "$!";

sub start_with_socket {
	my $pid = fork // die;
	return $pid if $pid;
	fcntl($kept, F_SETFD, 0) or die; # no close-on-exec
	POSIX::dup2(fileno($kept), 3) // die;
	@ENV{qw(LISTEN_FDS LISTEN_PID)} = (1, $$);
	open(STDERR, '>>', $agent_log) or die;
	exec("$root/build/socketcall", 'agent', '--listen', $socket) or die;
}

# Starts a program that hands its listener over and needs to be served. Returns its PID.
sub hand_over {
	my $pid = fork // die;
	exec("$root/build/tests/peer", 'hand', $socket, "$root/build/tests/loader", 'socket') or die if !$pid;
	return $pid;
}

sub status_of {
	my ($pid) = @_;
	my $status;
	wait_until(sub { waitpid($pid, POSIX::WNOHANG()) == $pid && defined($status = $?) });
	return $status;
}

# Has strace kill the agent at its call of that name, number $which from now on, after the kernel has made the call.
# Returns strace's PID when strace has attached.
sub prepare_kill {
	my ($agent, $call, $which) = @_;
	my $pid = fork // die;
	if (!$pid) {
		open(STDERR, '>>', "$dir/strace") or die;
		exec('strace', '-qq', '-o', '/dev/null', '-p', $agent, '-e', "trace=$call",
			'-e', "inject=$call:signal=KILL:when=$which") or die;
	}
	# State Z: the call in which the agent waits is the one at which it is killed, so it is dead at once.
	wait_until(sub { (eval { slurp("/proc/$agent/status") } // '') =~ /^TracerPid:\s+$pid$|^State:\s+Z/m })
		or die 'strace: ' . slurp("$dir/strace");
	return $pid;
}

# True if the agent waits for connections: in poll(), or in restart_syscall(), as which poll() goes on after a stop.
sub is_idle { return (eval { slurp("/proc/$_[0]/syscall") } // '') =~ /^(?:7|219) / }

my $agent = start_with_socket();
is(status_of(hand_over()), 0, 'an agent whose socket was passed to it serves');
my %killed;
for my $call (qw(accept4 poll pipe2 clone read close wait4)) {
	for my $which (1 .. 3) {
		wait_until(sub { is_idle($agent) }) or die 'the agent is busy';
		my $strace = prepare_kill($agent, $call, $which);
		my $program = hand_over();
		my ($status, $is_killed);
		my $look = sub {
			$status //= $? if waitpid($program, POSIX::WNOHANG()) == $program;
			$is_killed ||= waitpid($agent, POSIX::WNOHANG()) == $agent;
		};
		wait_until(sub { $look->(); defined $status || $is_killed })
			or die "neither the agent nor the program has ended: $call $which";
		kill 'TERM', $strace;
		waitpid $strace, 0;
		# The agent may have been killed just before, and not have ended yet.
		wait_until(sub { $look->(); $is_killed || is_idle($agent) }) or die 'the agent is busy';
		if ($is_killed) {
			$killed{$call}++;
			$agent = start_with_socket();
		}
		wait_until(sub { $look->(); defined $status });
		is($status, 0, "$call $which: the program is served");
	}
}
diag(join ', ', map { "$_: $killed{$_}" } sort keys %killed);
ok($killed{$_}, "the agent was killed at a call of $_") for qw(pipe2 clone read close);
ok(!$killed{accept4}, 'the agent\'s first process accepts no connection itself');
is(status_of(hand_over()), 0, 'the last agent serves');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
