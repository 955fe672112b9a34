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

# Where nothing can be run in a root, what compiles there is compiled from outside: it runs in a guest, in which a second of
# the compiler's is ten. Its programs are found in the root's /t, and are newer than their sources.
my $outside = ($ENV{PREPARE} // "") eq "1" && system("tools/runs32");

# A compiler's name, and the folders that are /src and /t in the root, for what may be compiled from outside.
sub compiler {
	my ($suite) = @_;
	return $outside ? ("tools/lab cc $suite", ".", "build/lab/$suite") : ("gcc", "/src", "/t");
}

# A shell's script by that compiler: what it says, and its wait status.
sub compiling {
	my ($suite, $script) = @_;
	return lab($suite, "sh", "-ec", $script) if !$outside;
	system("tools/need gcc-i686-linux-gnu >&2") == 0 or return ("no compiler\n", 1);
	return run("sh -ec " . $script =~ s/'/'\\''/gr =~ s/.*/'$&'/sr);
}

# The test for every suite that LAB_SUITES names (default bookworm), in which there is a compiler. What prepares it is called
# first, where programs are compiled from outside.
sub suites {
	my ($test, $compile) = @_;

	if (($ENV{PREPARE} // "") eq "list") {
		print "gcc libc6-dev\n";
		exit;
	}
	$| = 1;
	system("make -s build/tests/filter >&2") == 0 or die "can't make build/tests/filter\n";
	for my $suite (split " ", $ENV{LAB_SUITES} || "bookworm") {
		my ($output, $status) = run("tools/lab make $suite gcc libc6-dev 2>&1");
		if (!$status && $ENV{PREPARE}) {
			$compile->($suite) or exit 1 if $outside;
			next;
		}
		$test->($suite) if !$status || result(0, "$suite: the root can be made", split /\n/, $output);
	}
	print "1..$tests\n" unless $ENV{PREPARE};
}

1;
