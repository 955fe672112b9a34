# SPDX-License-Identifier: MIT
# The kernel as oracle: what the programs of tests/system/oracle say about socket calls on the open kernel, they must
# say with socketcall closed and the preload, or patched, and can't without it. LAB_SUITES names the roots to run in
# (default bookworm).
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Temp ();
use POSIX ();

use constant WORKERS => 2;

require "./tests/fixtures/lab.pl";

# What is held against the kernel: the preload, or the patch that `socketcall run` makes by itself.
my $patch = ($ENV{MECHANISM} // "") eq "patch";
my $held  = $patch ? "patched" : "with the preload";

my $flags    = "-std=gnu11 -O2 -g -Wall -Wextra -Werror";
my $libs     = "-Wl,--as-needed -ldl -lrt";
my @programs = map { basename($_, ".c") } glob "tests/system/oracle/*.c";
my @closed   = qw(/sc/socketcall closed --);
my @filter   = qw(/sc/tests/filter);
my @hooked   = ("/sc/socketcall", "run", $patch ? () : "--preload-only", "--");

# How programs are run: `before` stands before the run that they are held against, too; then comes `with`, and always
# the preload. `inside`: what stands before is a filter of the tree's own, which `run` doesn't see when it starts: where
# no direct call works it would patch nothing. `independent`: SOCKETCALL_DEBUG must tell of the variant for text that
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
# What is put into the vDSO has one form, and no recvmmsg with other times.
@ways = grep { !$_->{independent} && !$_->{preload} } @ways if $patch;
# Programs that a patch is held against as static ones, too: those that load no objects.
my @static = $patch ? qw(calls entry errors lengths messages mmsg processes signals stacks steps threads) : ();

# What the commands print, and how they end. Several run at a time, each in a laboratory of its own.
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

# The command of a program with all that stands before it.
sub served {
	my ($way, $run, $program) = @_;
	my @with = (@{$way->{with}}, @$run);
	return ($way->{inside} ? (@with, before($way)) : (before($way), @with), $program);
}

# What SOCKETCALL_DEBUG makes the preload say, or --verbose `run`.
sub said {
	my ($suite, $way) = @_;
	if ($patch) {
		my ($output) = lab($suite, "sh", "-c", '"$@" 2>&1', "sh",
			served($way, [qw(/sc/socketcall run --verbose --)], "/bin/true"));
		result(scalar($output =~ /^socketcall run: \d+ true: vdso/m),
			"$suite: run says that the vDSO is patched $way->{name}",
		       split /\n/, $output);
		return $output;
	}
	my ($output) = lab($suite, "sh", "-c", 'SOCKETCALL_DEBUG=1 "$@" 2>&1', "sh",
		served($way, \@hooked, "/bin/true"));
	my $variant = $output =~ /position-independent/ ? "position-independent" : "patched";
	my $wanted  = $way->{independent} ? "position-independent" : "patched";
	result($output =~ /%gs:0x10 hooked/ && $variant eq $wanted,
		"$suite: the preload says that it is $wanted $way->{name}",
	       split /\n/, $output);
	return $output;
}

# Documented limits: where text can't be replaced glibc's stub can't be, and stays multiplexed in threads; patched, it
# doesn't go back to the multiplexed call.
sub reached {
	my ($way, $said) = @_;
	my $stays = $said =~ /stub may not be replaced/ || ($said =~ /, stub/ && !@{$way->{with}});
	return $way->{only}, grep { $_ eq "static/$way->{only}" } map { "static/$_" } @static if $way->{only};
	return grep { !/threads/ || !$stays } @programs, map { "static/$_" } @static;
}

# A documented limit: a C library that a program loads besides its own is reached by the preload.
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
		       "$suite: $program: says $held what the kernel does, $way->{name}",
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
			"$suite: $program: says what the open kernel does",
		       @lines[(@lines > 3 ? -3 : -@lines) .. -1]);
		result($bare ne $open,
			"$suite: $program: says something else where socketcall is closed and nothing helps");
	}
	test_way($suite, $_, $said{$_->{name}}) for @ways;
}

suites(\&test_suite, \&compile);
