#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The suite's own test: with each of mutants.def's behaviours broken, some fact of the program that it names fails, and
# with none broken all hold. MUTANTS="NAME..." tries just those, V=1 shows which facts catch them.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp ();
use POSIX ();
use Test::More;
use lib dirname(__FILE__) . '/../fixtures';
use tests;

chdir $root or die "can't reach the repository: $!\n";
need("gcc-i686-linux-gnu", "libc6-dev-i386-cross");
build("conformance-mutant");
prepared();
my $folder = "build/conformance/i386/mutant";
my %wanted = map { $_ => 1 } split " ", $ENV{MUTANTS} // "";
$| = 1;

# The facts that don't hold in the program with that mutant; how it ended.
sub failing {
	my ($program, $mutant) = @_;
	# a broken call may wait for ever: the program ends itself then, and tells after which fact
	my $output = do {
		local $ENV{CONFORMANCE_SECONDS} = 4 if defined $mutant;
		local $ENV{MUTANT} = $mutant if defined $mutant;
		`timeout 150 $folder/$program 2>&1 </dev/null`;
	};
	my $status = $?;
	my @facts  = $output =~ /^not ok \d+ - (.*)/gm;
	push @facts, "$1 (it doesn't come back)" if $output =~ /^Bail out! it took too long, after: (.+)/m;
	return ($status, $output, @facts);
}

open my $table, "<", "tests/conformance/mutants.def" or die "mutants.def: $!\n";
my @mutants = join("", <$table>) =~ /^MUTANT\((\w+), (\w+),\s+"(.*?)"/gm;
my (%programs, %seen, @rows);
while (my ($name, $program, $text) = splice @mutants, 0, 3) {
	next if %wanted && !$wanted{$name};
	$programs{$program} = 1;
	push @rows, [$name, $program, $text];
}
result(@rows >= 40, "there are at least 40 mutants", scalar @rows) unless %wanted;
for my $program (sort keys %programs) {
	my ($status, $output, @facts) = failing($program);
	result($status == 0 && $output =~ /^1\.\.[1-9]/m, "with nothing broken the facts of $program hold",
	       @facts ? @facts : (split /\n/, $output)[-1]);
}
# Two at a time: a mutant that never comes back costs four seconds.
my $answers = File::Temp->newdir;
my @workers = map {
	my $worker = $_;
	my $pid = fork // die "can't fork: $!\n";
	if (!$pid) {
		for (my $i = $worker; $i < @rows; $i += 2) {
			my ($status, $output, @facts) = failing($rows[$i][1], $rows[$i][0]);
			open my $file, ">", "$answers/$i" or POSIX::_exit(1);
			print $file map { "$_\n" } scalar @facts, @facts ? @facts[0 .. ($#facts < 2 ? $#facts : 2)]
				: (split /\n/, $output)[-1] // "";
			close $file;
		}
		POSIX::_exit(0);
	}
	$pid;
} 0, 1;
waitpid $_, 0 for @workers;
for my $i (0 .. $#rows) {
	my ($name, $program, $text) = @{$rows[$i]};
	my @lines = ("0\n", "it wasn't run\n");
	if (open my $file, "<", "$answers/$i") {
		@lines = <$file>;
	}
	chomp @lines;
	my $caught = shift @lines;
	result($caught, "$name: $text: a fact of $program fails", @lines);
	note(map { "$_\n" } @lines) if $caught && $ENV{V};
}
done_testing;
