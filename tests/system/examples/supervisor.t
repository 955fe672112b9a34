#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/supervisor.c: i386's conformance programs hold under it, but for facts that are grouped by reason; a call
# that waits stalls no other; and a supervisor that is killed leaves no program waiting.
# Not in a guest: its kernel reports no system calls of 32-bit programs by seccomp to a 64-bit one under emulation.
. "$(dirname "$0")/lib.sh"
arches_need x86_64 i386
need perl
build lib conformance-int80
prepared

# shellcheck disable=SC2154  # arch_is sets them
arch_is x86_64
# shellcheck disable=SC2086  # a list
$compiler $flags -O2 -Wall -Wextra -Werror -Ibuild/include -o "$work/supervisor" examples/supervisor.c \
	build/lib/libsocketcall.a >"$work/log" 2>&1
ok $? "supervisor.c is built of the installed headers and the library"
[ "$(grep -c '' examples/supervisor.c)" -lt 300 ]
ok $? "and has under 300 lines"
i686-linux-gnu-gcc -static -O2 -Wall -Wextra -Werror -o "$work/waits" tests/system/examples/waits.c >"$work/log" 2>&1
ok $? "a program for it"

"$work/supervisor" sh -c 'exit 7'
[ $? = 7 ]
ok $? "its status is the program's"
timeout 60 "$work/supervisor" "$work/waits" 500 >"$work/log" 2>&1
[ "$(cat "$work/log")" = "500 pairs" ]
ok $? "a call that waits doesn't stall another process' calls"

mkfifo "$work/said"
"$work/supervisor" "$work/waits" >"$work/said" 2>&1 &
supervisor=$!
exec 3<"$work/said"
read -r line <&3
kill -KILL $supervisor
timeout 60 cat <&3 >"$work/log"
[ "$line" = waits ] && [ "$(cat "$work/log")" = "recv: Function not implemented" ]
ok $? "a supervisor that is killed leaves no call waiting"
exec 3<&-

tests/conformance/run --known tests/conformance/known/supervisor --with "timeout -s KILL 100 $work/supervisor" \
	build/conformance/i386/int80 >"$work/log" 2>&1
ok $? "i386's conformance programs, with int \$0x80: $(tail -n 1 "$work/log")"
[ "$(sed -n 's/^[^#].* | //p' tests/conformance/known/supervisor | sort -u | grep -c '')" -le 10 ]
ok $? "the facts that don't hold have ten reasons at most"
plan
