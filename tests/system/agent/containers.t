#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `socketcall agent` serves containers of crun and runc whose root is Debian i386 and whose profile has socketcall
# reported. For comparison the same container runs with socketcall open and closed.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, %runtime, $serving);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall');
lab_make('bookworm', 'busybox-static', 'curl', 'python3');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

my $script = $serving . <<'END';
python3 -c 'import socket; print("socketpair", socket.socketpair()[0].family.value)' 2>&1 | tail -n 1
python3 -c 'import socket; print(socket.socket(16, 3, 0).family.value)' 2>&1 | tail -n 1
kill $server 2>/dev/null
echo "process $$"
exit 5
END

my $agent = start_agent();
for my $runtime (sort keys %runtime) {
	my ($open) = run_container($runtime, $lab, agent_profile('open'), ['sh', '-c', $script]);
	my ($closed) = run_container($runtime, $lab, agent_profile('closed'), ['sh', '-c', $script]);
	my ($served, $status) = run_container($runtime, $lab, agent_profile('served'), ['sh', '-c', $script]);
	my $wanted = $open =~ s/^16$/PermissionError: [Errno 1] Operation not permitted/mr;

	like($open, qr/^static works\ndynamic works\nsocketpair 1\n16\nprocess 1\n/m,
		"$runtime: open: everything works, also NETLINK");
	unlike($closed, qr/works/, "$runtime: closed: nothing works");
	is($served, $wanted,
		"$runtime: served: the same works, except NETLINK, which the profile refuses to direct calls");
	is($status, 5, "$runtime: … and the container exits with the program's status");
	my ($probe, $closed_status) = run_container($runtime, $lab, agent_profile('served'),
		['/sc/socketcall', 'probe', '--closed', 'ALG,VSOCK,NETLINK', '--missing-ok']);
	is($closed_status, 0, "$runtime: served: no door is open to the families that the profile refuses")
		or diag $probe;
	like(join(' ', split /\s+/, $probe), qr/work here: it refuses every call, but their calls are made directly/,
		"$runtime: served: probe says that 32-bit programs work");
}
like(agent_status(qr/^no container/), qr/^no container is served$/, '--status: no container is left');
is(stop_agent($agent), 0, 'the agent ends by SIGTERM');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
