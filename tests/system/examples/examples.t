#!/bin/sh
# SPDX-License-Identifier: MIT
# The examples build with the installed headers and library, and do what they say.
# Quick in a guest.
. "$(dirname "$0")/lib.sh"
arches_need x86_64 i386
build lib build/socketcall
prepared

echo_server x86_64
echo_server i386
# i386's libc makes all socket calls by socketcall(2). Where that is closed, the calls work only if libc.c makes them.
i686-linux-gnu-gcc -static -O2 -D_GNU_SOURCE -Wall -Wextra -Werror -Ibuild/include -o "$work/libc" \
	tests/system/examples/two.c \
	examples/libc.c >"$work/log" 2>&1 &&
	build/socketcall closed "$work/libc" >"$work/log" 2>&1
ok $? "libc.c: a program uses its socket functions, with socketcall closed"
i686-linux-gnu-gcc -static -O2 -D_GNU_SOURCE -Wall -Wextra -Werror -o "$work/libc" tests/system/examples/two.c \
	>"$work/log" 2>&1 &&
	build/socketcall closed "$work/libc" >"$work/log" 2>&1
[ $? = 1 ] && grep -q "Function not implemented" "$work/log"
ok $? "without libc.c, the same program fails there"
[ "$(grep -c '' examples/libc.c)" -lt 60 ]
ok $? "libc.c has under 60 lines"

gcc -static -O2 -Wall -Wextra -Werror -pedantic -Ibuild/include -o "$work/sandbox" examples/sandbox.c \
	build/lib/libsocketcall.a >"$work/log" 2>&1 &&
	"$work/sandbox" "AF_UNIX AF_INET:STREAM" build/socketcall probe --closed ALG,NETLINK,PACKET >"$work/log" 2>&1
ok $? "sandbox.c: families that aren't in its list are closed at every door"
! build/socketcall probe --closed NETLINK >"$work/log" 2>&1
ok $? "without sandbox.c they are open"
"$work/sandbox" "AF_UNIX AF_INTE" true >"$work/log" 2>&1
[ $? = 125 ] && grep -q "1:9: expected a socket family such as AF_INET, not 'AF_INTE'" "$work/log"
ok $? "sandbox.c says where its list is wrong"

for arch in x86_64 i386; do
	arch_is "$arch"
	# shellcheck disable=SC2086  # a list
	$compiler $flags -static -O2 -Wall -Wextra -Werror -Ibuild/include -I. -o "$work/mailbox" examples/mailbox.c \
		server/*.c server/host/*.c \
		>"$work/log" 2>&1 && timeout 60 "$work/mailbox" >"$work/log" 2>&1
	ok $? "$arch: mailbox.c serves a process whose filter allows no socket call"
	diff "$work/log" tests/system/examples/mailbox.out >"$work/diff"
	differs=$?
	mv "$work/diff" "$work/log"
	ok $differs "$arch: all twenty calls have the expected results"
done
plan
