#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/supervisor.c: i386's conformance programs pass under it, but for known failures, which are grouped by reason;
# a call that waits delays no other call; and no program keeps waiting when the supervisor is killed.
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
ok $? "supervisor.c is built with the installed headers and the library"
[ "$(grep -c '' examples/supervisor.c)" -lt 300 ]
ok $? "supervisor.c has under 300 lines"
i686-linux-gnu-gcc -static -O2 -Wall -Wextra -Werror -o "$work/waits" tests/system/examples/waits.c >"$work/log" 2>&1
ok $? "waits.c is built"

"$work/supervisor" sh -c 'exit 7'
[ $? = 7 ]
ok $? "the supervisor exits with the program's status"
# waits TURNS [CHILDREN]: true if all turns end. On a busy machine each child and each turn takes a tenth of a second.
waits() {
	timeout -k 1 600 "$work/supervisor" "$work/waits" "$@" >"$work/log" 2>&1
	echo "status $?" >>"$work/log"
	[ "$(cat "$work/log")" = "$1 pairs
status 0" ]
}
waits 500
ok $? "a call that waits doesn't delay another process' calls"

waits 5000 300
ok $? "nor do 300 calls that wait"

# The control: a supervisor without `pending` waits in the kernel for a call, and can't serve others meanwhile.
sed '/\.pending = &call->pending,/d' examples/supervisor.c >"$work/stalls.c"
# shellcheck disable=SC2086  # a list
$compiler $flags -O2 -Wall -Wextra -Werror -Ibuild/include -o "$work/stalls" "$work/stalls.c" \
	build/lib/libsocketcall.a >"$work/log" 2>&1
ok $? "a supervisor that waits in the kernel is built"
timeout -k 1 5 "$work/stalls" "$work/waits" 500 >"$work/log" 2>&1
[ $? = 124 ] && ! grep -q "^500 pairs" "$work/log"
ok $? "under it, a call that waits stops the others"

# The PID alone doesn't distinguish these processes. To choose a PID takes CAP_CHECKPOINT_RESTORE.
timeout -k 1 600 "$work/supervisor" "$work/waits" same >"$work/log" 2>&1
same=$?
if [ $same = 77 ]; then
	echo "ok $((tests += 1)) - two processes that have the same PID # SKIP a PID can't be chosen here"
else
	ok $same "two processes that have the same PID one after the other get their own sockets"
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
ok $? "when the supervisor is killed, a waiting call gets ENOSYS"
exec 3<&-

tests/conformance/run --known tests/conformance/known/supervisor --with "timeout -s KILL 100 $work/supervisor" \
	build/conformance/i386/int80 >"$work/log" 2>&1
ok $? "i386's conformance programs, with int \$0x80: $(tail -n 1 "$work/log")"
[ "$(sed -n 's/^[^#].* | //p' tests/conformance/known/supervisor | sort -u | grep -c '')" -le 10 ]
ok $? "the known failures have at most ten reasons"
plan
