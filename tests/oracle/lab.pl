# SPDX-License-Identifier: MIT
# What the tests share that run the oracle's programs in the laboratory: TAP, commands in it, the filter tool.
use strict;
use warnings;

my $tests = 0;

# A line of TAP; the comments are for a failure.
sub result {
	my ($ok, $name, @comments) = @_;
	$tests++;
	print $ok ? "ok" : "not ok", " $tests - $name\n";
	print map { "# $_\n" } @comments unless $ok;
	return $ok;
}

sub run {
	my ($command) = @_;
	my $output = `$command`;
	return ($output, $?);
}

# What a command in the laboratory prints on standard output, and its wait status.
sub lab {
	my ($suite, @command) = @_;
	return run(join " ", "tools/lab run", $suite, map { s/'/'\\''/gr =~ s/.*/'$&'/sr } @command);
}

# The test for every suite that LAB_SUITES names (default bookworm), in which there is a compiler.
sub suites {
	my ($test) = @_;

	if (($ENV{PREPARE} // "") eq "list") {
		print "gcc libc6-dev\n";
		exit;
	}
	$| = 1;
	system("make -s build/tests/filter >&2") == 0 or die "can't make build/tests/filter\n";
	for my $suite (split " ", $ENV{LAB_SUITES} || "bookworm") {
		my ($output, $status) = run("tools/lab make $suite gcc libc6-dev 2>&1");
		next if !$status && $ENV{PREPARE};
		$test->($suite) if !$status || result(0, "$suite: the root can be made", split /\n/, $output);
	}
	print "1..$tests\n" unless $ENV{PREPARE};
}

1;
