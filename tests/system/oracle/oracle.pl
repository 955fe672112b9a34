# SPDX-License-Identifier: MIT
# The kernel as oracle: with socketcall closed, under the preload or patched, the programs of tests/system/oracle must
# print the same about socket calls as on the open kernel; without either they can't. LAB_SUITES names the roots to run
# in (default bookworm).
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Temp ();
use POSIX ();

use constant WORKERS => 2;

require "./tests/fixtures/lab.pl";

# What is compared with the kernel: the preload, or the patch of `socketcall run`.
my $patch = ($ENV{MECHANISM} // "") eq "patch";
my $held  = $patch ? "patched" : "with the preload";

my $flags    = "-std=gnu11 -O2 -g -Wall -Wextra -Werror";
my $libs     = "-Wl,--as-needed -ldl -lrt";
my @programs = map { basename($_, ".c") } glob "tests/system/oracle/*.c";
my @closed   = qw(/sc/socketcall closed --);
my @filter   = qw(/sc/tests/filter);
my @hooked   = ("/sc/socketcall", "run", $patch ? () : "--preload-only", "--");

# The ways to run programs. `before` is a prefix of the command, for the open run, too; `with` follows it, and then the
# preload or run. `inside`: `before` is a filter of the tree's own, loaded after `run` has started, because run patches
# nothing if it sees that no direct call works. `independent`: SOCKETCALL_DEBUG must name the variant for text that
# can't be replaced. `only`: one program.
my @ways = (
	{ name => "closed", with => \@closed },
	{ name => "closed with EPERM", with => [qw(/sc/socketcall closed --errno EPERM --)] },
	{ name => "closed, behind a user's own LD_PRELOAD", with => \@closed, only => "constructors",
	  before => ["env", "LD_PRELOAD=/t/oracle/lib/preloaded"] },
	{ name => "open", with => [] },
	{ name => "with no direct calls", with => [], inside => 1,
		before => [@filter, "--deny", "ENOSYS:337,345,359-373,417", "--"] },
	{ name => "with no direct recvmmsg at all", with => [], inside => 1,
		before => [@filter, "--deny", "ENOSYS:337,417", "--"] },
	{ name => "where the kernel can't be asked by rt_sigprocmask", with => [], only => "entry",
	  before => [@filter, "--deny", "EPERM:175", "--"] },
	{ name => "closed, with no recvmmsg for 32-bit times", with => \@closed, preload => 1,
	  before => [@filter, "--deny", "ENOSYS:337", "--"] },
	{ name => "closed, where nothing may be writable and executable", with => \@closed,
	  before => [@filter, "--no-wx", "--"] },
	{ name => "closed, where text may not be made", with => \@closed, independent => 1,
	  before => [@filter, "--no-exec", "EACCES", "--"] },
	{ name => "closed, where text may not be moved", with => \@closed, independent => 1,
	  before => [@filter, "--deny", "EPERM:163", "--"] },
);
# The patch has only one form, and no recvmmsg with other time types.
@ways = grep { !$_->{independent} && !$_->{preload} } @ways if $patch;
# Programs that are tried as static ones, too, if patched: those that open no libraries.
my @static = $patch ? qw(calls entry errors lengths messages mmsg processes signals stacks steps threads) : ();

# Runs the commands, and keeps their output and exit status. Several run at a time, each in a laboratory of its own.
my %facts;
sub gather {
	my ($suite, @commands) = @_;
	my $folder = File::Temp->newdir;
	my %seen;
	my @jobs = grep { !$seen{"@$_"}++ } @commands;
	my @workers = map {
		my $worker = $_;
		my $pid = fork // die "can't fork: $!\n";
		if (!$pid) {
			for (my $i = $worker; $i < @jobs; $i += WORKERS) {
				my ($output, $status) = lab($suite, "timeout", "150", @{$jobs[$i]});
				open my $file, ">", "$folder/$i" or die "can't write: $!\n";
				print $file $output, "ended with status ", $status >> 8, "\n";
				close $file;
			}
			POSIX::_exit(0);
		}
		$pid;
	} 0 .. WORKERS - 1;
	waitpid $_, 0 for @workers;
	for my $i (0 .. $#jobs) {
		open my $file, "<", "$folder/$i" or next;
		local $/;
		$facts{"$suite @{$jobs[$i]}"} = <$file>;
	}
}

sub facts {
	my ($suite, @command) = @_;
	return $facts{"$suite @command"} // "nothing was run\n";
}

sub compile {
	my ($suite) = @_;
	my ($gcc, $src, $t) = compiler($suite);
	my ($output, $status) = compiling($suite, <<"END");
mkdir -p $t/oracle/lib $t/oracle/static
compile() {
	out=\$1
	shift
	while read -r source; do
		name=\$(basename "\$source" .c)
		[ -z "\$(find $src/tests/system/oracle \\( -name '*.h' -o -name oracle.pl -o -path "\$source" \\) \\
			-newer "\$out/\$name" 2>&1)" ] ||
			echo "\$source" "\$out/\$name" "\$@"
	done | xargs -r -P 2 -L 1 sh -ec 'source=\$0 out=\$1; shift
		$gcc $flags -I$src -o "\$out" "\$@" "\$source" \\
			\$(sed -n "s,-L/t/,-L$t/,; s,^ \\* Linked with ,,p" "\$source") $libs' 2>&1
}
ls $src/tests/system/oracle/lib/*.c | compile $t/oracle/lib -shared -fPIC
ls $src/tests/system/oracle/*.c | compile $t/oracle
for program in @static; do echo $src/tests/system/oracle/\$program.c; done |
	compile $t/oracle/static -DSTATIC -static -Wl,--whole-archive -lpthread -Wl,--no-whole-archive
END
	result(!$status, "$suite: the programs compile without a warning", split /\n/, $output);
	return !$status;
}

sub difference {
	my ($old, $new) = @_;
	my @files = map { File::Temp->new } 0, 1;
	for ([$files[0], $old], [$files[1], $new]) {
		my ($file, $text) = @$_;
		print $file $text;
		close $file;
	}
	my @lines = split /\n/, `diff -U1 -L open -L now $files[0] $files[1]`;
	return @lines > 24 ? (@lines[0 .. 23], "(and so on: " . @lines . " lines)") : @lines;
}

sub before {
	my ($way) = @_;
	return $way->{before} ? @{$way->{before}} : ();
}

# The command of a program with all of its prefixes.
sub served {
	my ($way, $run, $program) = @_;
	my @with = (@{$way->{with}}, @$run);
	return ($way->{inside} ? (@with, before($way)) : (before($way), @with), $program);
}

# Checks what the preload prints with SOCKETCALL_DEBUG, or `run` with --verbose.
sub said {
	my ($suite, $way) = @_;
	if ($patch) {
		my ($output) = lab($suite, "sh", "-c", '"$@" 2>&1', "sh",
			served($way, [qw(/sc/socketcall run --verbose --)], "/bin/true"));
		result(scalar($output =~ /^socketcall run: \d+ true: vdso/m),
			"$suite: $way->{name}: run says that the vDSO is patched",
		       split /\n/, $output);
		return $output;
	}
	my ($output) = lab($suite, "sh", "-c", 'SOCKETCALL_DEBUG=1 "$@" 2>&1', "sh",
		served($way, \@hooked, "/bin/true"));
	my $variant = $output =~ /position-independent/ ? "position-independent" : "patched";
	my $wanted  = $way->{independent} ? "position-independent" : "patched";
	result($output =~ /%gs:0x10 hooked/ && $variant eq $wanted,
		"$suite: $way->{name}: the preload says that it is $wanted",
	       split /\n/, $output);
	return $output;
}

# Documented limits: if text can't be replaced, glibc's stub can't be, and its calls in threads stay multiplexed. A
# patched stub doesn't go back to the multiplexed call.
sub reached {
	my ($way, $said) = @_;
	my $stays = $said =~ /stub may not be replaced/ || ($said =~ /, stub/ && !@{$way->{with}});
	return $way->{only}, grep { $_ eq "static/$way->{only}" } map { "static/$_" } @static if $way->{only};
	return grep { !/threads/ || !$stays } @programs, map { "static/$_" } @static;
}

# A documented limit: a C library that a program opens besides its own is served only by the preload.
sub hooked {
	my ($program) = @_;
	return $patch && $program eq "threads" ? qw(/sc/socketcall run --preload --) : @hooked;
}

sub test_way {
	my ($suite, $way, $said) = @_;

	for my $program (reached($way, $said)) {
		my $open = facts($suite, before($way), "/t/oracle/$program");
		my $now  = facts($suite, served($way, [hooked($program)], "/t/oracle/$program"));
		result($now eq $open && scalar($open =~ /^ended with status 0$/m),
		       "$suite: $program: prints $held what it prints on the kernel, $way->{name}",
		       $now eq $open ? (split /\n/, $open)[-2, -1] : difference($open, $now));
	}
}

sub test_suite {
	my ($suite) = @_;

	return unless compile($suite);
	my %said = map { $_->{name} => said($suite, $_) } @ways;
	my @jobs = map { [@closed, "/t/oracle/$_"] } @programs;
	for my $way (@ways) {
		push @jobs, [before($way), "/t/oracle/$_"], [served($way, [hooked($_)], "/t/oracle/$_")]
			for reached($way, $said{$way->{name}});
	}
	gather($suite, @jobs);
	for my $program (@programs) {
		my $open = facts($suite, "/t/oracle/$program");
		my $bare = facts($suite, @closed, "/t/oracle/$program");
		my @lines = split /\n/, $open;
		result($lines[-1] eq "ended with status 0" && @lines > 10,
			"$suite: $program: prints its facts on the open kernel",
		       @lines[(@lines > 3 ? -3 : -@lines) .. -1]);
		result($bare ne $open,
			"$suite: $program: prints something else where socketcall is closed and nothing helps");
	}
	test_way($suite, $_, $said{$_->{name}}) for @ways;
}

suites(\&test_suite, \&compile);
