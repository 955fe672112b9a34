#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `socketcall profile`: the profiles that it makes from Podman's profile, its messages, and the errors for wrong
# arguments. runc and crun load the profiles, and `socketcall probe` in the container says whether the doors are closed.
# Not in a guest: too slow there.
use strict;
use warnings;
use File::Basename;
use JSON::PP;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

our ($root, $socket, $dir, $podman, %runtime);
require "$root/tests/fixtures/agent.pl";
build('build/socketcall');
lab_make('bookworm', 'busybox-static', 'python3');
prepared();
chomp(my $lab = `$root/tools/lab root bookworm`);

# Runs `socketcall profile`. Returns the profile's text, the messages, and the exit status.
sub written {
	my (@arguments) = @_;
	my $text = `$root/build/socketcall profile @arguments 2>$dir/said`;
	return ($text, slurp("$dir/said"), $? >> 8);
}

sub rules_of {
	my ($profile, $name) = @_;
	return grep { grep { $_ eq $name } @{ $_->{names} } } @{ $profile->{syscalls} };
}

# The profile is JSON, has one rule for socketcall alone, and keeps the names of all other calls.
my $given = decode_json(slurp($podman));
for my $format ('docker', 'oci') {
	for my $listen ('', '--listen /run/agent.sock') {
		my ($text, $said, $status) = written("--format $format $listen");
		my $profile = eval { decode_json($text) } // {};
		my @rules = rules_of($profile, 'socketcall');
		is($status, 0, "$format $listen: status 0");
		is(scalar @rules, 1, '… socketcall has one rule');
		is_deeply($rules[0]{names}, ['socketcall'], '… which names no other call');
		is($rules[0]{action}, $listen ? 'SCMP_ACT_NOTIFY' : 'SCMP_ACT_ERRNO',
			$listen ? '… and reports it' : '… and closes it');
		isnt($rules[0]{errnoRet} // -1, $profile->{defaultErrnoRet},
			'… its error isn\'t the default action\'s');
		isnt($rules[0]{errnoRet} // -1, 1,
			'… nor EPERM, the default of engines that don\'t know defaultErrnoRet');
		is($profile->{listenerPath}, $listen ? '/run/agent.sock' : undef,
			$listen ? '… listenerPath is the agent\'s socket' : '… there is no listenerPath');
		my %names = map { $_ => 1 } map { @{ $_->{names} } } @{ $profile->{syscalls} };
		my @lost = grep { !$names{$_} } map { @{ $_->{names} } } @{ $given->{syscalls} };
		is_deeply(\@lost, [], '… the names of all other calls are kept') if $format eq 'docker';
		like($said, qr/socketcall is (?:refused|reported)/, '… and a message says what happens to socketcall');
		is_deeply($profile->{archMap}, $given->{archMap}, '… the architectures stay') if $format eq 'docker';
	}
}

# Containers with a list of families: no refused family is open at any door, and allowed ones are open.
my $families = "--families 'UNIX INET NETLINK:RAW:ROUTE'";
for my $runtime (sort keys %runtime) {
	my ($text) = written("--format oci --runtime $runtime $families");
	my ($probe, $status) = run_container($runtime, $lab, decode_json($text),
		['/sc/socketcall', 'probe', '--closed', 'INET6,VSOCK,ALG,PACKET', '--missing-ok']);
	is($status, 0, "$runtime: no door is open to refused families") or diag $probe;
	my $dropped = decode_json($text);
	delete $dropped->{defaultErrnoRet};
	($probe, $status) = run_container($runtime, $lab, $dropped,
		['/sc/socketcall', 'probe', '--closed', 'INET6,VSOCK,ALG,PACKET', '--missing-ok']);
	is($status, 0, "$runtime: … also if the engine drops defaultErrnoRet, as Docker 20.10 does") or diag $probe;
	($probe) = run_container($runtime, $lab, decode_json($text), ['/sc/socketcall', 'probe', 'UNIX', 'INET']);
	like($probe, qr/UNIX\b.*open/, "$runtime: allowed families are open");
}

# --filter-loads, --runtime, --metadata and --audit.
my ($text) = written('--format oci --listen /run/a --filter-loads --runtime crun --metadata "a \"name\""');
my $profile = decode_json($text);
is(scalar(grep { $_->{action} eq 'SCMP_ACT_NOTIFY' } rules_of($profile, $_)), 1, "--filter-loads: $_ is reported once")
	for 'seccomp', 'prctl';
is_deeply($profile->{flags}, ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'], '--runtime crun: the flag that crun supports');
is($profile->{listenerMetadata}, 'a "name"', '--metadata: the text is in listenerMetadata');
($text) = written('--listen /run/a --audit');
is(decode_json($text)->{listenerMetadata}, 'socketcall-audit', '--audit: the metadata that the agent looks for');

# Wrong arguments: no profile is written.
my %mistakes = (
	'--format yaml'                     => qr/--format takes docker or oci, not 'yaml'/,
	'--audit'                           => qr/--audit needs --listen/,
	'--filter-loads'                    => qr/--filter-loads needs --listen/,
	'--metadata x'                      => qr/--metadata needs --listen/,
	'--caps CHOWN'                      => qr/--caps is for --format oci/,
	'--format oci --caps CAP_NOTHING'   => qr/--caps: expected a capability/,
	'--runtime youki --listen /x'       => qr/--runtime takes crun or runc, not 'youki'/,
	'--families NOWHERE'                => qr/--families:1:1: expected a/,
	"$dir/none.json"                    => qr{\Q$dir\E/none.json: No such file},
	'a b'                               => qr/unexpected argument 'b'/,
	"$dir/half.json"                    => qr{\Q$dir\E/half.json:1:\d+: expected},
	"$dir/amd64.json"                   => qr{\Q$dir\E/amd64.json:1:\d+: expected SCMP_ARCH_X86},
);
spew("$dir/half.json", '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],');
spew("$dir/amd64.json", '{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[]}');
for my $arguments (sort keys %mistakes) {
	my ($out, $said, $status) = written($arguments);
	is($status, 125, "$arguments: status 125");
	like($said, $mistakes{$arguments}, '… and it says why');
	is($out, '', '… and writes nothing');
}
done_testing();
