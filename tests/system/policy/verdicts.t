#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Verdicts under `socketcall run --families`, for random policies, families, types and protocols: at each door of a
# program of x86-64 and of one of i386 the answer is that of socketcall_policy_judge() (programs/verdicts.c). SEED=N
# repeats an earlier run, LISTS=N is the number of policies.
# Quick in a guest.
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use lib dirname(__FILE__) . '/../../fixtures';
use tests;
use Test::More;

chdir $root or die;
build('build/socketcall', 'build/tests/policy-verdicts64', 'build/tests/policy-verdicts32');
prepared();

my $work  = tempdir(CLEANUP => 1);
my $seed  = $ENV{SEED} // time;
my $lists = $ENV{LISTS} // 12;
my $asked = $ENV{ROUNDS} // 4000;
srand $seed;
diag("SEED=$seed");

sub one_of { return $_[int rand @_] }

# An item of a list. Most items are families, types and protocols that the programs often ask for.
sub item {
	my $family = one_of(qw(AF_UNIX AF_INET INET6 AF_NETLINK PACKET ALG SMC VSOCK 40 af_inet));
	my $item   = $family;
	return $item if rand() < 0.5;
	$item .= ':' . one_of(qw(STREAM SOCK_DGRAM RAW SEQPACKET 5));
	return $item if rand() < 0.5;
	return $item . ':' . one_of(qw(0 6 17 132 1));
}

sub list {
	my $separator = one_of(' ', ',', ', ');
	return (rand() < 0.3 ? '~' : '') . join $separator, map { item() } 1 .. 1 + int rand 8;
}

my ($allowed, $refused) = (0, 0);
for my $round (1 .. $lists) {
	my $list = list();
	for my $bits (64, 32) {
		my ($status, $out, $err) = output_of($work, 'timeout', 120, 'build/socketcall', 'run',
			'--families', $list, '--refused', 'errno:EXDEV', '--', "build/tests/policy-verdicts$bits",
			$list, 'EXDEV', $seed + $round, $asked);
		my @counts = $out =~ /^(\d+) allowed, (\d+) refused, 0 wrong$/m;
		result($status == 0 && @counts && $err eq '', "$bits bits: '$list'", $out, $err);
		$allowed += $counts[0] // 0;
		$refused += $counts[1] // 0;
	}
}
ok($allowed > 0 && $refused > 0, 'calls were allowed and refused'); # one list may allow, or refuse, all that is asked

# The control: without a policy the program finds wrong answers.
my ($status, $out) = output_of($work, 'build/tests/policy-verdicts64', 'AF_UNIX', 'EXDEV', 1, 2000);
ok($status == 1 && $out =~ /, not -18$/m, 'without a policy, the program finds wrong answers');
done_testing();
