# SPDX-License-Identifier: MIT
# What the tests in containers share: profiles shaped like Docker's, and how the runtimes are called.
use strict;
use warnings;
use JSON::PP;

our @caps = map { "CAP_$_" } qw(CHOWN SETUID SETGID KILL NET_BIND_SERVICE AUDIT_WRITE);
our $podman = '/usr/share/containers/seccomp.json';

sub slurp { open my $f, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$f> }

sub spew { open my $f, '>', $_[0] or die "$_[0]: $!"; print $f $_[1]; close $f or die }

# The engines' own format to the runtimes': what depends on capabilities and architectures is decided here.
sub decided {
	my ($profile) = @_;
	my %cap = map { $_ => 1 } @caps;
	my @syscalls;
	for my $rule (@{ $profile->{syscalls} }) {
		my ($in, $out) = ($rule->{includes} // {}, $rule->{excludes} // {});
		next if $in->{caps} && grep { !$cap{$_} } @{ $in->{caps} };
		next if $out->{caps} && grep { $cap{$_} } @{ $out->{caps} };
		next if $in->{arches} && !grep { $_ eq 'amd64' } @{ $in->{arches} };
		my %kept = map { $_ => $rule->{$_} } grep { defined $rule->{$_} } qw(names action errnoRet);
		$kept{args} = [map { { %$_ } } @{ $rule->{args} }] if @{ $rule->{args} // [] };
		push @syscalls, \%kept;
	}
	my %decided = (
		defaultAction => $profile->{defaultAction},
		architectures => ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
		syscalls      => \@syscalls,
	);
	$decided{defaultErrnoRet} = $profile->{defaultErrnoRet} if defined $profile->{defaultErrnoRet};
	return \%decided;
}

# A profile shaped like Docker's: EPERM unless allowed; socket allowed where every comparison of a rule holds. What else it
# allows matters little here, and is what podman's does but for the calls in `refused`.
sub docker {
	my ($sockets, $socketcall, @refused) = @_;
	my %refused = map { $_ => 1 } 'socket', 'socketcall', @refused;
	my $profile = decided(decode_json(slurp($podman)));
	my %others;
	for my $rule (@{ $profile->{syscalls} }) {
		$others{$_} = 1 for grep { !$refused{$_} } $rule->{action} eq 'SCMP_ACT_ALLOW' && !$rule->{args} ? @{ $rule->{names} } : ();
	}
	return {
		defaultAction   => 'SCMP_ACT_ERRNO',
		defaultErrnoRet => 1,
		architectures   => $profile->{architectures},
		syscalls        => [
			{ names => [sort keys %others], action => 'SCMP_ACT_ALLOW' },
			(map { { names => ['socket'], action => 'SCMP_ACT_ALLOW', args => [{ index => 0, value => $_->[1], op => "SCMP_CMP_$_->[0]" }] } } @$sockets),
			{ names => ['socketcall'], %$socketcall },
		],
	};
}

# crun refuses a hybrid of both cgroup versions: it gets a mount namespace that has the second only.
my $script = 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec crun --root "$1/state" --cgroup-manager=disabled run -b "$2" "$3"';
our %runtime = (
	crun => sub { return ('unshare', '--mount', 'sh', '-c', $script, 'sh', @_) },
	runc => sub { my ($state, $bundle, $id) = @_; return ('runc', '--root', "$state/state", 'run', '-b', $bundle, $id) },
);

# Runs a command with no input; its output is in two files in $dir. Its status, and the two.
sub output_of {
	my ($dir, @command) = @_;
	my $pid = fork // die;
	if (!$pid) {
		open STDIN, '<', '/dev/null' or die;
		open STDOUT, '>', "$dir/out" or die;
		open STDERR, '>', "$dir/err" or die;
		exec @command or exit 99;
	}
	waitpid $pid, 0;
	return ($? & 127 ? 128 + ($? & 127) : $? >> 8, slurp("$dir/out"), slurp("$dir/err"));
}

1;
