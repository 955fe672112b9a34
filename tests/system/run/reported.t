#!/bin/sh
# SPDX-License-Identifier: MIT
# Multiplexed calls that are reported to the supervisor and turned into direct ones, compared with the open kernel.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall build/tests/reported build/tests/trap build/tests/first
prepared
# A copy, so that the supervisor's processes can be found by their file.
cp build/tests/reported "$work/reported"
reported=$work/reported
program=build/tests/trap

# Uses new files each time: the supervisor of an earlier run may not have written its last line yet.
bounded() { rm -f "$work/out" "$work/err" && timeout -k 5 120 "$@" >"$work/out" 2>"$work/err" </dev/null; }
logged() { cat "$work/out" "$work/err" >"$work/log"; }

bounded $program
status=$?
logged
[ $status = 0 ] && ! grep -q '^not ok' "$work/out" && cp "$work/out" "$work/open"
ok $? "on the open kernel all checks of the program pass"
for place in beside above; do
	options=
	[ $place = beside ] || options=-a
	bounded "$reported" $options $program
	status=$?
	logged
	[ $status = 0 ] && cmp -s "$work/out" "$work/open" && ! [ -s "$work/err" ]
	ok $? "$place: the same by an int \$0x80 of its own, and nothing is printed"
	tap_of "$place" "$reported" $options build/tests/first 6
done
tap_of "on the open kernel" build/tests/first 6

bounded "$reported" -v build/tests/first once
status=$?
logged
[ $status = 0 ] && [ "$(sed 's/[0-9][0-9]* //' "$work/err")" = "reported: patched stubs 0 go 0 error 0
reported: int80 stubs 0 go 0 error 0" ]
ok $? "a program is patched at its first call, and its calls by an int \$0x80 are one event"
bounded "$reported" -v /bin/true
logged
[ "$(sed 's/[0-9][0-9]* //' "$work/err")" = "reported: native stubs 0 go 0 error 0" ]
ok $? "nothing is patched in a 64-bit program"
bounded "$reported" -v build/tests/first traced
status=$?
logged
[ $status = 38 ] && grep -qx 'reported: [0-9]* not patched stubs 0 go 0 error -1' "$work/err"
ok $? "a call of a process that another one traces gets ENOSYS, and that is an event"
bounded "$reported" "$reported" build/tests/first once
status=$?
logged
[ $status = 125 ] && grep -q 'obstacle' "$work/err"
ok $? "a supervisor within another is refused, because a thread has at most one listener"

# The supervisor's processes: those whose file is this copy.
supervisors() {
	for link in /proc/[0-9]*/exe; do
		[ "$(readlink "$link" 2>/dev/null)" != "$reported" ] || echo "$link"
	done | sed 's#/proc/\(.*\)/exe#\1#'
}
# A core limit of less than a page prevents cores. The tree's end is an event, too, so all servers have crashed then.
# shellcheck disable=SC3045  # every sh of Debian's has it
(ulimit -S -c 1 && bounded "$reported" -c /bin/true)
tries=0
until [ -z "$(supervisors)" ] || [ $((tries += 1)) -gt 600 ]; do sleep 0.1; done
logged
sed -n '/^reported: crashes /!q; p' "$work/err" >"$work/crashes"
[ "$(sed -n 1p "$work/crashes")" != 'reported: crashes 1' ] && [ "$(wc -l <"$work/crashes")" = 3 ] &&
	! sed 1d "$work/crashes" | grep -qvx 'reported: crashes [01]'
ok $? "a server that crashes because of a call is replaced twice; then the call fails. Only the first may leave a core"
[ -z "$(supervisors)" ] && [ "$(grep -c '^reported: crashes' "$work/err")" -le 30 ]
ok $? "if servers go on crashing without a call, in the end no other one is started"
# shellcheck disable=SC3045  # every sh of Debian's has it
(ulimit -S -c 1 && bounded "$reported" -a -c /bin/true)
status=$?
logged
[ $status = 127 ] && [ "$(grep -c '^reported: crashes' "$work/err")" = 1 ]
ok $? "above: if the supervisor crashes because of a call, the call fails, and the face serves on"

# An errno of an outer filter takes precedence over a report.
bounded build/socketcall closed "$reported" -v build/tests/first once
status=$?
logged
[ $status = 1 ] && ! grep -q patched "$work/err"
ok $? "if an outer filter answers socketcall with an errno, nothing is reported"

for kind in "-static -no-pie" -static-pie; do
	# shellcheck disable=SC2086  # a list
	"${CC:-cc}" -O2 $kind -o "$work/wide" tests/system/run/programs/wide.c >"$work/log" 2>&1 || exit
	bounded "$reported" "$work/wide"
	logged
	[ "$(cat "$work/out")" = -38 ]
	ok $? "a 64-bit program's int \$0x80 ($kind) finds socketcall closed"
done

# Kills one process at a time, when there are two: a guard and a server. Before the program's process has called exec,
# its file is this copy, too, and it and a guard would be two: so it must not be one of them.
# Not tested: a call of another thread that was interrupted by a stop. A killed server can't repeat it.
kills=0 turns=0 status=0
while [ $kills -lt 30 ] && [ $turns -lt 30 ] && [ $status = 0 ]; do
	: >"$work/log"
	"$reported" build/tests/first calls >>"$work/log" 2>&1 &
	program=$!
	said=
	while kill -0 $program 2>/dev/null; do
		# It says how far it is: on a busy machine the calls of all its processes take minutes.
		if [ "$(wc -l <"$work/log")" != "$said" ]; then
			said=$(wc -l <"$work/log") end=$(($(date +%s) + 120))
		elif [ "$(date +%s)" -gt "$end" ]; then
			echo "none of the program's processes has ended for two minutes" >>"$work/log"
			kill -KILL $program
			break
		fi
		# shellcheck disable=SC2046  # a list
		set -- $(supervisors)
		case " $* " in *" $program "*) continue ;; esac
		[ $# = 2 ] || continue
		[ $((kills % 2)) = 0 ] || shift
		# Finding them takes long on a busy machine: meanwhile the number may be another process'.
		[ "$(readlink "/proc/$1/exe" 2>/dev/null)" = "$reported" ] || continue
		kill -KILL "$1" 2>/dev/null && kills=$((kills + 1))
		# Wait until it has ended, or it would be counted beside its replacement.
		n=0
		while [ -e "/proc/$1/exe" ] && readlink "/proc/$1/exe" >/dev/null 2>&1 && [ $n -lt 500 ]; do
			n=$((n + 1))
			sleep 0.01
		done
	done
	wait $program
	status=$?
	turns=$((turns + 1))
done
echo "$kills kills, status $status" >>"$work/log"
[ $status = 0 ] && [ $kills -gt 0 ]
ok $? "while the supervisor's processes are killed one after another, each call returns its result"
echo "# $kills kills"
plan
