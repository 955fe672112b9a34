#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes 105,000 random calls by the kernel's own door and through the serving end (main.c), for guests of 32 and 64
# bits, of both byte orders, and with constants of their own. Only what known.txt lists may differ. Faults that are put
# into the server must be noticed. SEED=N chooses the calls.
# Not in a guest: its kernel is older than the one whose answers the serving end gives (Linux 6.18), and so reports some
# errors in another order.
. "$(dirname "$0")/../fixtures/tap.sh"
build build/tests/differential build/tests/twin-x86_64 build/tests/twin-i386
prepared
seed=${SEED:-1}

agrees() { # GUEST CALLS
	timeout -s KILL 900 tests/differential/run "$1" "$2" "$seed" >"$work/log" 2>&1
	ok $? "$(tail -n 1 "$work/log")"
}
found() { # MUTANT GUEST
	timeout -s KILL 900 tests/differential/run "$2" 4000 "$seed" "$1" >"$work/log" 2>&1
	[ $? = 1 ] && grep -q ' [1-9][0-9]* kinds are unknown' "$work/log"
	ok $? "a fault in the server is noticed: $1"
}
for guest in i386 i386-64 ppc mips x86_64 s390x alpha; do agrees $guest 15000; done

timeout -s KILL 900 tests/differential/run "i386 x86_64" 5000 "$seed" itself >"$work/log" 2>&1
ok $? "the kernel agrees with itself"
# One call for each kind of difference that was found in 0.1.
kernel=build/tests/twin-i386
cases="i386 cases tests/differential/cases.txt tests/differential/known.txt"
# shellcheck disable=SC2086  # words
tap_of "served by 32 bits" build/tests/differential $kernel build/tests/twin-i386 $cases
# shellcheck disable=SC2086
tap_of "served by 64 bits" build/tests/differential $kernel build/tests/twin-x86_64 $cases
# shellcheck disable=SC2086
build/tests/differential $kernel build/tests/twin-i386 $cases flags >"$work/log" 2>&1
[ $? = 1 ] && grep -q '^not ok .*K10: ' "$work/log"
ok $? "the cases notice a fault in the server"
found errno x86_64
found byte i386
found descriptor x86_64
found flags s390x
found sigpipe i386
plan
