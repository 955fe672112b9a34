#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# `socketcall probe` under crun and runc, in a root with no other file, with podman's default profile and with profiles
# of Docker's shape; and under bubblewrap, without /proc. The expected matrices follow from the profile and from
# libseccomp, which compares all 64 bits of an argument on x86_64, and 32 bits on i386.
use strict;
use warnings;
use Errno;
use File::Basename;
use File::Temp 'tempdir';
use JSON::PP;
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

require "$root/tests/fixtures/containers.pl";
my $dir = tempdir(CLEANUP => 1);
our (@caps, $podman, %runtime);
build('build/socketcall', 'build/tests/doors');
prepared();

# The kernel's answers without a filter and without CAP_NET_RAW.
my %family = (UNIX => [1, 1, 0], INET => [2, 1, 0], NETLINK => [16, 3, 0], ALG => [38, 5, 0], VSOCK => [40, 1, 0]);
my %plain  = (PACKET => 'denied EPERM');
for my $name (keys %family) {
	$plain{$name} = socket(my $s, $family{$name}[0], $family{$name}[1], $family{$name}[2]) ? 'open'
		: $!{EAFNOSUPPORT} ? 'missing EAFNOSUPPORT' : "errno $!";
}
my @names = sort keys %plain;
my @doors = qw(native native-high i386 i386-high socketcall io_uring i386-uring);

# ---- Profiles ----

my %allow  = (action => 'SCMP_ACT_ALLOW');
my %enosys = (action => 'SCMP_ACT_ERRNO', errnoRet => 38);
my @one_by_one = map { ['EQ', $_] } 0 .. 11, 13 .. 18, 21, 22, 24, 26 .. 33, 35, 36, 39, 41 .. 45;
my @neither = (['LT', 38], ['EQ', 39], ['GT', 40]); # not AF_ALG, not AF_VSOCK

# ---- The expected matrices: `doors` for all families, `families` for one family ----

my %profiles = (
	'none' => { filter => 0, profile => undef, works => 1 },
	"podman's default" => {
		profile => decided(decode_json(slurp($podman))),
		doors   => { io_uring => 'refused ENOSYS', 'i386-uring' => 'refused ENOSYS' }, # its default
		works   => 1,
	},
	'one that forbids a family' => {
		profile  => docker([['NE', 40]], \%allow),
		doors    => { io_uring => 'refused EPERM', 'i386-uring' => 'refused EPERM' },
		families => { VSOCK => { native => 'refused EPERM', i386 => 'refused EPERM',
			'i386-high' => 'refused EPERM' } },
		around   => { VSOCK => 'native-high socketcall' },
		works    => 1,
	},
	"Docker's 29.4.2" => {
		profile  => docker(\@neither, \%enosys),
		doors    => { io_uring => 'refused EPERM', 'i386-uring' => 'refused EPERM',
			socketcall => 'refused ENOSYS' },
		families => { map { $_ => { native => 'refused EPERM', i386 => 'refused EPERM',
			'i386-high' => 'refused EPERM' } } 'ALG', 'VSOCK' },
		around   => { map { $_ => 'native-high' } 'ALG', 'VSOCK' },
		works    => 0,
		helps    => 1,
	},
	"Docker's in November 2026" => {
		profile  => docker(\@one_by_one, \%allow),
		doors    => { io_uring => 'refused EPERM', 'i386-uring' => 'refused EPERM',
			'native-high' => 'refused EPERM' },
		families => { map { $_ => { map { $_ => 'refused EPERM' } 'native', 'native-high', 'i386',
			'i386-high' } } 'ALG', 'VSOCK' },
		around   => { map { $_ => 'socketcall' } 'ALG', 'VSOCK' },
		works    => 1,
	},
	'one that allows ranges' => {
		profile  => docker(\@neither, \%allow),
		doors    => { io_uring => 'refused EPERM', 'i386-uring' => 'refused EPERM' },
		families => { map { $_ => { native => 'refused EPERM', i386 => 'refused EPERM',
			'i386-high' => 'refused EPERM' } } 'ALG', 'VSOCK' },
		around   => { map { $_ => 'native-high socketcall' } 'ALG', 'VSOCK' },
		works    => 1,
	},
	'one that compares the low half' => {
		profile => (sub {
			my $profile = docker([], \%enosys);
			push @{ $profile->{syscalls} },
				map { { names => ['socket'], action => 'SCMP_ACT_ALLOW',
					args => [{ index => 0, value => 0xffffffff, valueTwo => $_,
						op => 'SCMP_CMP_MASKED_EQ' }] } } 1, 2, 16, 17;
			return $profile;
		})->(),
		doors    => { io_uring => 'refused EPERM', 'i386-uring' => 'refused EPERM',
			socketcall => 'refused ENOSYS' },
		families => { map { $_ => { map { $_ => 'refused EPERM' } 'native', 'native-high', 'i386',
			'i386-high' } } 'ALG', 'VSOCK' },
		closed   => 'ALG VSOCK',
		works    => 0,
		helps    => 1,
	},
);

# Compares the output of `probe --json` with the expected matrix.
sub judge {
	my ($what, $want, $text, $errors) = @_;
	my $got = eval { decode_json($text) };
	ok($got, "$what: one JSON object") or do { diag($text, $errors); return };
	my (%got, %want);
	for my $family (@{ $got->{families} }) {
		my $name = $family->{name};
		for my $door (@doors) {
			my $cell = $family->{socket}{$door};
			$got{"$name $door"}  = join ' ', $cell->{state}, $cell->{errno} // ();
			$want{"$name $door"} = $want->{families}{$name}{$door} // $want->{doors}{$door} //
				$plain{$name};
		}
		$got{"$name around"}  = join ' ', sort @{ $family->{around} };
		$want{"$name around"} = $want->{around}{$name} // '';
	}
	is(scalar(@{ $got->{families} }), scalar(@names), "$what: every family has a row");
	is_deeply \%got, \%want, "$what: the matrix is what the profile says" or diag($text);
	is !!$got->{filter}, !!($want->{filter} // 1), "$what: `filter` says whether there is a filter";
	is !!$got->{callers32}{works}, !!$want->{works}, "$what: `works` says whether 32-bit programs work";
	is !!$got->{callers32}{run_helps}, !!$want->{helps}, "$what: `run_helps` says whether 'socketcall run' helps";
}

# ---- crun and runc ----

sub bundle {
	my ($bundle, $profile, @arguments) = @_;
	mkdir $bundle or die;
	mkdir "$bundle/rootfs" or die;
	mkdir "$bundle/rootfs/dev" or die; # crun needs it
	system('cp', "$root/build/socketcall", "$bundle/rootfs/") == 0 or die;
	spew("$bundle/config.json", JSON::PP->new->encode({
		ociVersion => '1.0.2',
		process    => {
			args         => ['/socketcall', 'probe', @arguments],
			cwd          => '/',
			user         => { uid => 0, gid => 0 },
			capabilities => { map { $_ => \@caps } qw(bounding effective permitted) },
			noNewPrivileges => JSON::PP::true,
		},
		root   => { path => 'rootfs' },
		mounts => [{ destination => '/proc', type => 'proc', source => 'proc' }],
		linux  => {
			namespaces => [map { { type => $_ } } qw(pid network ipc uts mount)],
			$profile ? (seccomp => $profile) : (),
		},
	}));
}

my $n = 0;
for my $runtime (sort keys %runtime) {
	for my $name (sort keys %profiles) {
		my ($want, $what) = ($profiles{$name}, "$runtime, $name");
		my $id = 'probe-' . $$ . '-' . $n++;
		bundle("$dir/$id", $want->{profile}, '--json', '--closed', 'ALG,VSOCK', @names);
		my ($status, $out, $err) = output_of($dir, $runtime{$runtime}->("$dir/$id", "$dir/$id", $id));
		judge($what, $want, $out, $err);
		is $status, $want->{closed} ? 0 : 1, "$what: --closed ALG,VSOCK says " .
			($want->{closed} ? 'yes' : 'no');
	}
}

# ---- bubblewrap: a root without /proc, with no file but the command ----

sub in_bwrap {
	my ($what, $rules, $want) = @_;
	my $filter = "$dir/bpf";
	my $write = join ' ', map { "'$_'" } "$root/build/tests/doors", @$rules, '--write';
	system("$write >'$filter'") == 0 or die;
	my ($status, $out, $err) = output_of($dir, 'sh', '-c',
		'exec 9<"$1"; file=$2; shift 2; exec bwrap --unshare-all --cap-drop ALL --ro-bind "$file" /socketcall '
		. '--seccomp 9 -- /socketcall probe --json "$@"', 'sh', $filter, "$root/build/socketcall", @names);
	judge("bubblewrap, $what", $want, $out, $err);
	return $status;
}
is in_bwrap('a filter that allows all', [], { works => 1 }), 0, 'bubblewrap: the doors agree';
# Filters like Flatpak's: a list of families, the same on each architecture; and one that closes socketcall, too, as
# Flatpak's did for two weeks in August 2026.
my @flatpak = map { "$_:0!1,2,10,16:97" } 'x86_64:41', 'i386:359', 'x32:41';
my %others  = map { $_ => { map { $_ => 'refused EAFNOSUPPORT' } 'native', 'native-high', 'i386', 'i386-high' } } 'ALG',
	'VSOCK', 'PACKET';
is in_bwrap("Flatpak's families", \@flatpak, { families => \%others,
	around => { map { $_ => 'i386-uring io_uring socketcall' } keys %others }, works => 1 }), 1,
	'bubblewrap: the doors disagree';
is in_bwrap("Flatpak's families, without socketcall", [@flatpak, 'i386:102:-:1', 'i386:425:-:38',
	map { "x86_64:$_:-:38" } 425 .. 427],
	{ families => \%others, doors => { socketcall => 'refused EPERM', io_uring => 'refused ENOSYS',
		'i386-uring' => 'refused ENOSYS' }, works => 0,
		helps => 1 }), 1,
	'bubblewrap: the doors disagree, since allowed families are closed at some doors';

done_testing;
