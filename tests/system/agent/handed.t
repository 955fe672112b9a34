#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Situations in which programs hand their listener to the agent without a container: the agent's socket has a relative
# path; nobody reads the agent's log any more; a 64-bit program makes a 32-bit call; the profile reports another call.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use JSON::PP;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', map { "build/tests/$_" } qw(loader peer int80-64));
prepared();
my @hand = ("$root/build/tests/peer", 'hand', $socket);

# The agent's processes change their working folder. The status files must be found nevertheless.
my $agent = start_agent('sh', '-c', 'cd "$1" && exec "$2" agent --listen agent.sock', 'sh', $dir,
	"$root/build/socketcall");
is(system(@hand, "$root/build/tests/int80-64"), 0, 'a 64-bit program\'s 32-bit call gets ENOSYS');
like(slurp($agent_log), qr/int80-64: a multiplexed call got ENOSYS: it has no 32-bit vDSO/, '… and the log says why');
isnt(system("$root/build/tests/peer", 'report', 243, $socket, "$root/build/tests/loader", 'socket'), 0,
	'where the profile reports set_thread_area, this call gets ENOSYS');
like(slurp($agent_log), qr/loader: a call got ENOSYS: it is not a call that this agent serves/,
	'… and the log says why');

my $before = length slurp($agent_log);
is(system(@hand, 'sh', '-c', 'n=0; while [ $n -lt 100 ]; do "$0"; n=$((n + 1)); done', "$root/build/tests/int80-64"), 0,
	'the calls of a hundred programs are refused');
my ($lost) = (0);
wait_until(sub {
	substr(slurp($agent_log), $before) =~ /(hand-\d+): \d+ int80-64: .*\1: its last process has ended/s;
}) or diag 'the log doesn\'t say that the container has ended';
my $text = substr slurp($agent_log), $before;
$lost += $1 while $text =~ /: (\d+) more lines were not written/g;
my $told = () = $text =~ /got ENOSYS/g;
cmp_ok($told, '<=', 60 * (1 + int((time - $^T) / 60)), '… the log has at most 60 lines a minute');
is($told + $lost, 100, '… and the log says how many were left out');

pipe(my $end_read, my $end_write) or die;
my $held = fork // die;
if (!$held) {
	open(STDIN, '<&', $end_read) or die;
	close $_ for $end_read, $end_write;
	exec(@hand, 'sh', '-c', '"$0" socket; read -r line', "$root/build/tests/loader") or die;
}
close $end_read;
my $json = agent_status(qr/"patched":[1-9]/, '--json');
my ($shown) = grep { $_->{container} eq "hand-$held" } @{ (eval { decode_json($json) }) // [] };
is($shown && $shown->{patched}, 1, 'a relative path: --status shows the served program') or diag $json;
close $end_write;
waitpid $held, 0;
is(stop_agent($agent), 0, 'the agent ends');

# The log goes to a pipe whose reader has ended.
pipe(my $log_read, my $log_write) or die;
$agent = start_agent('sh', '-c', "exec \"\$@\" 2>&" . fileno($log_write), 'sh', "$root/build/socketcall", 'agent',
	'--listen', $socket) if fcntl($log_write, 2, 0); # F_SETFD: sh gets it
close $_ for $log_read, $log_write;
is(system(@hand, "$root/build/tests/loader", 'socket'), 0, 'a program is served when nobody reads the log');
is(stop_agent($agent), 0, '… and the agent ends as usual');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
