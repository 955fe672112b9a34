#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `socketcall probe`: its arguments, its output as text and as JSON, filters that judge the type, and surroundings that
# could disturb it.
# Quick in a guest.
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use JSON::PP;
use POSIX ();
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

my $dir   = tempdir(CLEANUP => 1);
my $sc    = "$root/build/socketcall";
my $doors = "$root/build/tests/doors";
delete @ENV{qw(NO_COLOR TERM)};
build('build/socketcall', 'build/tests/doors');
prepared();

# The same as output_of() and output_after(), with files of this test. Where all calls are answered, probe ends with the
# last answer. So the longest wait costs nothing, and a busy machine's answers are there in time.
sub patient { return grep({ /^--wait/ } @_) ? @_ : map { $_ eq 'probe' ? ($_, '--wait', 60) : $_ } @_ }
sub run { return output_of($dir, patient(@_)) }
sub run_after { my ($before, @command) = @_; return output_after($before, $dir, patient(@command)) }

# For a filter that reports calls to nobody: probe waits for each of these as long as it may. Runs the command with a
# longer wait if the result with a shorter one isn't the expected one, by $is_expected->(the result of run()).
sub run_unanswered {
	my ($is_expected, @command) = @_;
	my @result;
	for my $wait (1, 10, 60) {
		@result = run(map { $_ eq 'probe' ? ($_, '--wait', $wait) : $_ } @command);
		return @result if $is_expected->(@result);
	}
	return @result;
}

# The cells of a family by door, as "open" or "refused EPERM".
sub cells {
	my ($json, $name, $call) = @_;
	my ($family) = grep { $_->{name} eq $name } @{ decode_json($json)->{families} };
	my $row = $family->{ $call // 'socket' };
	return { map { $_ => join ' ', $row->{$_}{state}, $row->{$_}{errno} // () } keys %$row };
}

# Sentences without their line breaks.
sub one_line { return $_[0] =~ s/\s+/ /gr }

# ---- Arguments ----

my ($status, $out, $err);
for my $bad ('FOO', '', 'AF_', '-', '65536', '99999999999999999999', '12x', '0x26', '1 ', 'ALG,VSOCK', 'AF_AF_ALG',
	"\xff") {
	($status, $out, $err) = run($sc, 'probe', '--', $bad);
	is $status, 125, "a family '$bad' is 125";
	like $err, qr/^socketcall probe: unknown family '\Q$bad\E': expected a name.*\nTry /,
		'… and the message says which families are possible';
	is $out, '', '… and nothing is printed';
}
for my $bad (['--closed', 'ALG,'], ['--closed', ''], ['--closed', 'ALG,,UNIX'], ['--closed=ALG VSOCK']) {
	($status, $out, $err) = run($sc, 'probe', @$bad);
	is $status, 125, "'@$bad' is 125";
	like $err, qr/unknown family/, '… and the message says why';
}
for my $bad ('0', '61', '-1', '1.5', 'x', '', '99999999999999999999') {
	($status, $out, $err) = run($sc, 'probe', '--wait', $bad);
	is "$status $err", "125 socketcall probe: --wait takes 1 to 60 seconds, not '$bad'\n",
		"--wait '$bad' says what is possible";
}
like((run($sc, 'probe', '--color=pink'))[2], qr/--color takes always, never or auto, not 'pink'/,
	'--color=pink says what is possible');
for my $bad ('--closed', '--wait', '--bogus', '-x') {
	($status, $out, $err) = run($sc, 'probe', $bad);
	is $status, 125, "$bad is 125";
	like $err, qr/Try 'socketcall probe --help'/, '… and the message says where help is';
}
my %seen;
for my $name ('ALG', 'alg', 'AF_ALG', 'af_alg', 'PF_ALG', 'Af_Alg', '38', '038') {
	$seen{ (run($sc, 'probe', $name))[1] }++;
}
is keys %seen, 1, 'a family goes by its name, with or without AF_, in any case, and by its number';
my @lines = split /\n/, (run($sc, 'probe', 'UNIX', '--color=never', 'AF_UNIX', '1', '--wait', '5', 'INET'))[1];
is scalar(grep { /^(UNIX|INET) / } @lines), 2,
	'families and options come in any order, and a family named twice has one row';
my @all = map { $_->{number} } @{ decode_json((run($sc, 'probe', '--all', '--json'))[1])->{families} };
is "@all", join(' ', 1 .. 45), '--all: the families 1 to 45';
is((run($sc, 'probe', '200', '--json'))[0], 0, 'a number that no family has');
is_deeply [sort map { $_ // '' } values %{ cells((run($sc, 'probe', '200', '--json'))[1], '200') }],
	[sort map { /^x32/ && syscall(0x40000000 | 39) < 0 ? 'absent'
		: 'missing EAFNOSUPPORT' } qw(native native-high i386 i386-high socketcall x32 io_uring
			i386-uring x32-uring)],
	'a family that no kernel has is missing at every door';
my @usual = map { $_->{name} } @{ decode_json((run($sc, 'probe', '--json'))[1])->{families} };
is "@usual", 'UNIX INET INET6 NETLINK PACKET RDS CAN TIPC BLUETOOTH ALG VSOCK XDP',
	'without a family: those that matter';

# ---- Text and JSON ----

my @closed = ($doors, 'x86_64:41:0=40:1', 'i386:359:0:40:97', 'x86_64:425:-:38', 'i386:425:-:38', '--', $sc,
	'probe', 'UNIX', 'VSOCK');
($status, $out, $err) = run(@closed);
is $status, 1, 'doors that disagree are 1';
like $out, qr/^ +native +native-high +i386 +i386-high +socketcall +x32 +io_uring +i386-uring +x32-uring$/m,
	'the matrix has the doors on top';
like $out, qr/^VSOCK +EPERM +open +EAFNOSUPPORT +EAFNOSUPPORT +open +\S+ +ENOSYS +ENOSYS +\S+$/m,
	'the matrix has a row for each family';
my $hole = "AF_VSOCK is refused at the front door but open through the native call with high\\n"
	. ' +bits set in the family and socketcall\(2\)\.';
like $out, qr/^$hole$/m, 'a sentence says at which doors a refused family is open';
like $out, qr/^- native-high: compare the low 32 bits/m, 'a line says how to close that door';
like $out, qr/^32-bit programs that use socketcall\(2\) work here\.$/m,
	'a sentence says that 32-bit programs work';
is((grep { length > 80 } split /\n/, ($out =~ /\n\n(.*)/s)[0]), 0, 'lines of text have at most 80 columns');
unlike $out, qr/\e|[ \t]$/m, 'the output has no colours, and no blanks at the ends of lines';
($status, $out) = run($sc, 'closed', $sc, 'probe', 'UNIX');
is $status, 1, 'where socketcall is closed the doors disagree';
like one_line($out),
	qr/do not work here: it refuses every call\. The direct calls are open, so 'socketcall run -- PROGRAM' helps/,
		"where socketcall is closed, the output says that 'socketcall run' helps";
($status, $out) = run($sc, 'closed', $sc, 'run', '--', $sc, 'probe', 'UNIX');
like one_line($out), qr/work here: it refuses every call, but their calls are made directly for them/,
	'under socketcall run, the output says that 32-bit programs work';
($status, $out) = run($doors, 'i386:102:-:38', 'i386:362:-:1', '--', $sc, 'probe', 'UNIX');
like one_line($out),
	qr/'socketcall run' does not help, because these direct calls are refused as well: connect\./,
		'where run does not help, the output says because of which calls';
($status, $out) = run($doors, 'i386:0-600:-:kill', '--', $sc, 'probe', 'UNIX', '--json');
is_deeply [map { $_ ? 1 : 0 } @{ decode_json($out)->{callers32} }{qw(works run_helps)}], [0, 0],
	'where the whole 32-bit entry is closed, run does not help';

my $json = decode_json((run(@closed, '--json'))[1]);
is join(' ', sort keys %$json), 'agree call_0 callers32 doors families filter format version',
	'JSON: an object with what socketcall-probe(1) says';
is $json->{format}, 1, 'JSON: the format is 1';
my ($vsock) = grep { $_->{name} eq 'VSOCK' } @{ $json->{families} };
is_deeply $vsock->{socket}{i386}, { state => 'refused', errno => 'EAFNOSUPPORT', invalid => 'EAFNOSUPPORT',
	valid => 'EAFNOSUPPORT' }, 'JSON: a cell has the answers to the invalid and the valid type';
is_deeply $vsock->{socket}{io_uring}, { state => 'refused', errno => 'ENOSYS', invalid => 'ENOSYS', valid => 'ENOSYS',
	at => 'io_uring_setup' }, 'JSON: a cell says which of io_uring\'s calls is refused';
is $json->{call_0}, 'EINVAL', 'JSON: the answer to socketcall\'s call 0';
is decode_json((run($sc, 'closed', $sc, 'probe', '--json', '1'))[1])->{call_0}, 'ENOSYS',
	'JSON: … which is ENOSYS where socketcall is closed';
is scalar(keys %{ $json->{callers32}{socketcall} }), 20, 'JSON: all twenty multiplexed calls';
is scalar(grep { !$_->{through} } values %{ $json->{callers32}{direct} }), 0,
	'JSON: the direct calls, which are all open';

my @shut = ($doors, 'x86_64:41:0:40:1', 'i386:359:0:40:1', 'x32:41:0:40:1', 'i386:102:-:38',
	map({ "$_:425:-:1" } 'x86_64', 'i386', 'x32'), '--', $sc, 'probe');
is((run(@shut, '--closed', 'VSOCK'))[0], 0, '--closed: 0 when all doors are closed');
($status, $out) = run(@shut, '--closed', 'VSOCK,UNIX', 'INET');
is $status, 1, '--closed: 1 when one of the families is open';
like $out, qr/^VSOCK is closed at all doors\.\nUNIX is not closed: native \(open\)/m,
	'--closed: the output says which family is open, and at which door';
unlike $out, qr/INET is not/, '--closed: the output says nothing about other families';
is((run(@shut, 'VSOCK', '--json', '--closed=af_vsock'))[0], 0, '--closed --json: 0 when all doors are closed');
($status, $out) = run($sc, 'probe', '--closed', '200');
is $status, 1, '--closed: a family that is only missing is not closed';
like $out, qr/^200 is not closed: native \(no family\)/m, '--closed: the output says that the family is missing';
like one_line($out), qr/which --missing-ok accepts/,
	'--closed: the output names the option that accepts a missing family';
($status, $out) = run($sc, 'probe', '--missing-ok', '--closed', '200');
is $status, 0, '--closed --missing-ok: 0 for a family that is missing';
like one_line($out), qr/200: not refused at every door, but this kernel does not have it \(--missing-ok\)\./,
	'--closed --missing-ok: the output says that the family is missing';
is((run($sc, 'probe', '--closed', '200,UNIX', '--missing-ok'))[0], 1,
	'--closed --missing-ok: 1 if one of the families is open');
is((run(@shut, '--closed', 'VSOCK', '--missing-ok'))[0], 0, '--closed --missing-ok: 0 if the family is closed');
is_deeply [map { [map { $_ ? 1 : 0 } @$_{qw(closed closed_or_missing wanted_closed missing_ok)}] }
	@{ decode_json((run($sc, 'probe', '--closed', '200', 'UNIX', '--missing-ok', '--json'))[1])->{families} }],
	[[0, 1, 1, 1], [0, 0, 0, 0]], '--closed --missing-ok --json: what is closed, missing and accepted';
($status, $out, $err) = run($sc, 'probe', '--missing-ok', 'UNIX');
is "$status $err", "125 socketcall probe: --missing-ok needs --closed\n",
	'--missing-ok alone is a mistake';

# ---- io_uring by the other entries ----

my @native_shut = ($doors, map({ "x86_64:$_" } '41:0:1:1', '425-427:-:1'), map({ "i386:$_" } '359:0:1:1', '102:-:38'),
	'x32:0-500:-:38', '--', $sc, 'probe', 'UNIX');
($status, $out) = run(@native_shut, '--closed', 'UNIX');
is $status, 1, "io_uring by the 32-bit entry alone: --closed doesn't say that the family is closed";
like one_line($out), qr/open through io_uring's SOCKET operation by way of the 32-bit entry\. /,
	'--closed: the output says by which door the family is open';
like $out, qr/^- i386-uring: refuse i386's io_uring_setup, io_uring_enter and io_uring_register/m,
	'a line says how to close that door';
is cells((run($doors, 'x86_64:426:-:1', 'i386:426:-:1', '--', $sc, 'probe', 'UNIX', '--json'))[1],
	'UNIX')->{'i386-uring'}, 'open', 'i386-uring is open if only io_uring_enter is refused';
is cells((run($doors, 'i386:425:-:1', '--', $sc, 'probe', 'UNIX', '--json'))[1], 'UNIX')->{'i386-uring'},
	'refused EPERM', 'i386-uring is closed if io_uring_setup is refused';

# ---- Conversions: the kernel makes a socket of another family than the named one ----

sub converted {
	my ($json, $name) = @_;
	my ($family) = grep { $_->{name} eq $name } @{ decode_json($json)->{families} };
	return { map { $_->{from} => $_ } @{ $family->{converted} } };
}
my @packet_shut = ($doors, 'x86_64:41:0:17:1', 'i386:359:0:17:1', 'i386:102:-:38',
	map({ "$_:425:-:1" } 'x86_64', 'i386'), 'x32:0-500:-:38', '--', $sc, 'probe');
my @packet_shut_well = @packet_shut;
splice @packet_shut_well, 1, 0, 'x86_64:41:1&8:1', 'i386:359:1&8:1';
($status, $out) = run(@packet_shut, 'PACKET');
is $status, 1, 'AF_PACKET is refused, and AF_INET with SOCK_PACKET is not: the doors disagree';
like $out, qr/^  as INET +open +open +open +open +ENOSYS +\S+ +EPERM +EPERM/m,
	'the conversion has a row of its own in the matrix';
like one_line($out),
	qr/AF_PACKET is refused at the front door but open through the native call, .*, as AF_INET with type 10\./,
	'a sentence says by which conversion the family is open';
like one_line($out), qr/- as INET: refuse AF_INET with type 10 as well; compare the type's low 4 bits/,
	'a line says how to close the conversion';
($status, $out) = run(@packet_shut, '--closed', 'PACKET');
is $status, 1, '--closed: 1 if a conversion to the family is open';
like one_line($out), qr/PACKET is not closed: AF_INET with type 10 by native \(open\)/,
	'--closed: the output says by which conversion the family is open';
my $as = converted((run(@packet_shut, 'PACKET', '--json'))[1], 'PACKET')->{INET};
is_deeply [@$as{qw(type protocol)}, sort @{ $as->{around} }], [10, 0, sort qw(native native-high i386 i386-high)],
	'JSON: a conversion has its type, its protocol and the doors at which it is open';
is((run(@packet_shut_well, '--closed', 'PACKET'))[0], 0,
	'--closed: 0 if the conversion to the family is refused as well');
my $smc = converted((run($sc, 'probe', '--json', 'SMC'))[1], 'SMC');
is_deeply [map { [@{ $smc->{$_} }{qw(type protocol)}] } 'INET', 'INET6'], [([1, 256]) x 2],
	'AF_SMC has the rows of two conversions';
is((run($sc, 'probe', 'SMC'))[0], 0, 'each conversion to AF_SMC agrees with AF_SMC itself, on any kernel');

($status, $out) = run($sc, 'probe', 'UNIX', '--color=always');
like $out, qr/\e\[32mopen\e\[0m/, '--color=always colours';
like((run(@closed, '--color'))[1], qr/\e\[1;31mopen\e\[0m/,
	'--color colours, too, and an open door of a refused family is red');
sub on_terminal { return (run('script', '-qec', join(' ', @_), '/dev/null'))[1] }
{
	local $ENV{TERM} = 'xterm';
	like on_terminal($sc, 'probe', 'UNIX'), qr/\e\[32m/, 'on a terminal there is colour';
	unlike on_terminal($sc, 'probe', 'UNIX', '--color=never'), qr/\e\[/,
		'on a terminal there is no colour with --color=never';
	local $ENV{NO_COLOR} = '1';
	unlike on_terminal($sc, 'probe', 'UNIX'), qr/\e\[/, 'on a terminal there is no colour with NO_COLOR';
	$ENV{NO_COLOR} = '';
	like on_terminal($sc, 'probe', 'UNIX'), qr/\e\[/, 'an empty NO_COLOR has no effect';
	$ENV{TERM} = 'dumb';
	unlike on_terminal($sc, 'probe', 'UNIX'), qr/\e\[/, 'on a dumb terminal there is no colour';
}
is((run('sh', '-c', "'$sc' probe $_ UNIX >/dev/full"))[0], 125, "a full disk is 125 ($_)")
	for '--json', '--wait 2', '--help';
is((run_after(sub { POSIX::close(1) }, $sc, 'probe', 'UNIX'))[0], 125, 'a closed standard output is 125');

# ---- Filters that judge the type ----

for my $case (
	['refuses the type that was asked for', 'x86_64:41:1=3:1'],
	['kills a process for the type that was asked for', 'x86_64:41:1=3:kill'],
	['refuses that type as if the family were missing', 'x86_64:41:1=3:97'],
	['refuses unknown bits only', 'x86_64:41:1&0x40000000:1'],
	['reports unknown bits to nobody', 'x86_64:41:1&0x40000000:notify'],
) {
	my ($what, $rule) = @$case;
	my $states = sub { join ', ', @{ cells($_[1], 'NETLINK') }{qw(native native-high i386 socketcall)} };
	my $wanted = 'unknown, unknown, open, open';
	is $states->(run_unanswered(sub { $states->(@_) eq $wanted }, $doors, $rule, '--', $sc, 'probe', '--json',
		'NETLINK')), $wanted, "a filter that $what: unknown, at its door alone";
}
my $einval = cells((run($doors, 'x86_64:41:0:16:22', '--', $sc, 'probe', '--json', 'NETLINK'))[1], 'NETLINK');
is $einval->{native}, 'refused EINVAL', "a filter's EINVAL is not taken for the kernel's";

# ---- Without privileges ----

# A user that no other test has, because a limit of processes is for all of a user's.
my @unprivileged = ('setpriv', '--reuid=' . (1000000 + $$ * 10), '--regid=54321', '--clear-groups',
	'--bounding-set=-all');
is((run(@unprivileged, $sc, 'probe', 'PACKET'))[0], 0, 'without privileges the doors agree');
is cells((run(@unprivileged, $sc, 'probe', 'PACKET', '--json'))[1], 'PACKET')->{socketcall}, 'denied EPERM',
	'AF_PACKET is denied, but not by a filter';
is((run(@unprivileged, $sc, 'probe', '--closed', 'PACKET'))[0], 0, 'for --closed, a denied family is closed');

# ---- Surroundings that could disturb it: the matrix stays the same ----

sub status_and_matrix { my ($status, $out) = @_; return "$status\n" . $out =~ s/\n\n(No seccomp|The doors).*//sr }
my $plain = status_and_matrix(run($sc, 'probe'));
sub stays {
	my ($what, @result) = @_;
	is status_and_matrix(@result), $plain, "$what: the matrix is the same" or diag($result[2]);
}
stays("$_ descriptors", run('prlimit', "--nofile=$_:$_", $sc, 'probe')) for 2, 3, 4;
($status, $out) = run('prlimit', '--nofile=0:0', $sc, 'probe', 'UNIX', '--json');
is join(', ', cells($out, 'UNIX')->{native}, cells($out, 'UNIX')->{io_uring},
	cells($out, 'UNIX', 'socketpair')->{native}), 'open, unknown, unknown',
	'no descriptor at all: only the doors that need none have a result';
stays('SIGCHLD and SIGSYS ignored', run_after(sub { @SIG{qw(CHLD SYS)} = ('IGNORE') x 2 }, $sc, 'probe'));
stays('all signals blocked', run_after(sub { POSIX::sigprocmask(POSIX::SIG_BLOCK(), POSIX::SigSet->new(1 .. 31)) }, $sc,
	'probe'));
stays('as PID 1', run('unshare', '--pid', '--fork', $sc, 'probe'));
stays('an empty environment', run('env', '-i', $sc, 'probe'));
mkdir "$dir/root" or die;
system('cp', $sc, "$dir/root/") == 0 or die;
stays('an empty root', run('unshare', '--mount', 'chroot', "$dir/root", '/socketcall', 'probe'));
my @ring_refused = ($doors, 'x86_64:425:-:1', '--');
is cells((run(@ring_refused, $sc, 'probe', '--json', 'UNIX'))[1], 'UNIX')->{io_uring}, 'refused EPERM',
	"a filter's EPERM on io_uring_setup alone is distinguished from the sysctl's";
is cells((run(@ring_refused, 'unshare', '--mount', 'chroot', "$dir/root", '/socketcall', 'probe', '--json', 'UNIX'))[1],
	'UNIX')->{io_uring}, 'barred EPERM',
	"without /proc a filter's EPERM cannot be distinguished from the sysctl's, and the cell says 'barred'";
is((run('prlimit', '--nproc=1:1', @unprivileged, $sc, 'probe', 'UNIX'))[2],
	"socketcall probe: cannot try the doors: fork: Resource temporarily unavailable\n",
	'where no process can be started, the message says so');
my ($numbers, $number) = ({ rt_sigaction => 13, rt_sigprocmask => 14, prctl => 157, setrlimit => 160, getrlimit => 97,
	close => 3, fstat => 5,
	newfstatat => 262, kill => 62, uname => 63, openat => 257, clone => 56, clone3 => 435, pidfd_open => 434 });
for my $name (sort keys %$numbers) {
	for my $action ($name eq 'clone' ? (1, 38) : (1, 38, 'kill', 'trap')) {
		stays("a filter's $action on $name",
			run($doors, "x86_64:$numbers->{$name}:-:$action", '--', $sc, 'probe'));
	}
}
mkdir "$dir/cores" or die;
run_after(sub { chdir "$dir/cores" or die }, 'prlimit', '--core=unlimited', $doors, 'i386:102:-:kill',
	'x86_64:41:-:trap', 'x86_64:13:-:kill', 'x86_64:157:-:kill',
	'--', $sc, 'probe', 'UNIX');
is_deeply [glob "$dir/cores/*"], [], 'processes that a filter kills leave no core file';
stays('no answer to rt_sigaction', run_unanswered(sub { status_and_matrix(@_) eq $plain }, $doors, 'x86_64:13:-:notify',
	'--', $sc, 'probe'));
($status, $out, $err) = run($doors, map({ "x86_64:$_:-:1" } 56, 57, 435), '--', $sc, 'probe', 'UNIX');
is "$status $out$err", "125 socketcall probe: cannot try the doors: fork: Operation not permitted\n",
	'where a filter refuses fork(), the message says so';
($status, $out, $err) = run($doors, map({ "x86_64:$_:-:0" } 56, 57, 435), '--', $sc, 'probe', '--closed', 'UNIX');
is "$status $out$err", "125 socketcall probe: cannot try the doors: fork: Function not implemented\n",
	'where a filter answers 0 to fork(), that is not taken for success';
like((run($doors, 'x86_64:41:0:1:0', '--', $sc, 'probe', 'UNIX'))[1], qr/^faked +refused by a filter that says 0/m,
	'where a filter answers 0 to socket(), the door is not open');
($status, $out) = run($doors, 'x86_64:41:0:1:97', 'i386:359:0:1:1', '--', $sc, 'probe', 'UNIX');
like $out, qr/^EAFNOSUPPORT  refused by a filter, with that errno\nEPERM  +refused by a filter, with that errno$/m,
	'the legend has a line for each errno';
is join(', ', @{ cells((run($doors, 'x86_64:426:-:1', '--', $sc, 'probe', 'UNIX', '--json'))[1],
	'UNIX') }{qw(native io_uring)}), 'open, open',
	'io_uring_enter refused alone closes nothing';
done_testing;
