#!/bin/sh
# SPDX-License-Identifier: MIT
# The families' numbers against the C library's, and the few numbers that probe has of its own against the kernel's.
# Needs no 32-bit programs: it compiles only.
cd "$(dirname "$0")/../.." || exit
cc=${CC:-cc}

echo 1..3
compiles() { # TEXT FLAGS, the program on standard input
	# shellcheck disable=SC2086  # a list of flags
	if errors=$("$cc" -std=gnu11 -D_GNU_SOURCE -I. $2 -fsyntax-only -x c - 2>&1); then
		echo "ok - $1"
	else
		echo "not ok - $1"
		echo "$errors" | sed 's/^/# /'
	fi
}

compiles "each family has the number that <sys/socket.h> gives it" "" <<'END'
#include <sys/socket.h>
#define FAMILY(name, number, ...) _Static_assert(AF_##name == (number), #name);
#include "abi/families.def"
END
compiles "and every one of the C library's has a row" "" <<'END'
#include <sys/socket.h>
enum { COUNT = 0
#define FAMILY(...) + 1
#include "abi/families.def"
};
_Static_assert(COUNT >= AF_MAX - 1, "a row for each");
END
# -mx32 has no C library here, but the kernel's headers serve it.
compiles "socket, socketpair and getpid have x32's numbers, and i386's getpid is 20" "-mx32 -nostdinc -isystem /usr/include/$("$cc" -print-multiarch) -isystem /usr/include" <<'END'
#include <asm/unistd.h>
#define NUMBER_socket(number) _Static_assert(__NR_socket == (number) + __X32_SYSCALL_BIT, "socket");
#define NUMBER_socketpair(number) _Static_assert(__NR_socketpair == (number) + __X32_SYSCALL_BIT, "socketpair");
NUMBER_socket(41)
NUMBER_socketpair(53)
_Static_assert(__NR_getpid == 39 + __X32_SYSCALL_BIT, "getpid");
#undef __NR_getpid
#include <asm/unistd_32.h>
_Static_assert(__NR_getpid == 20, "i386's getpid");
END
