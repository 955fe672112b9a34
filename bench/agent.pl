#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Usage: bench/agent.pl STARTS NOTHING32 SOCKET32 NOTHING64 (static programs)
# Measures what `socketcall agent` costs: the time of starts in a container that it serves, as a ratio to the time in a
# container in which socketcall is open. Both containers run all the time, and take turns. Then prints the latencies of
# first calls, as --status reports them, and the agent's memory.
use strict;
use warnings;
use File::Basename;
use File::Copy;
use JSON::PP;
use lib dirname(__FILE__) . '/../tests/fixtures';
use tests;

our ($root, $dir, $socket, %runtime);
require "$root/tests/fixtures/agent.pl";
chomp(my $lab = `$root/tools/lab root bookworm`);
my ($starts, @programs) = @ARGV;
my @names = ('32-bit program without sockets', '32-bit program with a first socket call', '64-bit program');
my @wanted = (1.03, 1.45, 1.01);
my ($rounds, $count) = (31, 20);

mkdir "$dir/bench" or die;
for ($starts, @programs) {
	copy($_, "$dir/bench/" . basename($_)) or die;
	chmod 0755, "$dir/bench/" . basename($_);
}

# Starts a container; returns handles to write to it and to read from it.
sub container {
	my ($way) = @_;
	my @command = $runtime{runc}->($dir, make_bundle($lab, agent_profile($way), ['/bench/' . basename($starts)],
		mounts => [{
			destination => '/bench', type => 'bind', source => "$dir/bench", options => ['bind', 'ro'],
		}]));
	pipe(my $in_read, my $in_write) or die;
	pipe(my $out_read, my $out_write) or die;
	if (!(fork // die)) {
		open(STDIN, '<&', $in_read) or die;
		open(STDOUT, '>&', $out_write) or die;
		close $_ for $in_read, $in_write, $out_read, $out_write;
		exec(@command) or die;
	}
	close $_ for $in_read, $out_write;
	$in_write->autoflush(1);
	return [$in_write, $out_read];
}

sub took {
	my ($container, $program) = @_;
	print { $container->[0] } '/bench/' . basename($program) . " $count\n";
	return readline($container->[1]) // die "the container has ended\n";
}

sub median { (sort { $a <=> $b } @_)[@_ / 2] }

my $agent = start_agent();
my %container = map { $_ => container($_) } 'open', 'served';
took($container{$_}, $programs[0]) for keys %container;
for my $i (0 .. $#programs) {
	my @ratios = map {
		took($container{served}, $programs[$i]) / took($container{open}, $programs[$i])
	} 1 .. $rounds;
	printf "start of a %s, served by the agent / open: %.2f (wanted: %.2f or less)\n", $names[$i], median(@ratios),
		$wanted[$i];
}
my ($status) = @{ decode_json(agent_status(qr/latency/, '--json')) };
printf "first calls: half took up to %d us, 90 %% up to %d us, 99 %% up to %d us\n",
	@$status{qw(latency50 latency90 latency99)};
my $pss = 0;
for my $pid (agent_all()) {
	open my $file, '<', "/proc/$pid/smaps_rollup" or next;
	$pss += (join '', <$file>) =~ /^Pss:\s+(\d+)/m ? $1 : 0;
}
printf "memory of the agent with one container (Pss): %.1f MiB (wanted: 3.3 or less)\n", $pss / 1024;
close $_->[0] for values %container;
stop_agent($agent);
