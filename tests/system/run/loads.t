#!/bin/sh
# SPDX-License-Identifier: MIT
# A 32-bit program loads seccomp filters that name socketcall but no direct calls, in many ways and at difficult
# moments. Under run, closed and open, it must print the same lines as on the open kernel. Also above, by ptrace, and as
# an ordinary user.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall preload build/tests/doors build/tests/loads
prepared
# An ordinary user can execute these copies, wherever the repository lies.
cp -R build/tests/loads build/socketcall build/preload "$work" && chmod 755 "$work"
ok $? "the program compiles without a warning"
socketcall=$work/socketcall

# Runs the program in each way, and keeps its output.
as_user="setpriv --reuid=1000 --regid=1000 --clear-groups"
[ "$(id -u)" = 0 ] || as_user=
timeout -k 5 600 "$work/loads" >"$work/open" 2>&1
# shellcheck disable=SC2086  # words
timeout -k 5 600 $as_user "$work/loads" >"$work/open-user" 2>&1
timeout -k 5 600 "$socketcall" closed -- "$work/loads" >"$work/closed" 2>&1
timeout -k 5 600 "$socketcall" closed -- "$socketcall" run --verbose -- "$work/loads" >"$work/run" 2>"$work/told"
timeout -k 5 600 "$socketcall" run -- "$work/loads" >"$work/needless" 2>&1
# shellcheck disable=SC2086  # words
timeout -k 5 600 $as_user "$socketcall" closed -- "$socketcall" run -- "$work/loads" >"$work/run-user" 2>&1
timeout -k 5 600 "$socketcall" closed -- "$socketcall" run --trap -- "$work/loads" >"$work/trap" 2>&1
# As process 1 of a PID namespace.
timeout -k 5 600 unshare --user --map-root-user --pid --fork --mount-proc "$socketcall" closed -- "$socketcall" run \
	-- "$work/loads" \
	>"$work/first" 2>&1

[ "$(wc -l <"$work/open")" = 44 ]
ok $? "the program printed all of its lines"
grep -c 'socket: ENOSYS' "$work/closed" >"$work/log"
[ "$(cat "$work/log")" -ge 15 ]
ok $? "closed, without run, sockets fail"
while IFS= read -r line; do
	what=${line%%:*}
	for way in run needless trap first; do
		# With --trap, run traces all programs, so none can trace another. In other ways, run has the listener,
		# so no program can have one.
		case "$way $what" in
		"trap traced") continue ;;
		"trap listener") ;;
		*" listener") continue ;;
		esac
		grep "^$what:" "$work/$way" >"$work/log" 2>/dev/null
		[ "$(cat "$work/log")" = "$line" ]
		ok $? "$way: $line"
	done
done <"$work/open"
while IFS= read -r line; do
	what=${line%%:*}
	# run itself has set no_new_privs.
	case $what in unprivileged | listener) continue ;; esac
	grep "^$what:" "$work/run-user" >"$work/log"
	[ "$(cat "$work/log")" = "$line" ]
	ok $? "as a user: $line"
done <"$work/open-user"
grep -q ' loads: its filter answers direct calls like multiplexed ones$' "$work/told"
ok $? "--verbose says that a filter was extended"
grep -q ' loads: its filter is left alone: ' "$work/told"
ok $? "… and that a filter was left alone"

# If a filter can't be extended, it is loaded unchanged.
for action in 1 kill; do
	# shellcheck disable=SC2016  # the inner shell's
	timeout -k 5 600 "$socketcall" closed -- build/tests/doors "x86_64:101:-:$action" -- "$socketcall" run \
		--verbose -- \
		sh -c '"$1" plain; "$1" plain' sh "$work/loads" >"$work/log" 2>"$work/told.$action"
	[ "$(grep -c '^plain: load: 0 socket: EPERM$' "$work/log")" = 2 ] &&
		[ "$(grep -c ' loads: its filter is left alone: Operation not permitted$' "$work/told.$action")" = 2 ]
	ok $? "where ptrace is refused ($action), the filter is left alone, and the supervisor says so and serves on"
done

# Prints the process of this test's supervisor that has the listener open.
supervisor() {
	grep -ls "LOADS_TEST=$$" /proc/[0-9]*/environ | while read -r process; do
		process=${process%/environ}
		! find "$process/fd" -lname 'anon_inode:seccomp notify' 2>/dev/null | grep -q . ||
			echo "${process#/proc/}"
	done
}
# kill_after LINES TIMES: the program makes TIMES loads. Kills the serving process when the program has printed LINES
# lines; if LINES is 0, kills it and its guard before the first load. The guard is stopped before that, because it could
# start another server between the two kills. The output is in $work/log.
mkfifo "$work/input"
kill_after() {
	: >"$work/log"
	LOADS_TEST=$$ timeout -k 5 600 "$socketcall" closed -- "$socketcall" run -- "$work/loads" plain "$2" \
		<"$work/input" >"$work/log" 2>&1 &
	exec 3>"$work/input"
	tries=0
	until grep -q '^waits$' "$work/log" || [ $((tries += 1)) -gt 600 ]; do sleep 0.1; done
	victim=$(supervisor)
	if [ "$1" = 0 ]; then
		guard=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$victim/status")
		kill -STOP "$guard"
		tries=0
		until grep -q '^State:[[:space:]]*T' "/proc/$guard/status" || [ $((tries += 1)) -gt 600 ]; do
			sleep 0.1
		done
		kill -KILL "$victim" "$guard"
	fi
	exec 3>&-
	if [ "$1" != 0 ]; then
		tries=0
		until [ "$(wc -l <"$work/log")" -gt "$1" ] || [ $((tries += 1)) -gt 5000 ]; do :; done
		kill -KILL "$victim" 2>/dev/null
	fi
	wait $!
}
kill_after 0 1
grep -q '^plain: load: ENOSYS socket: 0$' "$work/log"
ok $? "when both of the supervisor's processes are killed, no filter is loaded, and what runs still makes sockets"

# If the serving process is killed during a load, the program that it has stopped may end with it; all others are
# served.
: >"$work/wrong"
: >"$work/killed"
for lines in 1 2 3 4 5 6 7 8; do
	kill_after $lines 25
	grep -c '^plain: ended with: 9$' "$work/log" >>"$work/killed"
	if [ "$(grep -cxE 'plain: (load: 0 socket: 0|ended with: 9)' "$work/log")" != 25 ] ||
		[ "$(grep -c 'ended with: 9' "$work/log")" -gt 1 ]; then
		cat "$work/log" >>"$work/wrong"
	fi
done
cp "$work/wrong" "$work/log"
[ ! -s "$work/log" ]
ok $? "killed while filters are loaded, it takes at most the program that it has stopped with it; others are served"
echo "# killed with it: $(tr '\n' ' ' <"$work/killed")"
plan
