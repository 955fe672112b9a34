#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# The output of `socketcall filter` is loaded as its users would: the BPF program by bubblewrap, the C array by a
# compiled program, the profile by crun and runc. Inside, `socketcall probe` tries all families at all doors: allowed
# families have the states that they have without a filter, the others are refused, and no door is a way around.
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use JSON::PP;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

require "$root/tests/fixtures/containers.pl";
our (@caps, %runtime);
my $dir = tempdir(CLEANUP => 1);
need('gcc', 'libc6-dev', 'bubblewrap', 'crun', 'runc', 'golang-github-containers-common');
build('build/socketcall');
prepared();

spew("$dir/no-vsock.json", JSON::PP->new->encode(docker([['NE', 40]], { action => 'SCMP_ACT_ALLOW' })));
spew("$dir/ranges.json", JSON::PP->new->encode(docker([['LT', 38], ['EQ', 39], ['GT', 40]],
	{ action => 'SCMP_ACT_ALLOW' })));

# The policies: the arguments of `socketcall filter`, which families they allow, by number, and the error of refusals.
my %policies = (
	'a list' => { given => ['--families', 'AF_UNIX AF_INET:STREAM AF_NETLINK:RAW:ROUTE'],
		allows => sub { $_[0] == 1 || $_[0] == 2 || $_[0] == 16 }, error => 'EAFNOSUPPORT' },
	'an inverted list' => { given => ['--families', '~AF_ALG,AF_VSOCK,AF_PACKET', '--refused', 'errno:EACCES'],
		allows => sub { $_[0] != 38 && $_[0] != 40 && $_[0] != 17 }, error => 'EACCES' },
	'none' => { given => ['--families', 'none'], allows => sub { 0 }, error => 'EAFNOSUPPORT' },
	'ten families' => { given => ['--families', join(' ', 1, 2, 10, 16, 17, 29, 30, 31, 38, 40)],
		allows => sub { grep { $_[0] == $_ } 1, 2, 10, 16, 17, 29, 30, 31, 38, 40 }, error => 'EAFNOSUPPORT' },
	'a profile' => { given => ['--profile', "$dir/no-vsock.json"],
		allows => sub { $_[0] != 40 }, error => 'EPERM' },
	"Podman's default and a list" => { given => ['--profile', '/usr/share/containers/seccomp.json', '--families',
			'~ALG VSOCK', '--caps', 'AUDIT_WRITE'],
		allows => sub { $_[0] != 38 && $_[0] != 40 }, error => 'EAFNOSUPPORT' },
	'a profile with ranges' => { given => ['--profile', "$dir/ranges.json"],
		allows => sub { $_[0] != 38 && $_[0] != 40 }, error => 'EPERM' },
);

# The doors that the filter closes to all families, and the doors at which it judges each family.
my @closed  = qw(socketcall io_uring i386-uring);
my @judging = qw(native native-high i386 i386-high);

# The cells of `probe --json --all` that differ from the policy. $plain is the output of probe without a filter.
sub wrong {
	my ($policy, $plain, $text) = @_;
	my ($got, $bare) = map { eval { decode_json($_) } } $text, $plain;
	return 'probe said nothing' if !$got || !$bare || !$got->{filter} || @{ $got->{families} } < 45;
	my (@wrong, %bare);
	$bare{ $_->{number} } = $_ for @{ $bare->{families} };
	for my $family (@{ $got->{families} }) {
		my $allowed = $policy->{allows}->($family->{number});
		for my $door (@judging) {
			my $cell = $family->{socket}{$door};
			my $want = $bare{ $family->{number} }{socket}{$door};
			push @wrong, "$family->{name} $door: $cell->{state} " . ($cell->{errno} // '')
				if $allowed ? $cell->{state} ne $want->{state}
				: $cell->{state} ne 'refused' || $cell->{errno} ne $policy->{error};
		}
		for my $door (@closed) {
			push @wrong, "$family->{name} $door: $family->{socket}{$door}{state}"
				if $family->{socket}{$door}{state} ne 'refused';
		}
		push @wrong, map { "$family->{name}: around by $_" } @{ $family->{around} },
			@{ $family->{socketpair_around} }, map { @{ $_->{around} } } @{ $family->{converted} // [] };
	}
	return @wrong;
}

sub judge {
	my ($what, $policy, $plain, $text, $errors) = @_;
	my @wrong = wrong($policy, $plain, $text);
	result(!@wrong, "$what: every door answers as the policy says", @wrong, $errors);
}

# Writes the output of `socketcall filter` to a file, and returns the file's name.
sub filter_in {
	my ($policy, $format) = @_;
	my ($status, $out, $err) = output_of($dir, "$root/build/socketcall", 'filter', @{ $policy->{given} },
		'--format', $format);
	result($status == 0, "@{ $policy->{given} }: --format $format", $err);
	spew("$dir/$format", $out);
	return "$dir/$format";
}

# ---- bubblewrap ----

sub in_bwrap {
	my ($file) = @_;
	return output_of($dir, 'sh', '-c',
		'exec 9<"$1"; exec bwrap --unshare-all --cap-drop ALL --ro-bind "$2" /socketcall ${3:+--seccomp 9} '
		. '-- /socketcall probe --json --all', 'sh', $file // '/dev/null', "$root/build/socketcall",
		$file ? 1 : '');
}

my (undef, $plain) = in_bwrap();
for my $name (sort keys %policies) {
	my (undef, $out, $err) = in_bwrap(filter_in($policies{$name}, 'bpf'));
	judge("bubblewrap, $name", $policies{$name}, $plain, $out, $err);
}

# ---- C ----

spew("$dir/load.c", <<'END');
#include <stdio.h>
#include <sys/prctl.h>
#include <linux/seccomp.h>
#include <unistd.h>
#include "filter.h"
int main(int argc, char **argv)
{
	struct sock_fprog program = { sizeof socket_filter / sizeof *socket_filter, socket_filter };
	(void)argc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return perror("prctl"), 125;
	execv(argv[1], argv + 1);
	return perror(argv[1]), 127;
}
END
my (undef, $here) = output_of($dir, "$root/build/socketcall", 'probe', '--json', '--all');
for my $name ('a list', 'a profile') {
	rename filter_in($policies{$name}, 'c'), "$dir/filter.h" or die;
	is system('gcc', '-Wall', '-Wextra', '-Werror', '-o', "$dir/load", "$dir/load.c"), 0, "C, $name: compiles";
	my (undef, $out, $err) = output_of($dir, "$dir/load", "$root/build/socketcall", 'probe', '--json', '--all');
	judge("C, $name", $policies{$name}, $here, $out, $err);
}

# ---- crun and runc ----

sub in_runtime {
	my ($runtime, $id, $profile) = @_;
	my $bundle = "$dir/$id";
	mkdir $bundle or die;
	mkdir "$bundle/$_" or die for 'rootfs', 'rootfs/dev';
	system('cp', "$root/build/socketcall", "$bundle/rootfs/") == 0 or die;
	spew("$bundle/config.json", JSON::PP->new->encode({
		ociVersion => '1.0.2',
		process    => {
			args => ['/socketcall', 'probe', '--json', '--all'], cwd => '/', user => { uid => 0, gid => 0 },
			capabilities => { map { $_ => \@caps } qw(bounding effective permitted) },
			noNewPrivileges => JSON::PP::true,
		},
		root   => { path => 'rootfs' },
		mounts => [{ destination => '/proc', type => 'proc', source => 'proc' }],
		linux  => {
			namespaces => [map { { type => $_ } } qw(pid network ipc uts mount)],
			$profile ? (seccomp => decode_json(slurp($profile))) : (),
		},
	}));
	return output_of($dir, $runtime{$runtime}->($bundle, $bundle, $id));
}

my $n = 0;
for my $runtime (sort keys %runtime) {
	my (undef, $bare) = in_runtime($runtime, "filter-$$-" . $n++);
	for my $name (sort keys %policies) {
		my (undef, $out, $err) = in_runtime($runtime, "filter-$$-" . $n++, filter_in($policies{$name}, 'oci'));
		judge("$runtime, $name", $policies{$name}, $bare, $out, $err);
	}
	# The control: the given profile, which `socketcall filter` hasn't corrected, leaves doors open.
	my (undef, $out) = in_runtime($runtime, "filter-$$-" . $n++, "$dir/ranges.json");
	my @wrong = wrong($policies{'a profile with ranges'}, $bare, $out);
	ok(grep({ /around by native-high/ } @wrong) && grep({ /around by socketcall/ } @wrong),
		"$runtime: with the uncorrected profile, probe finds ways around");
}

done_testing;
