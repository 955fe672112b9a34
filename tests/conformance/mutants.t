#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Tests the suite itself: for each behaviour of mutants.def, breaks it, and some fact of the program in its row must
# fail; without a mutant all facts must hold. MUTANTS="NAME..." tries only these mutants; V=1 shows which facts notice
# them.
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
# Some mutants' programs are killed by a signal, and don't remove their working folders.
my $work = File::Temp->newdir;
$ENV{CONFORMANCE_FOLDER} = "$work";
my %wanted = map { $_ => 1 } split " ", $ENV{MUTANTS} // "";
$| = 1;

# Runs a program with a mutant; returns its wait status, its output, and the facts that failed.
sub failing {
	my ($program, $mutant) = @_;
	# A broken call may wait forever: then the program ends itself, and prints the last fact before.
	my $output = do {
		local $ENV{CONFORMANCE_SECONDS} = 4 if defined $mutant;
		local $ENV{MUTANT} = $mutant if defined $mutant;
		`timeout 150 $folder/$program 2>&1 </dev/null`;
	};
	my $status = $?;
	my @facts  = $output =~ /^not ok \d+ - (.*)/gm;
	push @facts, "$1 (the next call doesn't return)" if $output =~ /^Bail out! it took too long, after: (.+)/m;
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
	result($status == 0 && $output =~ /^1\.\.[1-9]/m, "without a mutant the facts of $program hold",
	       @facts ? @facts : (split /\n/, $output)[-1]);
}
# Two at a time, because a mutant whose call never returns takes four seconds.
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
	my @lines = ("0\n", "the program did not run\n");
	if (open my $file, "<", "$answers/$i") {
		@lines = <$file>;
	}
	chomp @lines;
	my $caught = shift @lines;
	result($caught, "$name: $text: a fact of $program fails", @lines);
	note(map { "$_\n" } @lines) if $caught && $ENV{V};
}
done_testing;
