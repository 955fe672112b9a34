#!/bin/sh
# SPDX-License-Identifier: MIT
# A filter reports a call to a listener at which nobody answers. The processes that make this call for `socketcall
# probe`, `doctor` or `run` must end with the command, also if SIGKILL ends it, and leave no file behind.
. "$(dirname "$0")/../../fixtures/tap.sh"
build all build/tests/doors
prepared
mkdir "$work/tmp"

# As process 1 of a PID namespace. inside ends COMMAND...: runs the command to its end. inside waits CALL COMMAND...:
# kills the command as soon as a process that it has started waits in the system call CALL. Then waits until nothing
# else is left there. Prints what it has found. Every wait is one for a condition, with a bound.
cat >"$work/inside" <<'END'
within() {
	tries=0
	until "$@"; do [ $((tries += 1)) -lt 600 ] && sleep 0.1 || return 1; done
}
is_alone() { set -- /proc/[0-9]*; [ $# = 1 ]; }
waits_in() {
	for process in /proc/[0-9]*; do
		case $process in /proc/1 | "/proc/$2") continue ;; esac
		! grep -q "^$1 " "$process/syscall" || return 0
	done 2>/dev/null
	return 1
}
how=$1
shift
if [ "$how" = ends ]; then
	{ "$@" >/dev/null; } 2>/dev/null # without the shell's message about a signal
	echo "ended with $?"
else
	call=$1
	shift
	"$@" >/dev/null &
	within waits_in "$call" $! && echo "waits"
	kill -KILL $!
	wait $! 2>/dev/null
fi
within is_alone && echo "alone" || grep -H . /proc/[0-9]*/stat
END

# left TEXT WANTED ARGUMENT...: with these arguments the script above prints the line WANTED, and that nothing is left.
left() {
	text=$1 wanted=$2
	shift 2
	TMPDIR=$work/tmp timeout -s KILL 300 unshare --pid --fork --kill-child --mount-proc sh "$work/inside" "$@" \
		>"$work/log" 2>&1
	ls "$work/tmp" >>"$work/log"
	[ "$(cat "$work/log")" = "$wanted
alone" ]
	ok $? "$text"
	rm -rf "$work/tmp/"*
}

# killed NAME CALL RULES COMMAND...
killed() {
	name=$1 call=$2 rules=$3
	shift 3
	# shellcheck disable=SC2086  # rules
	left "$name: nothing is left when it is killed" "waits" waits "$call" build/tests/doors $rules -- \
		build/socketcall "$@"
}

multiplexed=i386:102:-:notify
in_file="$multiplexed x86_64:319:-:1" # without memfd_create(): the witness is a file in a folder
left "probe: nothing is left when it has ended" "ended with 1" ends build/tests/doors $multiplexed -- \
	build/socketcall probe --wait 1 UNIX
for rules in "$multiplexed" "$in_file"; do
	killed "doctor, which waits for the witness ($rules)" 102 "$rules" doctor
done
killed "probe, which waits for attempts" 41 "x86_64:41:-:notify" probe --wait 60 UNIX
killed "doctor, which waits for a direct call" 359 "i386:359:-:notify" doctor
killed "doctor, which tries a supervisor's calls" 317 "x86_64:317:-:notify" doctor
killed "run, which tries the direct calls" 359 "i386:359:-:notify" run true
killed "run, which tries a supervisor's calls" 317 "x86_64:317:-:notify" run true
left "probe, where prctl() is fatal: nothing is left when it has ended" "ended with 1" ends build/tests/doors \
	$multiplexed x86_64:157:-:kill -- build/socketcall probe --wait 1 UNIX
left "doctor: no file is left when a filter kills it for write()" "ended with 159" ends build/tests/doors \
	x86_64:319:-:1 x86_64:1:-:kill -- build/socketcall doctor
plan
