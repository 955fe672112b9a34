#!/bin/sh
# SPDX-License-Identifier: MIT
# The calling end's own facts, with a server in between: decoded, dispatched, performed on real sockets. And guests that
# mean harm.
# Not in a guest: not seen to hold there yet.
. "$(dirname "$0")/../caller/calls.sh"
arches_need x86_64 i386 && make -s headers >&2 || exit
[ -z "${PREPARE:-}" ] || exit 0
served() { # ARCH OPTION...
	arch_is "$1"
	shift
	program=build/tests/served-$name
	# shellcheck disable=SC2086  # a list
	$compiler $flags "$@" -g -O1 -Wall -Wextra -Werror -Wshadow -DSERVED -Ibuild/include -Ibuild/include/socketcall -I. \
		-o "$program" tests/caller/calls.c server/*.c || exit
	calls_tap "$name" "$program"
}
mkdir -p build/tests
hostile() { # ARCH OPTION...
	arch_is "$1"
	shift
	program=build/tests/hostile-$name
	# shellcheck disable=SC2086  # a list
	$compiler $flags "$@" -pthread -g -O1 -Wall -Wextra -Werror -Wshadow -Ibuild/include -I. -o "$program" \
		tests/server/hostile.c server/*.c || exit
	calls_tap "$name, a hostile guest" "$program"
}
served x86_64 -fsanitize=address,undefined -fno-sanitize-recover=all
served i386 -static
hostile x86_64 -fsanitize=undefined -fno-sanitize-recover=all
hostile i386 -static
# musl's structures aren't the kernel's to the last byte
tools/need musl-tools linux-libc-dev >&2 || exit
program=build/tests/hostile-musl
musl-gcc -static -pthread -g -O1 -Wall -Wextra -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)" \
	-Ibuild/include -I. -o "$program" tests/server/hostile.c server/*.c || exit
calls_tap "x86_64 with musl, a hostile guest" "$program"
calls_plan
