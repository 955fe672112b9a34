#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run` and programs that mean harm, or are odd, on this machine. No libc of 32 bits is needed.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/socketcall build/tests/forge build/tests/sites build/tests/beyond
prepared
run() {
	timeout 60 build/socketcall run -v -- "$@"
}
closed_run() {
	timeout 60 build/socketcall closed -- build/socketcall run -v -- "$@"
}
# Into a file of its own: the supervisor of an earlier one may have its last line to write still.
logged() { rm -f "$work/log" && "$@" >"$work/log" 2>&1; }
witness=build/obj/witness/witness # 0: its multiplexed call came through

# Other users find them there.
cp build/tests/forge build/tests/sites "$work" && chmod 755 "$work"
ok $? "the programs compile without a warning"

build/tests/beyond >"$work/log" 2>&1
ok $? "an image whose sections lead beyond its end isn't followed there"

! build/socketcall closed -- "$witness" >"$work/log" 2>&1
ok $? "where socketcall is closed, the witness doesn't reach it"
logged closed_run "$witness"
ok $? "… but does when it is run"
logged closed_run "$work/forge" "$witness"
ok $? "a program that put another vDSO in the place of its own isn't in the way of the next program"
logged closed_run "$work/forge" "$work/forge" "$witness"
ok $? "… nor are two"

logged run "$work/sites"
[ $? = 2 ]
ok $? "a site is found that lies at the end of what is looked through at a time"
# shellcheck disable=SC2016  # for the shell inside
logged run sh -c '"$1"; "$1"; [ $? = 2 ]' sh "$work/sites"
ok $? "… in the second program of that file, too"
# shellcheck disable=SC2016
logged run sh -c 'setpriv --reuid 65534 --clear-groups "$1" /bin/true; "$1"; [ $? = 2 ]' sh "$work/sites"
ok $? "another user's program that took the sites away hides none of this user's"

name=$(printf 'clear\033[2J')
cp "$witness" "$work/$name"
run "$work/$name" >"$work/log" 2>&1 && ! grep -q "$(printf '\033')" "$work/log"
ok $? "no control characters come to the terminal from a program's name"

nobody="setpriv --reuid 65534 --clear-groups"
# shellcheck disable=SC2086  # words
logged run $nobody build/socketcall run -- grep '^NoNewPrivs:.*0' /proc/self/status
ok $? "within another run, an unprivileged one doesn't set no_new_privs in vain"

# In the inner namespace the program is one of processes 2 to 6, which by the outer one's /proc are others.
cat >"$work/other.c" <<'END'
#include <stdio.h>
#include <unistd.h>
static const char big[1 << 20] = { [0 ... (1 << 20) - 1] = 7 };
int main(void)
{
	for (int round = 0; round < 20; round++, usleep(100000))
		for (unsigned i = 0; i < sizeof big; i++)
			if (*(const volatile char *)&big[i] != 7)
				return puts("written to");
	return 0;
}
END
cat >"$work/namespaces" <<'END'
others=
for wanted in 2 3 4 5 6; do
	"$1" &
	[ $! = $wanted ] || exit
	others="$others $!"
done
unshare --pid --fork build/socketcall run -v -- /bin/true
for other in $others; do wait "$other"; done
END
"${CC:-cc}" -static -no-pie -o "$work/other" "$work/other.c" >"$work/log" 2>&1 &&
	unshare --pid --fork --mount-proc sh "$work/namespaces" "$work/other" >"$work/log" 2>&1 &&
	! grep -q "written to" "$work/log"
ok $? "no other process is written to where /proc is another PID namespace's"

plan
