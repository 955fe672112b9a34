#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The matrix of `socketcall probe` under 240 generated filters, on this machine's kernel. lib/generated.pm computes the
# expected matrix from each filter's rules. FILTERS=N sets the number of filters, SEED=N generates others.
# Not in a guest: too slow there.
# Alone: eight probes run at a time.
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use POSIX ();
use Test::More;
use lib dirname($0) . '/lib';
use generated;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

my $dir     = tempdir(CLEANUP => 1);
my $at_once = 8;
build('build/socketcall', 'build/tests/doors');
prepared();

# The answers without a filter, from a socket() that Perl makes.
for my $name (@generated::names) {
	my ($number, $type, $protocol) = @{ $generated::family{$name} };
	$generated::plain{$name} = socket(my $s, $number, $type, $protocol) ? { state => 'open' } :
		{ state => $!{EPERM} || $!{EACCES} ? 'denied' : 'missing', errno => generated::name_of($!) };
}
my $params = "\0" x 120;
my $ring   = syscall(425, 1, $params);
POSIX::close($ring) if $ring >= 0;
cmp_ok $ring, '>=', 0, 'this machine has io_uring, so that its column is tested';
$generated::x32 = syscall(0x40000000 | 39) > 0;

sub start {
	my ($job) = @_;
	my $pid = fork // die;
	return $pid if $pid;
	open STDOUT, '>', "$dir/$job->{i}" or die;
	open STDERR, '>', "$dir/$job->{i}.err" or die;
	exec "$root/build/tests/doors", (map { generated::rule_text($_) } @{ $job->{rules} }), '--',
		"$root/build/socketcall", 'probe', '--json', '--wait', $job->{wait},
		$job->{closed} ? ('--closed', $job->{closed}) : (), @generated::names or exit 99;
}

# The calls that a filter reports to nobody take the whole wait, so it is short at first. A filter whose other answers
# were not there in time is tried once more, with the longest wait.
my ($short, $long) = (2, 60);

# Orphans become this process' children, so that it sees which are left.
my $PR_SET_CHILD_SUBREAPER = 36;
syscall(157, $PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 or die "prctl: $!";

my @jobs = map { { %$_, wait => $short } } generated::jobs($ENV{SEED} || 31431, $ENV{FILTERS} || 240);
my %running;
while (@jobs || %running) {
	while (@jobs && keys %running < $at_once) {
		my $job = shift @jobs;
		$running{ start($job) } = $job;
	}
	my $pid = waitpid -1, 0;
	my $job = delete $running{$pid} // next;
	my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	my ($out, $err) = map { slurp("$dir/$job->{i}$_") } '', '.err';
	if ($job->{wait} == $short && generated::is_late($job, $out)) {
		note("filter $job->{i}: some answers took more than $short seconds: once more, with $long");
		push @jobs, { %$job, wait => $long };
		next;
	}
	generated::judge($job, $status, $out, $err);
}

# A process that was killed may still be about to end.
my ($tries, $pid) = (0);
while (($pid = waitpid -1, POSIX::WNOHANG()) >= 0 && $tries < 600) {
	next if $pid;
	$tries++;
	select undef, undef, undef, 0.1;
}
is $pid, -1, 'no probe leaves a process behind';
done_testing;
