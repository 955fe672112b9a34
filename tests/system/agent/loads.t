#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Programs in a served container load filters of their own, in many ways and at bad moments: filters that know
# socketcall alone, as Chromium's, and filters that trap, kill for, refuse or trace the calls by which the agent has a
# filter loaded. With `profile --filter-loads` the program's results are those of a container in which socketcall is
# open; without it, its filters refuse direct calls. The agent still serves afterwards.
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
build('build/socketcall', map { "build/tests/$_" } qw(loader loads attack));
lab_make('bookworm', 'busybox-static');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

sub profile_with {
	my ($option) = @_;
	return decode_json(scalar `$root/build/socketcall profile --format oci --listen $socket $option 2>$dir/said`);
}
my %served = map { $_ => profile_with($_) } '', '--filter-loads';

# The program's results, by case. Loading a filter with a listener differs, because a process can have only one
# listener: in a served container the kernel answers EBUSY.
sub seen {
	my ($runtime, $profile) = @_;
	my ($text) = run_container($runtime, $lab, $profile, ['/sc/tests/loads']);
	my %seen = map { /^([^:]+): (.*)/ ? ($1 => $2) : () } split /\n/, $text;
	is(delete $seen{listener}, ref $profile && $profile->{listenerPath} ? 'load: EBUSY' : 'load: 354',
		"$runtime: a filter with a listener of its own gets the expected result");
	return \%seen;
}

my $agent = start_agent();
for my $runtime (sort keys %runtime) {
	my $open = seen($runtime, agent_profile('open'));
	cmp_ok(keys %$open, '>=', 40, "$runtime: open: the program tries at least 40 cases");
	is_deeply(seen($runtime, $served{'--filter-loads'}), $open, "$runtime: --filter-loads: the same results");
	my $without = seen($runtime, $served{''});
	my @refused = grep { $without->{$_} =~ /socket: EPERM/ } keys %$without;
	cmp_ok(@refused, '>=', 15, "$runtime: without --filter-loads the program's filters refuse direct calls");
	my ($raced) = run_container($runtime, $lab, $served{'--filter-loads'}, ['/sc/tests/attack', 'filters', '20']);
	is($raced, "filters, int80: 0\nfilters, entry: 0\nend\n",
		"$runtime: --filter-loads: first calls succeed while other threads load filters");
	my ($after) = run_container($runtime, $lab, $served{'--filter-loads'},
		['sh', '-c', '/sc/tests/loader socket && echo works']);
	like($after, qr/^works$/m, "$runtime: the agent still serves");
}
is(stop_agent($agent), 0, 'the agent ends');
diag(slurp($agent_log)) if !Test::More->builder->is_passing;
done_testing();
