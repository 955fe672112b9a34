#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the families' numbers with the C library's, and the numbers of abi/x86.h, and those of x32 that `probe` uses,
# with the kernel's headers.
# Needs no 32-bit programs: it compiles only.
. "$(dirname "$0")/../../fixtures/tap.sh"
cc=${CC:-cc}

compiles() { # TEXT FLAGS, the program on standard input
	# shellcheck disable=SC2086  # a list of flags
	"$cc" -std=gnu11 -D_GNU_SOURCE -I. $2 -fsyntax-only -x c - >"$work/log" 2>&1
	ok $? "$1"
}

# A kernel may have families that are newer than the C library.
{
	echo '#include <sys/socket.h>'
	sed -n 's/^FAMILY(\([A-Za-z0-9]*\), *\([0-9]*\),.*/\1 \2/p' abi/families.def | while read -r name number; do
		printf '#ifdef AF_%s\n_Static_assert(AF_%s == %s, "%s");\n' "$name" "$name" "$number" "$name"
		printf '#else\n_Static_assert(AF_MAX <= %s, "AF_%s");\n#endif\n' "$number" "$name"
	done
} >"$work/families.c"
compiles "each family has the number that <sys/socket.h> gives it, if it knows the family" "" <"$work/families.c"
[ "$(grep -c '^#ifdef' "$work/families.c")" = "$(grep -c '^FAMILY' abi/families.def)" ]
ok $? "each row was compared"
compiles "each family of the C library has a row" "" <<'END'
#include <sys/socket.h>
enum { COUNT = 0
#define FAMILY(...) + 1
#include "abi/families.def"
};
_Static_assert(COUNT >= AF_MAX - 1, "a row for each");
END
compiles "the conversions' types and protocols have the C library's numbers" "" <<'END'
#include <netinet/in.h>
#include <sys/socket.h>
#define IS_PACKET_0(type, protocol) (type) == 10 && (protocol) == 0
#define IS_STREAM_256(type, protocol) (type) == 1 && (protocol) == 256
#define CONVERSION(from, decides, type, protocol, to, major, minor) \
	_Static_assert(AF_##from != AF_##to && IS_##type##_##protocol(SOCK_##type, protocol), #to);
#include "abi/conversions.def"
#ifdef IPPROTO_SMC
_Static_assert(IPPROTO_SMC == 256, "IPPROTO_SMC");
#endif
END
# There is no C library for -mx32 here, but the kernel's headers are enough.
multiarch=/usr/include/$("$cc" -print-multiarch)
compiles "socket, socketpair, getpid and io_uring's calls have x32's numbers" \
	"-mx32 -nostdinc -isystem $multiarch -isystem /usr/include" <<'END'
#include <asm/unistd.h>
#include "abi/x86.h"
#define NUMBER_socket(number) _Static_assert(__NR_socket == (number) + __X32_SYSCALL_BIT, "socket");
#define NUMBER_socketpair(number) _Static_assert(__NR_socketpair == (number) + __X32_SYSCALL_BIT, "socketpair");
NUMBER_socket(41)
NUMBER_socketpair(53)
_Static_assert(__NR_getpid == X86_64_GETPID + __X32_SYSCALL_BIT, "getpid");
_Static_assert(__NR_io_uring_setup == X86_64_IO_URING_SETUP + __X32_SYSCALL_BIT, "io_uring_setup");
_Static_assert(__NR_io_uring_enter == X86_64_IO_URING_ENTER + __X32_SYSCALL_BIT, "io_uring_enter");
END
# Each enumerator PREFIX_NAME of abi/x86.h is compared with __NR_name of the kernel's header.
x86_numbers() { # PREFIX HEADER COUNT
	names=$(sed -n "s/^\t$1_\([A-Z0-9_]*\) = [0-9]*,.*/\1/p" abi/x86.h)
	{
		echo "#include <$2>"
		echo '#include "abi/x86.h"'
		for name in $names; do
			echo "_Static_assert($1_$name == __NR_$(echo "$name" | tr '[:upper:]' '[:lower:]'), \"$name\");"
		done
		echo "_Static_assert($(echo "$names" | wc -w) >= $3, \"found in abi/x86.h\");"
	} >"$work/numbers.c"
	compiles "abi/x86.h: each $1_ number is that of <$2>" "" <"$work/numbers.c"
}
x86_numbers I386 asm/unistd_32.h 8
x86_numbers X86_64 asm/unistd_64.h 4
plan
