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

# The control: one whose calls wait in the kernel serves nobody else meanwhile, however long that is.
sed '/\.pending = &call->pending,/d' examples/supervisor.c >"$work/stalls.c"
# shellcheck disable=SC2086  # a list
$compiler $flags -O2 -Wall -Wextra -Werror -Ibuild/include -o "$work/stalls" "$work/stalls.c" \
	build/lib/libsocketcall.a >"$work/log" 2>&1
ok $? "a supervisor that waits in the kernel"
timeout -k 1 5 "$work/stalls" "$work/waits" 500 >"$work/log" 2>&1
[ $? = 124 ] && ! grep -q "^500 pairs" "$work/log"
ok $? "stalls the others"

# Which the number of a process alone doesn't tell apart; to choose it wants CAP_CHECKPOINT_RESTORE.
timeout 60 "$work/supervisor" "$work/waits" same >"$work/log" 2>&1
same=$?
if [ $same = 77 ]; then
	echo "ok $((tests += 1)) - two processes with one number # SKIP it can't be chosen here"
else
	ok $same "two processes with one number, the one after the other, have their own sockets"
fi

mkfifo "$work/said"
"$work/supervisor" "$work/waits" >"$work/said" 2>&1 &
supervisor=$!
exec 3<"$work/said"
read -r waiting <&3
waited=0
until grep -q '^[0-9]* (waits) S' "/proc/$waiting/stat" || [ $((waited += 1)) -gt 600 ]; do sleep 0.1; done
kill -KILL $supervisor
timeout 60 cat <&3 >"$work/log"
[ $waited -le 600 ] && [ "$(cat "$work/log")" = "recv: Function not implemented" ]
ok $? "a supervisor that is killed leaves no call waiting"
exec 3<&-

tests/conformance/run --known tests/conformance/known/supervisor --with "timeout -s KILL 100 $work/supervisor" \
	build/conformance/i386/int80 >"$work/log" 2>&1
ok $? "i386's conformance programs, with int \$0x80: $(tail -n 1 "$work/log")"
[ "$(sed -n 's/^[^#].* | //p' tests/conformance/known/supervisor | sort -u | grep -c '')" -le 10 ]
ok $? "the facts that don't hold have ten reasons at most"
plan
