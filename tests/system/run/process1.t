#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run` as process 1: the program keeps that number, and everything has the same result as without run. With
# --init, and if the supervisor can only stand above the program, run is process 1.
# Needs no 32-bit programs: what it starts is of 64 bits.
# shellcheck disable=SC2016  # for the shells inside
. "$(dirname "$0")/../../fixtures/tap.sh"
need busybox
build build/socketcall build/tests/above/socketcall build/tests/process1
beside=$PWD/build/socketcall above=$PWD/build/tests/above/socketcall

# A new PID namespace, whose process 1 runs the command.
as_1() { timeout -k 5 120 unshare --pid --fork --kill-child --mount-proc "$@"; }

# same TEXT COMMAND...: as process 1, the command has the same status and output with run and without.
same() {
	text=$1
	shift
	as_1 "$@" >"$work/open" 2>&1
	echo "status $?" >>"$work/open"
	as_1 "$beside" run -- "$@" >"$work/run" 2>&1
	echo "status $?" >>"$work/run"
	diff "$work/open" "$work/run" >"$work/log" && [ -s "$work/open" ]
	ok $? "$text"
}
same "its number, its children and its exit status" sh -c 'echo $$; /bin/true; exit 9'
same "the kernel ignores TERM, HUP and USR1 without a handler" \
	sh -c 'for s in TERM HUP USR1; do kill -$s $$; done; echo on; exit 3'
same "… also from another process, as docker stop sends TERM" \
	sh -c 'sh -c "kill -TERM 1; kill -KILL 1"; echo on; exit 3'
same "… but not with a handler" sh -c 'trap "echo term; exit 4" TERM; kill $$; sleep 1; exit 5'
same "a process 1 that waits for children in every way" build/tests/process1 waits
same "a process 1 that signals all processes reaps what it kills, and nothing else" build/tests/process1 signals
same "LISTEN_PID, for a socket that systemd has opened, is the program's number" \
	sh -c 'export LISTEN_PID=1 LISTEN_FDS=1; exec sh -c "[ \$LISTEN_PID = \$\$ ] && echo activated"'

# A signal to all processes doesn't end the supervisor.
as_1 "$beside" run -v -- build/tests/process1 signals exec sh -c 'exit 3' >"$work/log" 2>&1
[ $? = 3 ] && [ "$(grep -c ' sh: native$' "$work/log")" = 1 ]
ok $? "after kill(-1) with TERM, HUP, INT, USR1, QUIT and ALRM the supervisor serves on"

# docker stop: TERM from outside, which the kernel ignores because there is no handler, and then KILL.
mkfifo "$work/stopped"
unshare --pid --fork --kill-child --mount-proc "$beside" run -- \
	sh -c 'echo here; read -r line && echo "$line"; sleep 300' <"$work/stopped" >"$work/log" 2>&1 &
outer=$!
exec 4>"$work/stopped"
until_true() {
	tries=0
	until "$@"; do [ $((tries += 1)) -lt 600 ] && sleep 0.1 || return 1; done
}
until_true grep -q here "$work/log"
read -r program _ <"/proc/$outer/task/$outer/children"
kill -TERM "$program"
echo on >&4
until_true grep -qx on "$work/log"
ok $? "TERM from outside is ignored, as without run"
namespace=$(readlink "/proc/$program/ns/pid")
kill -KILL "$program"
exec 4>&-
wait $outer
nobody() { ! find /proc/[0-9]*/ns/pid -lname "$namespace" 2>/dev/null | grep -q .; }
until_true nobody
ok $? "KILL ends it, and the supervisor with it"

as_1 "$beside" run -- sh -c 'read -r supervisor _ </proc/1/task/1/children; head -c 1 "/proc/$supervisor/cmdline"' \
	>"$work/log" 2>&1
grep -qx @ "$work/log"
ok $? "the supervisor is one of the processes that systemd neither ends nor waits for when it shuts down: systemd.long"

# busybox's init: prints its actions, and shuts down.
mkdir "$work/etc"
cat >"$work/etc/inittab" <<-END
	::sysinit:/bin/sh -c 'echo sysinit \$PPID'
	::once:/bin/sh -c 'echo once; kill -TERM 1'
	::shutdown:/bin/sh -c 'echo shutdown'
END
init() {
	as_1 --mount sh -c 'mount --bind "$1" /etc && shift && exec "$@"' sh "$work/etc" "$@" </dev/null
}
busybox=$(command -v busybox)
ln -s "$busybox" "$work/init"
init "$work/init" >"$work/open" 2>&1
init "$beside" run -- "$work/init" >"$work/run" 2>&1
grep -q '^sysinit 1' "$work/open" && grep -q '^shutdown' "$work/open" && diff "$work/open" "$work/run" >"$work/log"
ok $? "busybox init starts, and shuts down, as without run"

# As an init of its own.
as_1 "$beside" run --init -- sh -c 'echo $$; exit 9' >"$work/log" 2>&1
[ $? = 9 ] && ! grep -qx 1 "$work/log" && [ "$(wc -l <"$work/log")" = 1 ]
ok $? "--init: the program isn't process 1, run exits with its status and prints nothing"
as_1 "$beside" run --init -- sh -c 'kill -TERM $$' >"$work/log" 2>&1
[ $? = 143 ]
ok $? "--init: if a signal kills the program, run exits with 128 and the signal's number"
as_1 "$beside" run --init -- sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sh -c "sh -c : & sh -c : &"; done
	tries=0
	while grep -l "^State:.Z" /proc/[0-9]*/status; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || exit 1
		sleep 0.05
	done 2>/dev/null' >"$work/log" 2>&1
ok $? "--init: orphans are reaped"
mkfifo "$work/said"
timeout -k 5 120 unshare --pid --fork --kill-child --mount-proc "$beside" run --init -- \
	sh -c 'trap "echo user1; exit 17" USR1; echo ready; while :; do sleep 0.05; done' >"$work/said" 2>"$work/log" &
outer=$!
{
	read -r line && [ "$line" = ready ] && echo "$line"
	read -r unshare _ <"/proc/$outer/task/$outer/children"
	read -r run _ <"/proc/$unshare/task/$unshare/children"
	kill -USR1 "$run"
	read -r line && echo "$line"
} <"$work/said" >"$work/lines" 2>>"$work/log"
wait $outer
[ "$? $(tr '\n' ' ' <"$work/lines")" = "17 ready user1 " ]
ok $? "--init: signals from outside are forwarded"

as_1 "$above" run -- sh -c 'exit 9' >"$work/log" 2>&1
[ $? = 9 ] && [ "$(wc -l <"$work/log")" = 1 ] &&
	grep -q "^socketcall run: cannot write the memory of other processes .*: run is process 1 here" "$work/log"
ok $? "if the supervisor can only stand above, run is process 1, and says so in one line"
as_1 "$above" doctor >"$work/log" 2>&1
grep -q '^as process 1  *run stays process 1, above the program: cannot write the memory' "$work/log"
ok $? "doctor says so, too"
as_1 "$beside" doctor >"$work/log" 2>&1
grep -q '^as process 1  *the program stays process 1' "$work/log"
ok $? "... and elsewhere that the program keeps the number"
plan
