#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run` and hostile or unusual programs, on this machine. No 32-bit libc is needed.
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
# Uses a new log file each time: the supervisor of an earlier run may not have written its last line yet.
logged() { rm -f "$work/log" && "$@" >"$work/log" 2>&1; }
witness=build/obj/witness/witness # exits with 0 if its multiplexed call works

# Other users can execute them there.
cp build/tests/forge build/tests/sites "$work" && chmod 755 "$work"
ok $? "the programs compile without a warning"

build/tests/beyond >"$work/log" 2>&1
ok $? "sections that point beyond the end of an image aren't followed"

! build/socketcall closed -- "$witness" >"$work/log" 2>&1
ok $? "where socketcall is closed, the witness' call fails"
logged closed_run "$witness"
ok $? "… but works under run"
logged closed_run "$work/forge" "$witness"
ok $? "a program that replaces its vDSO doesn't affect the next program"
logged closed_run "$work/forge" "$work/forge" "$witness"
ok $? "… nor do two such programs"

logged run "$work/sites"
[ $? = 2 ]
ok $? "a site is found that lies at the end of the bytes that are searched at a time"
# shellcheck disable=SC2016  # for the shell inside
logged run sh -c '"$1"; "$1"; [ $? = 2 ]' sh "$work/sites"
ok $? "… in the second program of that file, too"
# shellcheck disable=SC2016
logged run sh -c 'setpriv --reuid 65534 --clear-groups "$1" /bin/true; "$1"; [ $? = 2 ]' sh "$work/sites"
ok $? "another user's program that removes its sites hides none of this user's"

name=$(printf 'clear\033[2J')
cp "$witness" "$work/$name"
run "$work/$name" >"$work/log" 2>&1 && ! grep -q "$(printf '\033')" "$work/log"
ok $? "control characters in a program's name aren't written to the terminal"

nobody="setpriv --reuid 65534 --clear-groups"
# shellcheck disable=SC2086  # words
logged run $nobody build/socketcall run -- grep '^NoNewPrivs:.*0' /proc/self/status
ok $? "within another run, an unprivileged run doesn't set no_new_privs for nothing"

# In the inner PID namespace the program has one of the numbers 2 to 6. /proc belongs to the outer namespace, where
# these are the numbers of other processes.
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
ok $? "if /proc belongs to another PID namespace, no other process' memory is written"

plan
