#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The processes that serve a container are killed, one after the other, while programs make their first calls: each call
# succeeds. Calls also succeed after the agent's first process has ended. When no process is left that serves, calls get
# ENOSYS. With and without SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use Test::More;
use Time::HiRes 'time';
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir, %runtime);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', 'build/tests/loader');
lab_make('bookworm', 'busybox-static');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

# Starts programs that make a first call until the file $1 exists, and prints how many calls failed. Then starts one for
# each line that it reads, and prints its exit status.
my $script = <<'END';
failed=0
echo begun
while [ ! -e "$1" ]; do
	/sc/tests/loader socket || failed=$((failed + 1))
done
echo "failed $failed of some"
while read -r line; do
	/sc/tests/loader socket >/dev/null 2>&1; echo "$line: $?"
done
END

# Kills a process of that role, and waits until another process has this role. False if that takes too long.
sub kill_role {
	my ($agent, $role) = @_;
	my $victim;
	return wait_until(sub {
		my %now = agent_processes($agent);
		my ($found) = grep { $_ != ($victim // 0) } @{ $now{$role} // [] };
		return 1 if $victim && $found;
		kill 'KILL', $victim = $found if $found;
		return 0;
	}, 24);
}

# How many programs of the container have been patched at their first call.
sub patched {
	my ($name) = @_;
	my $status = `$root/build/socketcall agent --status --listen $socket`;
	return $status =~ /^\Q$name\E.*: (\d+) patched/m ? $1 : 0;
}

# Waits until the count of patched programs rises. False after a minute.
sub serves_on {
	my ($name) = @_;
	my $before = patched($name);
	return wait_until(sub { patched($name) > $before });
}

for my $flag (undef, 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV') {
	my $what = $flag ? 'with WAIT_KILLABLE_RECV' : 'without flags';
	my $end = "agent-end-$$-" . !!$flag;
	my $agent = start_agent();
	my $profile = agent_profile('served');
	$profile->{flags} = [$flag] if $flag;
	my ($bundle, $name) = make_bundle($lab, $profile, ['sh', '-c', $script, 'sh', "/sc/tests/$end"]);
	my ($pid, $in_write, $out_read) = start_piped(1, $runtime{crun}->($dir, $bundle, $name));
	is(next_line($out_read), "begun\n", "$what: the container runs");

	my ($replaced, $served) = (0, 0);
	for my $round (1 .. 10) {
		$replaced += kill_role($agent, $_) for 'server', 'worker', 'server';
		$served += serves_on($name);
	}
	is($replaced, 30, "$what: each server and worker that is killed is replaced");
	is($served, 10, "$what: … and the new ones serve");
	my %last = agent_processes($agent);
	# When the guard is killed, the server becomes the guard. It isn't a descendant of the agent any more.
	kill 'KILL', $last{guard}[0] // die 'the container has no guard';
	spew("$root/build/tests/$end", '');
	is(next_line($out_read), "failed 0 of some\n", "$what: every program's first call succeeds");

	is(stop_agent($agent), 0, "$what: the agent's first process ends");
	print $in_write "after\n";
	is(next_line($out_read), "after: 0\n", "$what: … and programs that start now are served");
	kill_agents() or diag 'some process of the agent is left';
	print $in_write "alone\n";
	is(next_line($out_read), "alone: 3\n", "$what: when no process of the agent is left, a first call gets ENOSYS");
	close $in_write;
	waitpid $pid, 0;
	unlink "$root/build/tests/$end";
	is($?, 0, "$what: the container ends by itself");
}
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
