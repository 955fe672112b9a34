#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `socketcall run` above its program, as under Yama, which lets a process write only its descendants' memory: other
# processes stop, continue and kill the program.
# Quick in a guest.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp ();
use POSIX qw(:sys_wait_h setpgid SIGSTOP SIGTSTP SIGCONT SIGKILL);
use Time::HiRes qw(sleep);
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

chdir $root or die "can't reach the repository: $!\n";
my $work = File::Temp->newdir;
build("build/socketcall", "build/tests/above/socketcall");
prepared();

# Waits until the block is true, and returns its value; false after a minute.
sub until_true(&) {
	my ($block) = @_;
	for (1 .. 1200) {
		my $value = $block->();
		return $value if $value;
		sleep 0.05;
	}
	return;
}

sub state {
	my ($pid) = @_;
	open my $status, "<", "/proc/$pid/status" or return "gone";
	my ($state) = map { /^State:\s+(\S)/ } <$status>;
	return $state // "gone"; # it ended while it was read
}

# Starts a run with these redirections in a process group of its own. Its parent is in another group, so it is a job,
# and the kernel doesn't ignore SIGTSTP. Returns the numbers of the run and of the shell that is its program.
sub start {
	my ($script, $standard) = @_;
	unlink "$work/pid";
	my $run = fork // die "can't fork: $!\n";
	if (!$run) {
		setpgid(0, 0);
		$ENV{script} = "echo \$\$ >$work/new; mv $work/new $work/pid; $script";
		exec "sh", "-c", "exec build/tests/above/socketcall run -- sh -c \"\$script\" " . ($standard // "")
			or POSIX::_exit(9);
	}
	my $program = until_true { open my $file, "<", "$work/pid" or return; <$file> + 0 } or die "it doesn't start\n";
	return ($run, $program);
}

# The wait status of the run, or undef where it had to be killed.
sub ended {
	my ($run) = @_;
	return $? if until_true { waitpid($run, WNOHANG) == $run };
	kill SIGKILL, $run;
	waitpid $run, 0;
	return;
}

ok(-x "build/tests/above/socketcall", "a run that stands above its program compiles");

my ($run, $program) = start('kill -TSTP $$; exit 7');
ok(until_true { state($program) eq "T" && state($run) eq "T" },
	"a program that stops, as by Ctrl-Z, stops the run");
kill SIGCONT, $run;
my $status = ended($run);
ok(defined $status && $status == 7 << 8, "... if only the run is continued, it continues the program");

($run, $program) = start('kill -TSTP $$; exit 7');
until_true { state($program) eq "T" && state($run) eq "T" };
kill SIGKILL, $program;
until_true { state($program) =~ /Z|gone/ };
kill SIGCONT, $run;
$status = ended($run);
ok(defined $status && ($status & 127) == SIGKILL,
	"... if it is continued after the program was killed, it ends as the program did");

($run, $program) = start('kill -STOP $$; exit 7');
until_true { state($program) eq "T" };
kill SIGCONT, $program;
$status = ended($run);
ok(defined $status && $status == 7 << 8,
	"if only the program is stopped and continued, the run exits with its status");

# The run has a child that it didn't start: the shell that became the run did.
$run = fork // die "can't fork: $!\n";
if (!$run) {
	exec "build/socketcall", "run", "--", "sh", "-c",
		"sleep 600 & echo \$! >$work/child; exec build/tests/above/socketcall run -- /bin/true"
		or POSIX::_exit(9);
}
$status = ended($run);
ok(defined $status && $status == 0,
	"a run that is refused because of an outer one doesn't wait for its process's other children");
system "kill \$(cat $work/child)";

# If the supervisor's own descriptors were 0 to 2, /dev/null would replace them, and poll() would never wait again.
($run, $program) = start('exec sleep 600', "<&- >&- 2>&-");
open my $stat, "<", "/proc/$program/stat" or die "it isn't there\n";
my $supervisor = (split / /, <$stat>)[3];
my @open       = map { readlink } glob "/proc/$supervisor/fd/*";
result((grep { /signalfd/ } @open) && (grep { /seccomp/ } @open),
	"started with none of the standard descriptors, the supervisor has its own", @open);
kill SIGKILL, $program;
ended($run);

done_testing;
