# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# In a root of the laboratory: $TIMES programs (1000) start each other in every way, and are served; then the supervisor
# is killed.
set -u
# shellcheck source=tests/fixtures/inner.sh
. /src/tests/fixtures/inner.sh
: "${TIMES:=1000}"
compile gcc -static -Wno-unused-result -o /t/storm /src/tests/system/run/programs/storm.c || exit

served() { # SECONDS ARGUMENT...
	limit=$1
	shift
	timeout -k 1 "$limit" /sc/socketcall closed "$socketcall" run -- /t/storm "$@"
}
storm() { # TEXT ARGUMENT...
	text=$1
	shift
	served 120 "$@" >/tmp/said 2>&1
	ok $? "$place: $text" /tmp/said
}

# The serving process: the one that has a seccomp listener open; above, the one whose parent, the face, has it open,
# too.
supervisor() {
	holders=
	for fd in /proc/[0-9]*/fd/*; do
		case $(readlink "$fd" 2>/dev/null) in
		*seccomp*notify*) fd=${fd#/proc/} && holders="$holders ${fd%%/*}" ;;
		esac
	done
	for pid in $holders; do
		[ $place = beside ] && echo "$pid" && return
		parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
		case " $holders " in *" $parent "*) echo "$pid" && return ;; esac
	done
	return 1
}
# Beside: kills all of the supervisor's processes. Fails if there were any, because one may have started another before
# it was killed: call it again until it succeeds.
kill_all() {
	victims=
	for status in /proc/[0-9]*/status; do
		case $(cat "$status") in
		*"State:	Z"*) ;;
		"Name:	socketcall
"*) pid=${status#/proc/} && victims="$victims ${pid%/status}" ;;
		esac
	done 2>/dev/null
	[ -n "$victims" ] || return 0
	# shellcheck disable=SC2086  # numbers
	kill -KILL $victims 2>/dev/null
	return 1
}
descriptors() {
	set -- /proc/"$1"/fd/*
	echo $#
}
resident() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }
# Waits, a minute at most, until the command succeeds.
await() {
	tries=0
	until "$@" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || return 1
		sleep 0.05
	done
}
# Starts a program of the tree that runs the commands of descriptor 5, and writes their results to /tmp/held.
hold() {
	rm -f /tmp/tell
	mkfifo /tmp/tell
	served 120 hold </tmp/tell >/tmp/held 2>&1 &
	held=$!
	exec 5>/tmp/tell
	await grep -q holding /tmp/held
}
# Makes it run a command, and waits until that has ended.
tell() {
	count=$(grep -c '^ended with ' /tmp/held)
	echo "$1" >&5
	more() { [ "$(grep -c '^ended with ' /tmp/held)" -gt "$count" ]; }
	await more && tail -n 1 /tmp/held
}
let_go() {
	exec 5>&-
	wait $held
}

for place in beside above; do
	socketcall=/sc/socketcall
	[ $place = beside ] || socketcall=/sc/tests/above/socketcall
	storm "$TIMES execs while it is stopped, continued and sent signals: each is patched" stopped "$TIMES"
	storm "set_thread_area() under signals whose handlers restart calls" area 20000
	storm "an exec from a thread that isn't the leader" thread
	storm "execs that fail change nothing" fails
	storm "posix_spawn() and vfork()" spawn 100
	storm "a subreaper finds what it adopts, and nothing else" reaper 100
	storm "a tree of $TIMES short processes, eight at a time" tree "$TIMES"
	rm -f /tmp/daemon
	storm "a program that leaves a daemon ends" daemon /tmp/daemon
	await test -s /tmp/daemon
	grep -q '^daemon: 0,' /tmp/daemon
	ok $? "$place: the daemon starts programs that are served, when the first has ended" /tmp/daemon

	hold
	ok $? "$place: a program that stays is served" /tmp/held
	pid=$(supervisor)
	tell "/t/storm tree 50" >/tmp/said
	before=$(descriptors "$pid") small=$(resident "$pid")
	tell "/t/storm tree $TIMES" >>/tmp/said
	after=$(descriptors "$pid") large=$(resident "$pid")
	echo "descriptors: $before, then $after; resident: $small kB, then $large kB" >>/tmp/said
	[ "$before" -gt 0 ] && [ "$before" = "$after" ]
	ok $? "$place: the supervisor has as many descriptors open after $TIMES starts as after 50" /tmp/said
	[ "$large" -gt 0 ] && [ "$large" -le 3072 ] && [ "$((large - small))" -le 64 ]
	ok $? "$place: it stays below 3 MiB, and doesn't grow" /tmp/said
	ps -e -o stat= -o ppid= -o args= >/tmp/said
	! grep -q '^Z' /tmp/said
	ok $? "$place: nobody is left as a zombie" /tmp/said

	kill -KILL "$pid"
	await test ! -d "/proc/$pid/fd/0" # a zombie, or gone
	tell "/t/storm tree 50" >/tmp/said
	grep -q '^ended with 0$' /tmp/said
	ok $? "$place: the process that serves is killed: 32-bit programs that are started then are patched" /tmp/held
	if [ $place = beside ]; then
		await kill_all
		echo here >&5
		await grep -q '^here' /tmp/held
		ok $? "$place: all of the supervisor's processes are killed: what runs still makes sockets" /tmp/held
		tell "exec /t/storm" >/tmp/said
		[ "$(cat /tmp/said)" != "ended with 0" ] && grep -q '^ended with' /tmp/said
		ok $? "$place: a 32-bit program that is started then fails, and nothing hangs" /tmp/held
	fi
	tell "exec /sc/socketcall" >/tmp/said
	grep -q "ended with 125" /tmp/said && tail -n 3 /tmp/held | grep -q "no command is given"
	ok $? "$place: but a 64-bit program runs" /tmp/held
	let_go
	await sh -c '! pgrep -x socketcall' >/dev/null
	ok $? "$place: and when all have ended no process is left" /tmp/said
done
