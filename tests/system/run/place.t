#!/bin/sh
# SPDX-License-Identifier: MIT
# Under `socketcall run`, a program must find the same surroundings, and its parent must see the same of it, as without
# run: with the supervisor beside it, and above it, as under Yama, which lets a process write only its descendants'
# memory. As process 1: process1.t.
# Needs no 32-bit programs: what it starts is of 64 bits.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/socketcall build/tests/above/socketcall build/tests/place build/tests/pty build/tests/doors
# shellcheck disable=SC2034  # by eval
beside=$PWD/build/socketcall
# shellcheck disable=SC2034
above=$PWD/build/tests/above/socketcall

for place in beside above; do
	eval "socketcall=\$$place"
	# shellcheck disable=SC2154  # set by eval
	tap_of "the program" build/tests/place $place "$socketcall" run --

	# shellcheck disable=SC2016  # for the shell inside
	got=$(timeout 60 "$socketcall" run -v -- sh -c 'echo "$(echo one) $(echo two)"; exit 3' 2>"$work/$place.1")
	status=$?
	cp "$work/$place.1" "$work/log"
	[ "$status $got" = "3 one two" ]
	ok $? "$place: command substitution ends"
	[ "$(grep -c '^socketcall run: [0-9]* sh: native$' "$work/log")" = 1 ]
	ok $? "$place: --verbose names a 64-bit program once, although it forks"
	# cat reads to the end of the pipe, which comes when the supervisor, too, has ended.
	timeout 60 "$socketcall" run --verbose -- sh -c '/bin/true; exit 3' 2>&1 >/dev/null | cat >"$work/log"
	sed -n 1p "$work/log" | grep -q '^socketcall run: [0-9]* sh: native$' && sed -n '$p' "$work/log" |
		grep -q "^socketcall run: 0 32-bit programs were seen (2 native): if one ran, it was not served$"
	ok $? "$place: the first line names the program, and the last one says that no 32-bit program was seen"
	# shellcheck disable=SC2016
	echo word | timeout 60 "$socketcall" run -- sh -c 'read -r x; echo "$x"' | grep -qx word
	ok $? "$place: it works in a pipeline"
	timeout 60 "$socketcall" run -- yes 2>/dev/null | head -n 1 | grep -qx y
	ok $? "$place: SIGPIPE ends it"
	# shellcheck disable=SC3045  # dash has it
	(ulimit -v 2000 && exec "$socketcall" run -- build/tests/place exit 3) >"$work/log" 2>&1
	[ $? = 3 ] && grep -q "^socketcall run: cannot start the supervisor (Cannot allocate memory): " "$work/log"
	ok $? "$place: without memory for a supervisor, run says so and starts the program"
	timeout 60 build/tests/doors x86_64:28:-:kill -- "$socketcall" run -v -- sh -c 'exit 3' 2>"$work/$place.2"
	[ $? = 3 ] && cp "$work/$place.2" "$work/log" && grep -q '^socketcall run: [0-9]* sh: native$' "$work/log"
	ok $? "$place: a supervisor doesn't need madvise(), which a filter may refuse"
done

# A filter kills each server at its first use of the listener, the first ioctl() on a descriptor above 2. The guard
# gives up after some servers, and reported calls fail.
cp "$beside" "$work/crashing"
timeout 60 build/tests/doors 'x86_64:16:0!0xffffffff,0,1,2:kill' -- "$work/crashing" run -v -- /bin/true \
	>"$work/log" 2>&1
[ $? = 127 ]
ok $? "beside: if each server crashes, a reported start fails, and doesn't wait for ever"
nobody_left() {
	for link in /proc/[0-9]*/exe; do
		[ "$(readlink "$link" 2>/dev/null)" != "$work/crashing" ] || return 1
	done
}
tries=0
until nobody_left || [ $((tries += 1)) -gt 600 ]; do sleep 0.1; done
nobody_left
ok $? "beside: … and no process of the supervisor is left"

# Job control by an interactive shell on a terminal: the same script beside, above, and without `run`.
# `fg` prints the command again, with the folder's name, which may contain any word: so the words that the script waits
# for are in marks.
jobs_of() {
	loop="$* $PWD/build/tests/place loop"
	cat <<-END
		expect #
		send bind 'set enable-bracketed-paste off' 2>/dev/null; PS1='<>'\r
		expect <>
		send $loop\r
		expect (ready)
		send \3
		expect <>
		send echo status=\$?\r
		expect status=130
		expect <>
		send $loop\r
		expect (ready)
		send \32
		expect Stopped
		expect <>
		send echo bet""ween\r
		expect between
		expect <>
		send fg\r
		expect (again)
		send \3
		expect <>
		send echo status=\$?\r
		expect status=130
		expect <>
		send $* sh -c 'echo "(rea""dy)"; exec sleep 300'\r
		expect (ready)
		send \32
		expect Stopped
		expect <>
		send bg; kill %%; wait %%; echo status=\$?\r
		expect status=143
		expect <>
		send $* sh -c 'echo "(rea""dy)"; kill -STOP \$\$; echo on; exec sleep 300' & p=\$!\r
		expect (ready)
		send while :; do case \$(jobs) in *Stopped*) break;; esac; done; kill -CONT \$p; echo sent\r
		expect on
		send kill \$p; while wait \$p; r=\$?; [ \$r = 147 ]; do :; done; echo status=\$r\r
		expect status=143
		expect <>
		send $* sh -c 'read x; echo rea""d \$x; tty; exit 5'\r
		send words\r
		expect read words
		expect /dev/pts
		expect <>
		send exit\r
	END
}
for place in without beside above; do
	run=
	[ $place = without ] || eval "run=\"\$$place run --\""
	# shellcheck disable=SC2086  # two words and a path without blanks
	jobs_of $run | build/tests/pty env PS1='# ' TERM=dumb bash --norc --noprofile --noediting -i >"$work/log" 2>&1
	[ $? = 5 ]
	ok $? "$place: Ctrl-C, Ctrl-Z, fg, bg, kill and the terminal are as a shell and its user expect"
done
plan
