#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Profiles that `socketcall profile` writes with options, in containers of crun and runc. With --audit socketcall stays
# open, and the agent names the programs that use it; other containers of the same agent are served as usual. With
# --filter-loads a program works although its own filter refuses direct calls.
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
build('build/socketcall', 'build/tests/loader');
lab_make('bookworm', 'busybox-static', 'curl', 'python3');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

sub profile_of {
	my (@options) = @_;
	return decode_json(scalar `$root/build/socketcall profile --format oci --listen $socket @options 2>$dir/said`);
}

my $families = q('UNIX INET INET6');
my $audited = profile_of('--audit --families', $families);
like(slurp("$dir/said"), qr/socketcall is reported to the agent at \Q$socket\E,\n  and stays open/,
	'profile --audit says that socketcall stays open');
my $served = profile_of('--families', $families);
my $loads = profile_of('--filter-loads');
# A NETLINK socket can be made only by socketcall: the profile refuses that family to direct calls.
my $netlink = ['sh', '-c',
	'/sc/tests/loader socket; echo $?; exec python3 -c "import socket; socket.socket(16, 3, 0)"'];

my $agent = start_agent("$root/build/socketcall", 'agent', '--audit', '--listen', $socket);
for my $runtime (sort keys %runtime) {
	my ($text, $status) = run_container($runtime, $lab, $audited, $netlink);
	is_deeply([$text, $status], ["0\n", 0], "$runtime: audited: socketcall is open");
	($text, $status) = run_container($runtime, $lab, $served, $netlink);
	like($text, qr/^0\n.*Address family not supported/s,
		"$runtime: another container of the agent: refused families are closed");

	my ($bundle, $name) = make_bundle($lab, $audited, ['sh', '-c', '/sc/tests/loader socket; exec sleep 600']);
	my $output = start_command($runtime{$runtime}->($dir, $bundle, $name));
	$text = agent_status(qr/^\Q$name\E .*open/m);
	like($text, qr/^\Q$name\E \(socketcall-audit\): 0 patched.* 0 refused; socketcall is open.* use it: 1\b/m,
		"$runtime: audited: --status says so");
	like($text, qr/^    \d+ loader: none is refused: socketcall is open \(--audit\)$/m, '… and names the program');
	my ($json) = grep { $_->{container} eq $name } @{ decode_json(agent_status(qr/"audited":1/, '--json')) };
	is_deeply([@$json{qw(audited refused)}, $json->{refusals}[0]{program}], [1, 0, 'loader'],
		'… --status --json says the same');
	system($runtime, '--root', "$dir/state", 'kill', $name, 'KILL') == 0 or diag "$runtime: kill";
	finish_command($output);
	like(slurp($agent_log), qr/\Q$name\E: audited: socketcall is open/, '… the log says so');
	like(slurp($agent_log), qr/\Q$name\E: \d+ loader: makes multiplexed calls; none is refused/,
		'… and names the program');

	my @filter = ('/sc/tests/loader', 'filter');
	my (undef, $without) = run_container($runtime, $lab, $served, \@filter);
	is($without, 3, "$runtime: a program's own filter refuses direct calls");
	my (undef, $with) = run_container($runtime, $lab, $loads, \@filter);
	is($with, 0, "$runtime: … but with --filter-loads the program works");
}
unlike(slurp($agent_log), qr/ENOSYS/, 'the log has no refused call');
like(slurp($agent_log), qr/\Asocketcall agent: listening at \Q$socket\E, with --audit$/m,
	'the first line of the log says where the agent listens');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
