# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# For tests that compile the header alone: included twice, with every warning, freestanding, as C and C++. They source
# this file.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
DOORS="DIRECT_FIRST MULTIPLEXED_FIRST DIRECT_ONLY MULTIPLEXED_ONLY"

# A program's own macros must survive the header, even if they have names that the header uses for macros.
cat >"$work/twice.c" <<'E2'
#define CALL mine
#define KIND mine
#define WORD mine
#define NUMBER mine
#define NONE mine
#define SIZE 4096
#define LEN 4096
#define FD(x) mine
#define INT mine
#define COUNT mine
#define BUF_IN mine
#define SIGNED mine
#define WHOLE mine
#define LITTLE mine
#define connect my_connect
#define recvmmsg my_recvmmsg
#define unused mine
#define packed mine
#define noinline mine
#define visibility mine
#include <socketcall/caller.h>
#include <socketcall/caller.h>
#include <socketcall/server.h>
#include <socketcall/server.h>
extern int CALL, KIND, WORD, NUMBER, NONE;
extern int mine;
long raw(int call, const unsigned long *args);
long raw(int call, const unsigned long *args)
{
	return socketcall_raw(call, args);
}
long bind(int fd, const void *address, unsigned length);
long bind(int fd, const void *address, unsigned length)
{
	return socketcall_bind(fd, address, length);
}
long recvfrom(int fd, void *data, unsigned long size, int flags, void *address, unsigned *length);
long recvfrom(int fd, void *data, unsigned long size, int flags, void *address, unsigned *length)
{
	return socketcall_recvfrom(fd, data, size, flags, address, length);
}
E2
cp "$work/twice.c" "$work/twice.cc"

# compiles TEXT COMPILER OPTION... SOURCE: asserts that the source compiles without warnings.
compiles() {
	text=$1
	shift
	"$@" -ffreestanding -nostdlib -Ibuild/include -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow \
		-pedantic \
		-c -o "$work/o" >"$work/log" 2>&1
	ok $? "$text"
}

header_checks() { # NAME COMPILER [FLAGS]...
	header_name=$1
	shift
	for doors in $DOORS; do
		for optimized in -O0 -O2; do
			compiles "$header_name: C11, $doors, $optimized" "$@" -std=c11 "-DSOCKETCALL_$doors" \
				$optimized "$work/twice.c"
		done
		# There must be no writable data and no undefined symbols. Not counted are the linker's own symbols,
		# ppc64's function descriptors, which lie in data, and sparc64's global registers, whose symbols have no
		# name.
		nm "$work/o" >"$work/log" 2>&1
		! grep -vE ' (U (_GLOBAL_OFFSET_TABLE_|_gp_disp|\.TOC\.|)|D (raw|bind|recvfrom))$' "$work/log" |
			grep -q ' [BbCDdGgSsU] '
		ok $? "$header_name: no writable data and nothing undefined, $doors"
	done
}
