#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Each example of the manual pages is run or compiled as the page has it. Programs that a machine need not have (docker,
# wine, a server) are replaced: by the 32-bit witness, which succeeds if its multiplexed call reaches the kernel; or by
# a script that runs a command with socketcall closed, as in a container. Absolute paths are replaced by paths in this
# test's folder.
# Quick in a guest.
use strict;
use warnings;
use File::Basename;
use File::Temp 'tempdir';
use Test::More;
use lib dirname(__FILE__) . '/../../fixtures';
use tests;

need(qw(bubblewrap golang-github-containers-common));
build(qw(build/socketcall preload lib));
prepared();
chdir $root or die;
my $dir = tempdir(CLEANUP => 1);

# ---- Files and programs of the examples ----

sub script {
	my ($name, $text) = @_;
	spew("$dir/$name", "#!/bin/sh\n$text");
	chmod 0755, "$dir/$name" or die;
}

mkdir "$dir/$_" or die for qw(bin tmp opt usr usr/bin var var/log);
symlink "$root/build/socketcall", "$dir/$_" or die for qw(bin/socketcall usr/bin/socketcall);
symlink "$root/build", "$dir/$_" or die for qw(build opt/socketcall);
# Scripts, because the witness must have no arguments: with arguments it makes other calls.
script($_, "exec '$root/build/obj/witness/witness'\n")
	for qw(bin/curl bin/wine bin/daemon bin/program program server steamcmd.sh opt/server);
spew("$dir/default.json", slurp('/usr/share/containers/seccomp.json'));
# docker run [-v A:B] [--security-opt seccomp=FILE] IMAGE [COMMAND...] | exec CONTAINER COMMAND... | cp FILE
# CONTAINER:FILE
script("bin/$_", <<'END') for qw(docker podman);
command=$1 && shift
case $command in
cp) exec cp "$1" "${2#CONTAINER:}" ;;
exec) [ "$1" = CONTAINER ] && shift && exec socketcall closed "$@" ;;
run)
	while [ "${1#-}" != "$1" ]; do
		case $2 in
		seccomp=*) perl -MJSON::PP -0e 'exit !decode_json(<>)->{defaultAction}' "${2#*=}" || exit ;;
		esac
		shift 2
	done
	[ "$1" = IMAGE ] && shift && [ $# = 0 ] || exec socketcall closed "$@"
	;;
*) exit 2 ;;
esac
END

# ---- Commands ----

# The examples on PAGE: the texts of its displays, each with its lines.
sub examples {
	my ($page) = @_;
	my ($text) = slurp($page) =~ /^\.Sh EXAMPLES\n(.*?)(?=^\.Sh |\z)/ms or return;
	my (@examples, $in_block);
	for (split /\n/, $text) {
		if (/^\.Bd/) {
			push @examples, '';
			$in_block = 1;
		} elsif (/^\.Ed/) {
			$in_block = 0;
		} elsif ($in_block) {
			$examples[-1] .= "$_\n";
		} elsif (/^\.Dl (.*)/) {
			push @examples, "$1\n";
		}
	}
	return map { s/\\\(dq/"/gr =~ s/\\-/-/gr =~ s/\\e/\\/gr } @examples;
}

# Examples whose exit status isn't 0.
my %status = (
	'socketcall closed curl http://127.0.0.1/' => 1,          # that is the example's point
	'docker exec CONTAINER /tmp/socketcall probe --closed ALG,VSOCK' => qr/^[01]$/, # the machine's kernel decides
	'docker exec CONTAINER /opt/socketcall/socketcall doctor' => qr/^[01]$/,
);

sub run_example {
	my ($page, $example) = @_;
	my $wanted = $status{ $example =~ s/\n\z//r } // 0;
	my $command = $example;
	if ($example =~ /^\[Service\]/) {
		($command) = $example =~ /^ExecStart=(.*)/m or die "$page: a unit that starts nothing";
	}
	$command =~ s{(?<![\w.])/(usr/bin/socketcall|(?:opt|tmp|var/log)/)}{$dir/$1}g;
	my ($status, $out, $err) = output_after(sub {
		$ENV{PATH} = "$dir/bin:$ENV{PATH}";
		chdir $dir or die;
	}, $dir, 'timeout', '-k', '5', '120', 'sh', '-ec', $command);
	ok ref $wanted ? $status =~ $wanted : $status == $wanted, basename($page) . ': ' . $example =~ s/\s+/ /gr
		or diag "status $status\n$command$out$err";
}

# ---- Programs in C ----

# Pages with fragments of programs: the text before and after the fragment that makes it a whole program.
my $guest = <<'END';
#include <errno.h>
#include <socketcall/abi/calls.h>
#include <socketcall/host.h>
#include <stdlib.h>
#include <string.h>
static unsigned char array[4096];
static size_t there(uint64_t address, size_t size)
{
	return address >= sizeof array ? 0 : size < sizeof array - address ? size : sizeof array - address;
}
static size_t read_array(void *context, uint64_t from, void *to, size_t size)
{
	memcpy(to, (unsigned char *)context + from, there(from, size));
	return there(from, size);
}
static size_t write_array(void *context, uint64_t to, const void *from, size_t size)
{
	memcpy((unsigned char *)context + to, from, there(to, size));
	return there(to, size);
}
static void *at_array(void *context, uint64_t address, size_t *size, int writable)
{
	(void)writable;
	*size = there(address, *size);
	return *size ? (unsigned char *)context + address : NULL;
}
int main(void)
{
	int call = SOCKETCALL_LISTEN; /* the words of the block are 0 */
	uint64_t block = 64;

	memset(array + 64, 0xff, 4);
END
my $pending = <<'END';
	struct socketcall_host_context context = { 0 };
	struct socketcall_server server = { .arch = socketcall_arch("mips"),
		.memory = { read_array, write_array, at_array, array }, .backend = &socketcall_host_backend,
		.context = &context, .scratch = malloc(SOCKETCALL_SCRATCH), .scratch_size = SOCKETCALL_SCRATCH };
	int pair[2];

	alarm(60);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	array[64] = array[65] = array[66] = 0;
	array[67] = (unsigned char)pair[0];
	array[70] = 1; /* the buffer is at 256 */
	array[75] = 4;
	call = SOCKETCALL_RECV;
	if (fork() == 0)
		return usleep(100000), send(pair[1], "four", 4, 0) != 4;
END
my $task = <<'END';
#include <errno.h>
#include <socketcall/server.h>
#include <string.h>
struct task {
	unsigned char memory[64];
};
static int read_task(void *task, uint64_t address, void *to, size_t size)
{
	if (address > 64 || size > 64 - address)
		return -1;
	memcpy(to, ((struct task *)task)->memory + address, size);
	return 0;
}
static long do_listen(void *task, int fd, int backlog)
{
	(void)task;
	return fd + backlog;
}
static const struct socketcall_operations operations = { .listen = do_listen };
END
my %around = (
	'socketcall.3' => [join('', map { "#include <$_>\n" } qw(linux/net.h socketcall.h sys/socket.h))
		. "int main(void)\n{\n", "\treturn fd < 0;\n}\n"],
	'socketcall_policy.3' => [join('', map { "#include <$_>\n" } qw(err.h errno.h linux/filter.h linux/seccomp.h
		sys/prctl.h sys/socket.h socketcall/policy.h)) . "int main(void)\n{\n",
		"\nif (socket(AF_NETLINK, SOCK_RAW, 0) >= 0 || errno != EAFNOSUPPORT)\n\treturn 1;\n"
		. "return socket(AF_UNIX, SOCK_STREAM, 0) < 0;\n}\n"],
	'socketcall_raw.3' => [join('', map { "#include <$_>\n" } qw(errno.h socketcall/caller.h sys/socket.h))
		. "static int gate(long r)\n{\n\tif (r >= 0)\n\t\treturn r;\n\terrno = -r;\n\treturn -1;\n}\n",
		"int main(void)\n{\n\treturn bind(-1, 0, 0) >= 0 || errno != EBADF;\n}\n"],
	'socketcall-server.3' => [$guest, "\treturn result != -EBADF;\n}\n"],
	'socketcall_marshal.3' => [join('', map { "#include <$_>\n" } qw(poll.h sys/socket.h unistd.h))
		. "static int host_of(int guest)\n{\n\treturn guest;\n}\n"
		. "static int signal_has_come(void)\n{\n\treturn 0;\n}\n"
		. "static int64_t now_in_ns(void)\n{\n\treturn 0;\n}\n"
		. $guest . $pending, "\treturn result != 4;\n}\n"],
	'socketcall_decode.3' => [$task, <<'END'],
int main(void)
{
	struct task task = { { 3, 0, 0, 0, 4, 0, 0, 0 } };

	return handle_socketcall(&task, 4, 0) != 7 || handle_socketcall(&task, 21, 0) != -EINVAL ||
	       handle_socketcall(&task, 4, 60) != -EFAULT;
}
END
);

sub compile_example {
	my ($page, $example) = @_;
	my $name = basename($page);
	if ($example =~ /^cc /) { # the command that compiles the fragment before it
		like $example, qr/pkg-config --cflags --libs socketcall/, "$name: by pkg-config";
		return;
	}
	my $around = $around{$name} or return fail("$name: its example is not known here");
	spew("$dir/example.c", $around->[0] . $example . $around->[1]);
	my ($status, $said) = all_output('cc', '-Wall', '-Wextra', '-Werror', "-I$root/build/include", '-o',
		"$dir/example", "$dir/example.c", "$root/build/lib/libsocketcall.a");
	is $status, 0, "$name: its example compiles" or diag $said;
	($status) = all_output("$dir/example");
	is $status, 0, '… and the program does what the page says';
}

my ($commands, $programs) = (0, 0);
for my $page (glob 'man/*.[15]') {
	run_example($page, $_), $commands++ for examples($page);
}
for my $page (glob 'man/*.3') {
	compile_example($page, $_), $programs++ for examples($page);
}
cmp_ok $commands, '>=', 15, 'at least 15 examples of commands were run';
cmp_ok $programs, '>=', 5, 'at least 5 examples of programs were compiled';
done_testing;
