#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A hostile program's first calls (programs/attack.c): odd pointers; threads that unmap or protect the block, exec or
# end while the call is dealt with; processes that stop or trace the caller or share its memory; signals in a storm; no
# stack. Served by the agent, it sees what it sees on the open kernel, but where docs/agent-security.md says otherwise.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $agent_log, $dir);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall', map { "build/tests/$_" } qw(loader peer attack));
prepared();
my $rounds = $ENV{ROUNDS} // 20;
my @hand = ("$root/build/tests/peer", 'hand', $socket);

# What the program says, by case.
sub seen {
	my (@command) = @_;
	my ($text) = finish_command(start_command('timeout', 300, @command, "$root/build/tests/attack", $rounds));
	like($text, qr/^end$/m, "@command[0 .. ($#command ? 1 : 0)]: the program runs to its end") or diag $text;
	return { map { /^([^:]+): (.*)/ ? ($1 => $2) : () } split /\n/, $text };
}

# What may be seen, of which not all need be: what a race ends with, or what is documented.
my %may = (
	'block unmapped'  => '0|EFAULT',
	'block protected' => '0|EFAULT',
	'exec'            => '0|ETIME',
	'tracer'          => '0|ENOSYS', # a traced thread's call can't be turned
	'no stack'        => 'ENOSYS',
);

my $open = seen('env');
cmp_ok(keys %$open, '>=', 200, 'all is tried');
$rounds = 1;
my $closed = seen("$root/build/socketcall", 'closed', '--');
cmp_ok((grep { $_ =~ /ENOSYS/ } values %$closed), '>=', 150, 'closed, calls get ENOSYS');
$rounds = $ENV{ROUNDS} // 20;

my $agent = start_agent("$root/build/socketcall", 'agent', '--listen', $socket);
my $served = seen(@hand);
my $same = 0;
for my $case (sort keys %$open) {
	my ($kind) = $case =~ /(.*), (?:int80|entry)$/;
	my ($may, $saw) = ($may{$kind}, $served->{$case} // 'nothing');
	my $good = $may ? $saw =~ /^(?:$may)(?: (?:$may))*$/ : $saw eq $open->{$case};
	$same += $good ? 1 : 0;
	diag("$case: $saw, open: $open->{$case}") if !$good;
}
is($same, keys %$open, 'served, it sees what it may see');
is(system(@hand, "$root/build/tests/loader", 'socket'), 0, 'the agent serves on');
like(agent_status(qr/^no container/), qr/^no container is served$/, 'nothing of it is left');
is_deeply({ agent_processes($agent) }, {}, '… and no process');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
