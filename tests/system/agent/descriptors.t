#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# An agent that can't accept connections, because it has no free descriptor, logs that once and tries again at
# intervals; when it has descriptors again, it serves the connections that waited. An agent doesn't start where a filter
# refuses a call without which it can serve nobody.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use Test::More;
use Time::HiRes qw(sleep time);
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', map { "build/tests/$_" } qw(doors loader peer));
prepared();

# Waits until the condition is true. False after a minute.
sub eventually {
	my ($condition) = @_;
	for (1 .. 1200) {
		return 1 if $condition->();
		sleep 0.05;
	}
	return 0;
}

sub limit {
	my ($agent, $descriptors) = @_;
	system('prlimit', '--pid', $agent, "--nofile=$descriptors:1024") == 0 or die 'prlimit';
}

# How many rounds the agent's loop has made: it calls read() on its signalfd once a round.
sub rounds { return slurp("/proc/$_[0]/io") =~ /^syscr: (\d+)/m ? $1 : undef }

sub logged { return scalar(() = slurp($agent_log) =~ /$_[0]/g) }

my $agent = start_agent();
limit($agent, 3);
my @waiting;
for (1 .. 2) {
	my $pid = fork // die;
	exec("$root/build/tests/peer", 'hand', $socket, "$root/build/tests/loader", 'socket') or die if !$pid;
	push @waiting, $pid;
}
ok(eventually(sub { logged("cannot accept connections, which wait: Too many open files") }),
	'without a free descriptor the agent says that connections wait');
SKIP: {
	my ($first, $since) = (rounds($agent), time);
	skip 'the kernel counts no reads', 1 if !defined $first;
	eventually(sub { rounds($agent) >= $first + 20 });
	my $rounds = rounds($agent) - $first;
	# After each pause of 200 ms there is one more round. A child that ended before may have cut a pause short.
	my $most = 2 * (time - $since) / 0.2 + 6;
	ok($rounds >= 20 && $rounds <= $most, '… and tries again, at most five times a second')
		or diag "$rounds rounds, at most $most";
}
is(logged("cannot accept connections"), 1, '… and logs the error once');
limit($agent, 1024);
waitpid($_, 0) == $_ and is($?, 0, 'a program whose connection waited is served') for @waiting;
is(logged('connections are accepted again'), 1, '… and the log says that connections are accepted again');
is(stop_agent($agent), 0, 'the agent ends');

for my $call (['poll', 7], ['ppoll', 271], ['ioctl', 16], ['wait4', 61]) {
	my ($name, $number) = @$call;
	my @command = ("$root/build/tests/doors", "x86_64:$number:-:1", '--', "$root/build/socketcall", 'agent');
	my $said = `timeout 60 @command --listen $socket 2>&1`;
	is($? >> 8, 125, "where $name() is refused the agent doesn't start");
	like($said, qr/\($name: Operation not permitted\)/, '… and it says why');
}
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
