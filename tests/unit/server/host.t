#!/bin/sh
# SPDX-License-Identifier: MIT
# The calling end's own facts, with a server in between: decoded, dispatched, performed on real sockets. And guests that
# mean harm.
. "$(dirname "$0")/../caller/calls.sh"
arches_need x86_64 i386 && make -s headers >&2 || exit
mkdir -p build/tests
# A program isn't built again: in a guest that takes minutes.
built() { [ -e "$program" ] && [ -z "$(find abi caller server tests/unit/caller tests/unit/server -newer "$program")" ]; }
# Behind what is built where it is only to be prepared for a guest.
checked() { [ -n "${PREPARE:-}" ] || calls_tap "$@"; }
served() { # ARCH OPTION...
	arch_is "$1"
	shift
	program=build/tests/served-$name
	# shellcheck disable=SC2086  # a list
	built || $compiler $flags "$@" -g -O1 -Wall -Wextra -Werror -Wshadow -DSERVED -Ibuild/include -Ibuild/include/socketcall -I. \
		-o "$program" tests/unit/caller/calls.c server/*.c server/host/*.c || exit
	checked "$name" "$program"
}
hostile() { # ARCH OPTION...
	arch_is "$1"
	shift
	program=build/tests/hostile-$name
	# shellcheck disable=SC2086  # a list
	built || $compiler $flags "$@" -pthread -g -O1 -Wall -Wextra -Werror -Wshadow -Ibuild/include -I. -o "$program" \
		tests/unit/server/hostile.c server/*.c server/host/*.c || exit
	checked "$name, a hostile guest" "$program"
}
served x86_64 -fsanitize=address,undefined -fno-sanitize-recover=all
served i386 -static
hostile x86_64 -fsanitize=undefined -fno-sanitize-recover=all
hostile i386 -static
# musl's structures aren't the kernel's to the last byte
tools/need musl-tools linux-libc-dev >&2 || exit
program=build/tests/hostile-musl
built || musl-gcc -static -pthread -g -O1 -Wall -Wextra -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)" \
	-Ibuild/include -I. -o "$program" tests/unit/server/hostile.c server/*.c server/host/*.c || exit
checked "x86_64 with musl, a hostile guest" "$program"
[ -n "${PREPARE:-}" ] || calls_plan
