#!/bin/sh
# SPDX-License-Identifier: MIT
# One of the supervisor's processes is killed at many moments: killed.sh. (killed.long: at every moment.) Signals to all
# processes don't end the supervisor. Killing the process that was started ends the program, wherever the supervisor
# stands.
# shellcheck disable=SC2016  # for the shells inside
# Runs in a PID namespace whose process 1, this shell, collects orphans. Otherwise a reaper would be the supervisors'
# parent.
[ -n "${KILLED_INSIDE:-}" ] || KILLED_INSIDE=1 exec unshare --pid --fork --kill-child --mount-proc sh "$0"
. "$(dirname "$0")/../../fixtures/tap.sh"
STEP=${STEP:-5}
. tests/system/run/killed.sh

# Waits a minute at most.
until_true() {
	tries=0
	until "$@"; do [ $((tries += 1)) -lt 600 ] && sleep 0.1 || return 1; done
}

# In a PID namespace with one tree at a time, a process outside of the tree sends to all processes every signal that
# ends a process.
cat >"$work/signals" <<'END'
for run in "$2" "$3"; do
	rm -f "$1/ready" "$1/go"
	"$4" closed -- "$run" run -- sh -c 'trap "" HUP INT QUIT ALRM TERM USR1 USR2 PIPE VTALRM PROF XCPU IO
		: >"$1/ready"
		until [ -e "$1/go" ]; do sleep 0.1; done
		"$2" socket; exec "$2" socket' sh "$1" "$5" &
	until [ -e "$1/ready" ]; do sleep 0.1; done
	for signal in HUP INT QUIT ALRM TERM USR1 USR2 PIPE VTALRM PROF XCPU IO; do kill -$signal -1; done
	: >"$1/go"
	wait $!
	echo "ended with $?"
done
END
timeout -k 5 100 unshare --pid --fork --kill-child --mount-proc sh "$work/signals" "$work" "$beside" "$above" \
	"$PWD/build/socketcall" "$loader" >"$work/log" 2>&1
[ "$(cat "$work/log")" = "ended with 0
ended with 0" ]
ok $? "signals to all processes don't end the supervisor, beside and above: programs are patched afterwards"

# face_killed TEXT RUN OPTION...: kills the process that was started. The program's child must go on.
face_killed() {
	text=$1
	shift
	rm -f "$work/program" "$work/go" "$work/result"
	build/socketcall closed -- "$@" -- sh -c '(until [ -e "$1/go" ]; do sleep 0.1; done
			"$2" socket; echo "ended with $?" >"$1/result") &
		echo $$ >"$1/new"; mv "$1/new" "$1/program"
		exec sleep 300' sh "$work" "$loader" >"$work/log" 2>&1 &
	face=$!
	until_true [ -e "$work/program" ]
	program=$(cat "$work/program")
	kill -KILL $face
	wait $face 2>/dev/null
	is_gone() { ! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$program/status" 2>/dev/null; }
	until_true is_gone
	ok $? "$text: killing the process that was started ends the program"
	: >"$work/go"
	until_true [ -s "$work/result" ]
	cat "$work/result" >>"$work/log"
	grep -qx 'ended with 0' "$work/result"
	ok $? "$text: the program's child goes on, and is served"
}
face_killed "beside" "$beside" run
face_killed "above" "$above" run
face_killed "--trap" "$beside" run --trap
plan
