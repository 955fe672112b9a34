#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Rule 18 of docs/agent-security.md: programs have mapped a file of a FUSE file system that never answers. A worker that
# reads this memory blocks and can't be killed. The programs' calls get ENOSYS; after two such workers no other one is
# started; other containers are served meanwhile. If such memory blocks the container's server itself, as a stack does,
# other containers are still served, also by a new agent.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', map { "build/tests/$_" } qw(loader peer fuse covered));
prepared();
plan skip_all => 'there is no FUSE here' if !-c '/dev/fuse';
my @hand = ("$root/build/tests/peer", 'hand', $socket);
my $mount = "$dir/fuse";
my $calls = 6; # more than AGENT_WORKERS_DYING

# A process' ancestors.
sub parents {
	my ($pid) = @_;
	my @found;
	while ($pid > 1 && (eval { slurp("/proc/$pid/stat") } // '') =~ /\) \S (\d+)/) {
		push @found, $pid = $1;
	}
	return @found;
}

# Counts the processes of the agent whose `file` in /proc has text that matches. Waits until the count is `wanted`, or
# for a minute. Returns the last count.
sub become {
	my ($wanted, $file, $text) = @_;
	my $count;
	my $matches = sub { (eval { slurp("/proc/$_/$file") } // '') =~ $text };
	wait_until(sub { ($count = grep { $matches->() } agent_all()) == $wanted });
	return $count;
}

# The same for processes that wait for an answer of the FUSE file system.
sub stuck_become { return become($_[0], 'wchan', qr/^request_wait_answer$/) }

spew($mount, '');
system('mkfifo', "$dir/end") == 0 or die;
my $agent = start_agent();
my $blocked = start_command('unshare', '--mount', "$root/build/tests/fuse", $mount, @hand, 'sh', '-c',
	'n=0; while [ $n -lt "$3" ]; do "$1" "$2" || exit; n=$((n + 1)); done; echo all got ENOSYS; read -r line <"$4"',
	'sh', "$root/build/tests/covered", $mount, $calls, "$dir/end");
like(agent_status(qr/^hand/), qr/^hand/, 'the container with FUSE is served');
is(system(@hand, "$root/build/tests/loader", 'socket'), 0, 'another container is served meanwhile');
is(<$blocked>, "all got ENOSYS\n", 'programs whose vDSO can\'t be read get ENOSYS');
my @lines = slurp($agent_log) =~ /covered: a multiplexed call got ENOSYS: (.*)/g;
is_deeply(\@lines, [('cannot read its memory in time') x $calls], '… and the log says so for each call');
is(become(2, 'stat', qr/\) D /), 2, '… and no more than two processes that can\'t be killed are left behind');
spew("$dir/end", "\n");
finish_command($blocked);
like(agent_status(qr/^no container/), qr/^no container is served$/, 'the container can end');

# The server reads memory below the stack pointer.
$blocked = start_command('unshare', '--mount', "$root/build/tests/fuse", $mount, @hand, 'sh', '-c',
	'"$1" "$2" stack & echo $!; wait', 'sh', "$root/build/tests/covered", $mount);
chomp(my $caller = <$blocked>);
is(stuck_become(1), 1, 'a stack that can\'t be read blocks the container\'s server');
is(system(@hand, "$root/build/tests/loader", 'socket'), 0, '… another container is served meanwhile');
is(stop_agent($agent), 0, '… the agent ends');
$agent = start_agent();
is(system(@hand, "$root/build/tests/loader", 'socket'), 0, '… and a new one serves');
kill 'KILL', $caller, grep { (eval { slurp("/proc/$_/comm") } // '') eq "fuse\n" } parents($caller);
finish_command($blocked);
like(agent_status(qr/^no container/), qr/^no container is served$/, 'the container ends with the file system');
is(stuck_become(0), 0, '… and no process of the agent waits for it any more');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
