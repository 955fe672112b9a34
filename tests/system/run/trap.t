#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run --trap`: calls by an `int $0x80` of a program's own, compared with the open kernel.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall preload build/tests/doors build/tests/trap build/tests/first build/tests/loader
prepared
socketcall=build/socketcall
program=build/tests/trap

# Uses new files each time: the supervisor of an earlier run may not have written its last line yet.
bounded() { rm -f "$work/out" "$work/err" && timeout -k 5 120 "$@" >"$work/out" 2>"$work/err" </dev/null; }
logged() { cat "$work/out" "$work/err" >"$work/log"; }

bounded $program
status=$?
logged
[ $status = 0 ] && ! grep -q '^not ok' "$work/out" && cp "$work/out" "$work/open"
ok $? "on the open kernel all checks of the program pass"
bounded $socketcall closed $socketcall run $program
logged
grep -q '^not ok 1 ' "$work/out"
ok $? "where socketcall is closed, run alone doesn't reach it"
bounded $socketcall closed $socketcall run --verbose build/tests/first once
logged
# shellcheck disable=SC2016  # no variable
grep -qE '^socketcall run: [0-9]+ first: vdso; has an int \$0x80 of its own, which needs --trap$' "$work/err"
ok $? "... and --verbose says so if such an instruction is found in the program's text"
bounded $socketcall run --verbose build/tests/loader socket
logged
! grep -q 'needs --trap' "$work/err"
ok $? "... and of no other program"
for errno in ENOSYS EPERM; do
	bounded $socketcall closed --errno $errno $socketcall run --trap $program
	status=$?
	cat "$work/err" >"$work/log"
	while IFS= read -r line; do
		case $line in
		"ok "*) ok 0 "$errno: ${line#ok * - }" ;;
		"not ok "*) ok 1 "$errno: ${line#not ok * - }" ;;
		esac
	done <"$work/out"
	logged
	[ $status = 0 ] && cmp -s "$work/out" "$work/open" && ! [ -s "$work/err" ]
	ok $? "$errno: with --trap its output is the same, and nothing is printed"
done
bounded $socketcall run --trap $program
status=$?
logged
[ $status = 0 ] && cmp -s "$work/out" "$work/open"
ok $? "... and so it is where nothing is closed"
bounded $socketcall closed $socketcall run --trap --verbose $program
logged
[ "$(grep -cE '^socketcall run: [0-9]+ trap: trap$' "$work/err")" = 3 ]
ok $? "--verbose says so once for the program, its fork, and the program that the fork executes"
bounded $socketcall run --trap --verbose /bin/true
logged
[ "$(grep -cE '^socketcall run: [0-9]+ true: native$' "$work/err")" = 1 ]
ok $? "... and names a 64-bit program once"

bounded $socketcall closed $socketcall run --trap $program race
status=$?
logged
[ $status = 7 ]
ok $? "a program is served that a thread executes while the first thread makes a call"

for kind in "-static -no-pie" -static-pie; do
	# shellcheck disable=SC2086  # a list
	"${CC:-cc}" -O2 $kind -o "$work/wide" tests/system/run/programs/wide.c >"$work/log" 2>&1 || exit
	bounded $socketcall closed $socketcall run --trap "$work/wide"
	logged
	[ "$(cat "$work/out")" = -38 ]
	ok $? "a 64-bit program's int \$0x80 ($kind) finds socketcall closed"
done

# In both, a filter kills the caller of kill(2): the supervisor must not need that call.
bounded $socketcall closed build/tests/doors x86_64:62:-:kill x86_64:101:-:1 -- $socketcall run --trap $program
logged
# shellcheck disable=SC2016  # no variable
grep -q '^socketcall run: --trap: cannot trace a child process (.*): programs that make system calls by an'\
' int \$0x80 of their own are not reached$' "$work/err" &&
	grep -q '^not ok 1 ' "$work/out"
ok $? "where ptrace is refused, run says that such programs aren't reached"
# seccomp(2) and prctl(PR_SET_SECCOMP)
bounded $socketcall closed build/tests/doors x86_64:62:-:kill x86_64:317:-:1 x86_64:157:0=22:1 -- \
	$socketcall run --trap $program
logged
# shellcheck disable=SC2016  # no variable
grep -q '^socketcall run: --trap: cannot load a seccomp filter (.*): programs that make system calls by an'\
' int \$0x80 of their own are not reached$' "$work/err" &&
	grep -q '^not ok 1 ' "$work/out"
ok $? "... also if no filter can be loaded"
bounded $socketcall run --trap --preload-only true
[ $? = 125 ] && logged && grep -q 'exclude each other' "$work/err"
ok $? "--preload-only and --trap exclude each other"

# The program's parent is the supervisor.
cat >"$work/orphan" <<'END'
kill -KILL $PPID
tries=0
while kill -0 $PPID; do
	tries=$((tries + 1))
	[ $tries -lt 1000 ] || exit 1
	sleep 0.05
done 2>/dev/null
"$1" again
echo "status $?"
sh -c "exit 5"
echo "status $?"
END
bounded $socketcall closed $socketcall run --trap sh "$work/orphan" $program
logged
grep -qx 'status 159' "$work/out" && grep -qx 'status 5' "$work/out"
ok $? "if the supervisor is killed, the trap kills programs that make such calls; others go on, and nothing hangs"
plan
