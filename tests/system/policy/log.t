#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `socketcall run --log` and `--learn`: the entries for sockets at each door; hostile names of programs; a log that
# nobody reads; and that the learnt list allows what the program did, and nothing else.
# Quick in a guest.
use strict;
use warnings;
use File::Basename;
use File::Copy 'copy';
use File::Temp 'tempdir';
use Fcntl;
use JSON::PP;
use POSIX ();
use lib dirname(__FILE__) . '/../../fixtures';
use tests;
use Test::More;

chdir $root or die;
my @programs = map { my $name = $_; map { "build/tests/policy-$name$_" } 64, 32 } qw(make flip);
build('build/socketcall', 'build/tests/doors', @programs);
prepared();

my $work = tempdir(CLEANUP => 1);
my ($inet, $inet6, $unix, $stream, $dgram) = (2, 10, 1, 1, 2);
my ($eafnosupport, $enobufs, $enosys) = (97, 105, 38);
my $reader = JSON::PP->new->utf8;

sub run { return output_of($work, 'timeout', '-k', 1, 300, 'build/socketcall', 'run', @_) }

# The entries of a log. A line that isn't JSON becomes an entry { bad }.
sub entries {
	my ($file) = @_;
	my @lines = split /^/, slurp($file);
	return map { my $entry = eval { $reader->decode($_) }; $entry // { bad => "$_: $@" } } @lines;
}

sub is_entry {
	my ($name, $got, %wanted) = @_;
	my @wrong = grep { ($got->{$_} // 'null') ne ($wanted{$_} // 'null') } sort keys %wanted;
	push @wrong, 'time' if ($got->{time} // '') !~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
	push @wrong, 'pid'  if ($got->{pid} // '') !~ /^[1-9]\d*$/;
	result(!@wrong, $name, map { "$_: " . ($got->{$_} // 'null') } @wrong, $got->{bad} // ());
}

# ---- Each door -----------------------------------------------------------------------------------

my $list = 'AF_UNIX AF_INET:STREAM';
for my $row (
	[64, 'native', $unix, $stream, 'allow', 'native', 'AF_UNIX', 'AF_UNIX'],
	[64, 'native', $inet, $dgram, 'EAFNOSUPPORT', 'native', 'AF_INET', undef],
	[64, 'i386', $inet, $stream, 'allow', 'i386', 'AF_INET', 'AF_INET:STREAM'],
	[32, 'direct', $inet6, $stream, 'EAFNOSUPPORT', 'i386', 'AF_INET6', undef],
	[32, 'i386', $unix, $dgram, 'allow', 'i386', 'AF_UNIX', 'AF_UNIX'],
	[32, 'multiplexed', $inet, $stream, 'allow', 'i386', 'AF_INET', 'AF_INET:STREAM'],
	[32, 'socketcall', $inet6, $dgram, 'EAFNOSUPPORT', 'i386', 'AF_INET6', undef])
{
	my ($bits, $at, $family, $type, $verdict, $door, $name, $rule) = @$row;
	my $program = "$root/build/tests/policy-make$bits";

	unlink "$work/log";
	my ($status, $out) = run('--families', $list, '--log', "$work/log", '--', $program, $at, $family, $type, 0);
	my @entries = grep { $_->{program} eq $program } entries("$work/log");
	my $answer = $verdict eq 'allow' ? 0 : -$eafnosupport;
	result($status == 0 && $out eq "$answer\n", "$bits bits, $at: the answer is the policy's", $out);
	result(@entries == 1, "… and it is logged once", scalar @entries);
	is_entry('… with its words and its rule', $entries[0] // {}, program => $program, door => $door,
		family => $name, type => $type == $stream ? 'SOCK_STREAM' : 'SOCK_DGRAM', protocol => 0,
		verdict => $verdict, rule => $rule);
}

# A verdict that only the kernel can give, where the supervisor may trace nobody (ptrace is x86-64's number 101).
for my $ptrace ('-', 'x86_64:101:-:1') {
	my @doors = $ptrace eq '-' ? () : ('build/tests/doors', $ptrace, '--');
	my ($status, $out) = output_of($work, 'timeout', '-k', 1, 300, @doors, 'build/socketcall', 'run', '--families',
		'AF_UNIX', '--refused', 'kill', '--log', "$work/log", '--', "$root/build/tests/policy-make64", 'native',
		$inet, $stream, 0);
	# SIGSYS is 31, SIGKILL 9.
	my $wanted = @doors ? 128 + 9 : 128 + 31;
	result($status == $wanted && $out eq '', 'a refused socket kills its process'
		. (@doors ? ', also where the supervisor may not trace' : ''), "status $status", $out);
}

unlink "$work/log";
my ($status, $out) = run('--families', $list, '--log', "$work/log", '--',
	"$root/build/tests/policy-make64", 'socketcall', $unix, $stream, 0);
my ($entry) = entries("$work/log");
result($out eq "-$enosys\n", 'a multiplexed call of 64-bit code is refused', $out);
is_entry('… and is logged as what it is', $entry // {}, door => 'socketcall', family => undef, verdict => 'ENOSYS');

for my $bits (64, 32) {
	unlink "$work/log";
	($status) = run('--families', 'AF_UNIX', '--refused', 'kill', '--log', "$work/log", '--',
		"$root/build/tests/policy-make$bits", 'i386', $inet, $stream, 0);
	($entry) = reverse entries("$work/log");
	result($status == 128 + POSIX::SIGSYS, "$bits bits: a process that is killed for a socket is killed by SIGSYS",
		$status);
	is_entry('… and the log says so', $entry // {}, door => 'i386', family => 'AF_INET', verdict => 'kill');
}

($status, $out) = run('--families', 'AF_UNIX', '--log', '-', '--', 'build/tests/policy-make64', 'native',
	$unix, $stream, 0);
result(scalar($out =~ /^\{"time":.*"verdict":"allow".*\}\n0\n$/s), '--log - is standard output', $out);
($status, $out) = run('--log', '-', '--', 'build/tests/policy-make64', 'native', $inet, $stream, 0);
result(scalar($out =~ /^\{.*"verdict":"allow","rule":null\}\n0\n$/s), '--log without a policy: all is allowed', $out);

# ---- Names ---------------------------------------------------------------------------------------

for my $name ("new\nline", 'quote"and\\backslash', "bell\a\033[2Jescape", "\xff\xfe\xc3(latin\xe9", "\xc3\xa9t\xc3\xa9",
	'x' x 250, '"},{"verdict":"allow')
{
	my $program = "$work/$name";
	my $told = $program =~ s/[^ -~]/?/gr;

	copy('build/tests/policy-make64', $program) && chmod 0755, $program or die "$told: $!";
	unlink "$work/log";
	($status, $out) = run('--families', 'AF_UNIX', '--log', "$work/log", '--', $program, 'native',
		$inet, $stream, 0);
	my @entries = entries("$work/log");
	my $wanted  = $program;
	utf8::decode($wanted) or $wanted =~ s/[^\x00-\x7f]/\x{fffd}/g;
	result($status == 0 && @entries == 1 && ($entries[0]{program} // '') eq $wanted
			&& $entries[0]{verdict} eq 'EAFNOSUPPORT' && slurp("$work/log") !~ /[\x00-\x09\x0b-\x1f\x7f]/,
		'a program called ' . basename($told), slurp("$work/log"));
	unlink $program;
}

# A path that is longer than a line of the log may be.
my $deep = $work;
mkdir $deep .= "/" . "\x01" x 250 or die for 1 .. 6;
copy('build/tests/policy-make64', "$deep/program") && chmod 0755, "$deep/program" or die;
unlink "$work/log";
($status, $out) = run('--families', 'AF_UNIX', '--log', "$work/log", '--', "$deep/program", 'native', $inet,
	$stream, 0);
($entry) = entries("$work/log");
is_entry('a long path is cut, and the line is whole', $entry // {}, verdict => 'EAFNOSUPPORT', family => 'AF_INET');
result(($entry->{program} // '') =~ /^\Q$work\E.*\x{2026}$/, '… and says that it was cut');

# ---- A log that nobody reads ----------------------------------------------------------------------

POSIX::mkfifo("$work/fifo", 0600) or die;
my ($missing, undef, $err) = run('--families', 'AF_UNIX', '--log', "$work/fifo", '--', 'true');
result($missing == 125 && $err =~ /--log: .*fifo: /, 'a FIFO without a reader: the program is not started', $err);
sysopen my $fifo, "$work/fifo", O_RDONLY | O_NONBLOCK or die;
($status, $out) = run('--families', 'AF_UNIX', '--log', "$work/fifo", '--',
	'build/tests/policy-make64', 'native', $unix, $stream, 0, 1000);
result($status == 0 && $out eq "-$enobufs\n",
	'where the reader of a pipe does not read, sockets are refused, and nothing waits', $status, $out);
($status, $out) = run('--families', 'AF_UNIX', '--log', "$work/fifo", '--',
	'build/tests/policy-make64', 'native', $inet, $stream, 0);
result($out eq "-$eafnosupport\n", '… and what the policy refuses has the same answer', $out);
close $fifo;

# ---- A supervisor that is killed repeatedly --------------------------------------------------------------------

# The server is the supervisor's process whose parent, the guard, has the command's name, too; the guard replaces it. A
# call that was logged but not answered is logged again. Programs make sockets until the last kill. The first kill comes
# after the program's first call, because before that, other processes have the command's name, and nobody replaces
# them.
my $name = "scl$$";
copy('build/socketcall', "$work/$name") && chmod 0755, "$work/$name" or die;

# Runs the arguments by a supervisor whose server is killed again and again, from the first socket in the file on, and
# creates $work/killed after the last kill. Returns what output_of() does.
sub run_killed {
	my ($file, @run) = @_;
	my $killer = fork // die;
	unlink "$work/killed";
	if (!$killer) {
		for (1 .. 1200) {
			last if -e $file && slurp($file) =~ /AF_/;
			select undef, undef, undef, 0.05;
		}
		for (1 .. 40) {
			my %parent = split ' ', `ps -o pid=,ppid= -C $name`;
			my ($server) = grep { $parent{ $parent{$_} } } keys %parent;
			kill 'KILL', $server if $server;
			select undef, undef, undef, 0.05;
		}
		spew("$work/killed", '');
		POSIX::_exit(0);
	}
	my @got = output_of($work, 'timeout', '-k', 1, 300, "$work/$name", 'run', @run);
	waitpid $killer, 0;
	return @got;
}

unlink "$work/log";
($status, $out) = run_killed("$work/log", '--families', 'AF_UNIX', '--log', "$work/log", '--', 'sh', '-c',
	'until [ -e "$0" ]; do "$@" || exit; done', "$work/killed", 'build/tests/policy-make64', 'native', $unix,
	$stream, 0, 500);
my @all  = entries("$work/log");
my $made = 500 * ($out =~ tr/\n//);
result($status == 0 && $made && $out =~ /\A(0\n)+\z/,
	'where the server is killed again and again, all calls are answered', $status, $out);
my @bad = grep { $_->{bad} || $_->{verdict} ne 'allow' } @all;
result(@all >= $made && !@bad, '… and all are logged', $made, scalar @all, map { $_->{bad} // $_->{verdict} } @bad);

# A SIGKILL cuts a write to a file short where a page ends, and nowhere else.
sub crossing {
	my ($file) = @_;
	my ($start, $crossing) = (0, 0);
	for my $line (split /^/, slurp($file)) {
		my $end = $start + length $line;
		my ($blanks) = $line =~ /^( *)/;
		$crossing++ if int(($start + length $blanks) / 4096) != int(($end - 1) / 4096);
		$start = $end;
	}
	return $crossing;
}
result(-s "$work/log" > 4096 && crossing("$work/log") == 0, '… and no line crosses the end of a page',
	crossing("$work/log"));

# ---- A file that may not grow --------------------------------------------------------------------

# Like run(), where no file may get more than `blocks` times 512 bytes, the unit of the shell's limit.
sub run_limited {
	my ($blocks, @run) = @_;
	return output_of($work, 'timeout', '-k', 1, 300, 'sh', '-c', "ulimit -f $blocks; exec \"\$@\"", 'sh',
		'build/socketcall', 'run', @run);
}

# SIGXFSZ, which a write beyond the limit sends, doesn't reach the supervisor. A line that has no room is removed, so
# that the log goes on with a whole line when there is room again.
spew("$work/log", '');
($status, $out) = run_limited(3, '--families', 'AF_UNIX', '--log', "$work/log", '--', 'build/tests/policy-make64',
	'native', $unix, $stream, 0, 100);
@all = entries("$work/log");
result($status == 0 && $out eq "-$enobufs\n" && @all > 1 && !grep({ $_->{bad} } @all),
	'where the log may not grow, sockets are refused, and the log ends with a whole line', $status, $out,
	slurp("$work/log"));

# ---- Learning ------------------------------------------------------------------------------------

sub learnt {
	my ($file) = @_;
	my ($list) = slurp($file) =~ /^--families '([^']*)'$/m;
	return $list;
}

($status, $out, $err) = run('--learn', "$work/learnt", '--', 'sh', '-c', <<END);
build/tests/policy-make64 native $unix $dgram 0
build/tests/policy-make64 i386 16 3 0
build/tests/policy-make32 multiplexed $inet $stream 0
build/tests/policy-make32 socketcall $inet 10 0
build/tests/policy-make32 direct $inet6 $stream 256
END
$list = learnt("$work/learnt");
result($status == 0 && $err =~ /socketcall stays open/, '--learn says what it does', $err);
is($list, 'AF_UNIX:SOCK_DGRAM AF_INET:SOCK_STREAM:TCP AF_NETLINK:SOCK_RAW:ROUTE AF_PACKET:SOCK_PACKET:0'
		. ' AF_SMC:SOCK_STREAM',
	'… and writes what was asked for, as the kernel takes it');

# The learnt sockets that LIST refuses, asked for at the doors at which they were learnt.
my @asked = ([64, 'native', $unix, $dgram, 0], [64, 'i386', 16, 3, 0], [32, 'multiplexed', $inet, $stream, 0],
	[32, 'socketcall', $inet, 10, 0], [32, 'direct', $inet6, $stream, 256]);

sub refused_by {
	my ($list) = @_;
	return grep {
		my ($bits, @words) = @$_;
		my (undef, $out) = run('--families', $list, '--refused', 'errno:EXDEV', '--',
			"build/tests/policy-make$bits", @words);
		$out eq "-18\n";
	} @asked;
}
is(scalar refused_by($list), 0, '… which a policy of that line allows');
my @items = split / /, $list;
for my $left (0 .. $#items) {
	my @others = map { $items[$_] } grep { $_ != $left } 0 .. $#items;
	is(scalar refused_by("@others"), 1, "… and one socket is refused without $items[$left]");
}

# Under a policy every multiplexed call is reported, so a 32-bit program that the supervisor hasn't seen has made none.
# all_output() reads until the supervisor has ended, too, since that has the pipe open.
for my $row (['policy-make32', '1 32-bit program made multiplexed calls: 1 patched, 0 left alone (0 native)'],
	['policy-make64', '0 32-bit programs made multiplexed calls: 0 patched, 0 left alone (1 native)'])
{
	my ($name, $summary) = @$row;
	(undef, $out) = all_output('timeout', '-k', 1, 60, 'build/socketcall', 'run', '-v', '--families', 'AF_UNIX',
		'--', "build/tests/$name", $name =~ /32/ ? 'multiplexed' : 'native', $unix, $stream, 0);
	result($out =~ /^\Qsocketcall run: $summary\E\Z/m, "-v, $name: what the summary says under a policy", $out);
}

($status, $out) = run('--learn', "$work/learnt", '--', 'build/tests/policy-make64', 'socketcall', $inet, $stream, 0);
result($out eq "0\n" && slurp("$work/learnt") =~ /^# makes multiplexed calls.*policy-make64"$/m,
	'a program whose multiplexed calls are left alone is named, and gets its socket', $out, slurp("$work/learnt"));

# More kinds of sockets than a list has room for: families with many kinds are listed as a whole. The list still allows
# all kinds, makes a filter that can be loaded, and allows no other family.
my $asks = "$work/asks.pl";
spew($asks, <<'END');
my ($families, $types, $protocols) = @ARGV;
for my $protocol (1 .. $protocols) {
	for my $type (1 .. $types) {
		for my $family ((2, 10, 16, 40)[0 .. $families - 1]) {
			socket(my $socket, $family, $type, $protocol) || $! != 18
				|| die "refused: $family, $type, $protocol\n";
		}
	}
}
socket(my $socket, 1, 2, 0) or die "AF_UNIX: $!\n";
END
# There is no room for all kinds. A list that was cut would allow other sockets.
($status, $out, $err) = run_limited(1, '--learn', "$work/learnt", '--', 'perl', $asks, 1, 1, 60);
result($status == 0 && slurp("$work/learnt") =~ /\A(?:#.*\n)*--families '(?:AF_INET:SOCK_\w+:\w+ ?)+'\n\z/
		&& -s "$work/learnt" > 400,
	'where the file may not grow, it has a whole list of what was learnt before', $status, $err,
	slurp("$work/learnt"));

for my $many ([1, 1, 127], [1, 1, 128], [1, 3, 60], [4, 5, 8]) {
	($status, $out, $err) = run('--learn', "$work/learnt", '--', 'perl', $asks, @$many);
	my $list = learnt("$work/learnt");
	my @whole = slurp("$work/learnt") =~ /^# (AF_\w+) is listed as a whole/mg;
	my $room = $many->[0] * $many->[1] * $many->[2] + 1 <= 128;
	result($status == 0 && ($room ? !@whole : @whole > 0), "@$many: kinds of sockets that "
		. ($room ? 'have room' : 'have no room') . ' in a list', $err, $list);
	($status, $out, $err) = run('--families', $list, '--refused', 'errno:EXDEV', '--', 'perl', $asks, @$many);
	result($status == 0, '… and the list allows them', $err, $list);
	($status, $out) = run('--families', $list, '--', 'build/tests/policy-make64', 'native', 38, 5, 0);
	is($out, "-$eafnosupport\n", '… and no other family');
}

# The list that replaced servers wrote is the one that a single server writes. The program waits between its sockets, so
# that the kills are spread over them.
spew("$work/slowly.pl", <<'END');
for my $protocol (0 .. 99) {
	socket(my $socket, 16, 3, $protocol);
	select undef, undef, undef, 0.03;
}
END
unlink "$work/learnt";
run_killed("$work/learnt", '--learn', "$work/learnt", '--', 'perl', "$work/slowly.pl");
my $killed = learnt("$work/learnt");
run('--learn', "$work/learnt", '--', 'perl', '-e', 'socket(my $s, 16, 3, $_) for 0 .. 99');
is($killed, learnt("$work/learnt"), 'where the server is killed again and again, the list is the same');

# The output goes through a pipe, because the limit is for files.
(undef, $out) = all_output('sh', '-c', '(ulimit -f 0; exec "$@") 2>&1 | cat', 'sh', 'build/socketcall', 'run',
	'--learn', "$work/learnt", '--', 'echo', 'started');
is($out, "socketcall run: --learn: $work/learnt: File too large\n",
	'where no file may have any bytes, --learn says so, and the program is not started');

# More programs than --learn has room for.
mkdir "$work/many" or die;
link("$root/build/tests/policy-make64", "$work/many/$_") || copy('build/tests/policy-make64', "$work/many/$_")
	&& chmod 0755, "$work/many/$_" or die for 1 .. 130;
($status) = run('--learn', "$work/learnt", '--', 'sh', '-c',
	'for program in "$1"/*; do "$program" socketcall 1 1 0 || exit; done', 'sh', "$work/many");
my @named = slurp("$work/learnt") =~ /^# makes multiplexed calls/mg;
result($status == 0 && @named == 128 && slurp("$work/learnt") =~ /^# other programs, too/m,
	'of 130 programs whose calls are left alone, 128 are named, and a line says that there are others',
	scalar @named);

($status, $out) = run('--learn', "$work/learnt", '--', 'true');
is(learnt("$work/learnt"), 'none', 'for a program that asks for no socket, the list is \'none\'');
for my $row ([['--learn', "$work/fifo"], qr/not a regular file|fifo/],
	[['--learn', "$work/none/x"], qr/--learn: .*none/], [['--learn', '-'], qr/standard output/],
	[['--learn', "$work/l", '--learn', "$work/m"], qr/--learn is given twice/],
	[['--log', "$work/l", '--log', "$work/m"], qr/--log is given twice/],
	[['--log', "$work/none/x"], qr/--log: .*none/], [['--learn', "$work/l", '--families', 'AF_UNIX'], qr/excludes/],
	[['--log', "$work/l", '--trap'], qr/exclude --trap/], [['--learn', "$work/l", '--preload-only'], qr/exclude/])
{
	my ($options, $why) = @$row;
	($status, $out, $err) = run(@$options, '--', 'echo', 'started');
	result($status == 125 && $out eq '' && $err =~ $why, "@$options: 125", $err);
}
done_testing();
