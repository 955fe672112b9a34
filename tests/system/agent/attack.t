#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# A hostile program's first calls (programs/attack.c): odd pointers; threads that unmap or protect the block, exec or
# exit while the agent serves the call; processes that stop or trace the caller or share its memory; a storm of signals;
# no stack. Served by the agent, the program gets the results that it gets on the open kernel, except where
# docs/agent-security.md says otherwise.
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

# Runs the program. Returns its results by case.
sub seen {
	my (@command) = @_;
	my ($text) = finish_command(start_command('timeout', 300, @command, "$root/build/tests/attack", $rounds));
	like($text, qr/^end$/m, "@command[0 .. ($#command ? 1 : 0)]: the program runs to its end") or diag $text;
	return { map { /^([^:]+): (.*)/ ? ($1 => $2) : () } split /\n/, $text };
}

# The results that a case may have when it is served, where they may differ from the open kernel's: the outcomes of a
# race, of which not all need occur, and documented exceptions.
my %may = (
	# The patched entry asks the kernel whether the block can be read before it reads the block (docs/preload.md).
	'block unmapped'  => '0|EFAULT|signal 11',
	'block protected' => '0|EFAULT|signal 11',
	'exec'            => '0|ETIME',
	'end'             => '0|EXDEV',
	'tracer'          => '0|ENOSYS', # the call of a thread that has a tracer can't be turned
	'no stack'        => 'ENOSYS',
);

my $open = seen('env');
cmp_ok(keys %$open, '>=', 200, 'the program tries at least 200 cases');
$rounds = 1;
my $closed = seen("$root/build/socketcall", 'closed', '--');
cmp_ok((grep { $_ =~ /ENOSYS/ } values %$closed), '>=', 150, 'with socketcall closed, at least 150 calls get ENOSYS');
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
is($same, keys %$open, 'served by the agent, each case has a permitted result');
is(system(@hand, "$root/build/tests/loader", 'socket'), 0, 'the agent still serves');
like(agent_status(qr/^no container/), qr/^no container is served$/, 'no container is left in --status');
ok(agent_is_alone($agent), '… and no process that served one is left');
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
