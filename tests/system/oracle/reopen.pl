# SPDX-License-Identifier: MIT
# Nothing is reopened that a filter has closed: under the preload, or patched, a program gets the filter's answer to the
# direct call, and only for this family. Runs in the roots that LAB_SUITES names (default bookworm).
use strict;
use warnings;

require "./tests/fixtures/lab.pl";

my @families = qw(AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_ALG AF_VSOCK);
my @closed   = qw(/sc/socketcall closed --);
my $patch    = ($ENV{MECHANISM} // "") eq "patch";
my $program  = $patch ? "/t/families-static" : "/t/families";
my @hooked   = ("/sc/socketcall", "run", $patch ? () : "--preload-only", "--", $program);

sub filter {
	return ("/sc/tests/filter", @_, "--");
}

# The open run's lines, but every socket of this family fails with this error.
sub without {
	my ($lines, $family, $error) = @_;
	return join "", map { /^\Q$family\E / ? s/: .*/: $error/r : $_ } split /^/, $lines;
}

sub same {
	my ($name, $wanted, $suite, @command) = @_;
	my ($got) = lab($suite, @command);
	my @got    = split /\n/, $got;
	my @wanted = split /\n/, $wanted;
	my @wrong  = grep { ($got[$_] // "") ne ($wanted[$_] // "") } 0 .. (@got > @wanted ? $#got : $#wanted);
	result(!@wrong, "$suite: $name", map { "got    " . ($got[$_] // "nothing"), "wanted " .
		($wanted[$_] // "nothing") } @wrong);
}

sub test_family {
	my ($suite, $open, $family) = @_;

	for my $error (qw(EAFNOSUPPORT EPERM)) {
		same("$family refused with $error, socketcall closed: that error, and for no other family",
		     without($open, $family, $error), $suite, filter("--family", "$error:$family"), @closed, @hooked);
	}
	# The preload always makes direct calls. run doesn't take away what works without it.
	same("$family refused to the direct call only, socketcall open: " . ($patch ? "run changes nothing" :
			"what is refused stays so"),
	     $patch ? $open : without($open, $family, "EPERM"), $suite, filter("--family", "EPERM:$family"), @hooked);
	same("$family answered ENOSYS, socketcall closed: ENOSYS, because the closed entry is tried and fails",
	     without($open, $family, "ENOSYS"), $suite, filter("--family", "ENOSYS:$family"), @closed, @hooked);
	same("$family answered ENOSYS, socketcall closed with EPERM: EPERM, the closed entry's answer",
	     without($open, $family, "EPERM"), $suite, filter("--family", "ENOSYS:$family"),
	     qw(/sc/socketcall closed --errno EPERM --), @hooked);
}

sub compile {
	my ($suite) = @_;
	my ($gcc, $src, $t) = compiler($suite);
	my $options = "-std=gnu11 -O2 -Wall -Wextra -Werror -I$src" . ($patch ? " -DSTATIC -static" : "");
	my $to = $program =~ s,^/t,$t,r;
	my ($output, $status) = compiling($suite, <<"END");
mkdir -p $t
[ -z "\$(find $src/tests/system/oracle \\( -name families.c -o -name '*.h' \\) -newer $to 2>&1)" ] ||
	$gcc $options -o $to $src/tests/system/oracle/families.c -ldl 2>&1
END
	return result(!$status, "$suite: the program compiles without a warning", split /\n/, $output);
}

sub test_suite {
	my ($suite) = @_;

	compile($suite) or return;
	my ($open) = lab($suite, $program);

	result((grep { /: a descriptor/ } split /^/, $open) >= 15, "$suite: the open kernel makes sockets", split /\n/,
		$open);
	test_family($suite, $open, $_) for @families;
	same("two families refused with two errors: each with its own",
	     without(without($open, "AF_INET", "EPERM"), "AF_NETLINK", "EACCES"),
	     $suite, filter("--family", "EPERM:AF_INET", "--family", "EACCES:AF_NETLINK"), @closed, @hooked);
	same("every direct call refused, socketcall open: " . ($patch ? "run changes nothing" :
			"no socket of any family"),
	     $patch ? $open : $open =~ s/: .*/: EPERM/gr, $suite, filter("--deny", "EPERM:359"), @hooked);
}

suites(\&test_suite, \&compile);
