#!/bin/sh
# SPDX-License-Identifier: MIT
# Differences that the kernel makes for a supervised program: docs/run.md, "What a tree can't do". Each is compared with
# the program alone, and with socketcall closed by a filter.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall preload build/tests/traced
prepared
socketcall=build/socketcall

# traced PART [COMMAND]...: prints the program's output, when the command starts it, in one line.
traced() {
	part=$1
	shift
	# shellcheck disable=SC2086  # words
	timeout -k 5 60 "$@" build/tests/traced $part 2>"$work/err" </dev/null | tr '\n' ';'
}

is() { # GOT WANTED TEXT
	echo "got: $1, wanted: $2" >"$work/log"
	cat "$work/err" >>"$work/log"
	[ "$1" = "$2" ]
	ok $? "$3"
}

for how in "" "$socketcall closed" "$socketcall run --trap" "$socketcall run --preload-only"; do
	# shellcheck disable=SC2086  # a list
	is "$(traced listener $how)" "a listener: works;" \
		"a program ${how:+under ${how#build/} }can have a seccomp listener"
done
is "$(traced listener $socketcall run)" "a listener: EBUSY;" "under socketcall run it can't, because run has one"

every="PTRACE_TRACEME: works;PTRACE_ATTACH: works;PTRACE_SEIZE: works;"
for how in "" "$socketcall run" "$socketcall run --preload-only"; do
	# shellcheck disable=SC2086  # a list
	is "$(traced tracer $how)" "$every" "a program ${how:+under ${how#build/} }can trace its children"
done
is "$(traced tracer $socketcall run --trap)" "PTRACE_TRACEME: EPERM;PTRACE_ATTACH: EPERM;PTRACE_SEIZE: EPERM;" \
	"under socketcall run --trap each way to do so fails, and nothing waits"

closed=$(traced metadata $socketcall closed)
is "$(traced metadata $socketcall run)" "$closed" \
	"under run, PTRACE_SECCOMP_GET_METADATA has the same result as under any other filter"
is "$(traced metadata $socketcall run --preload-only)" "$(traced metadata)" \
	"under run --preload-only, which loads no filter, it has the same result as in a program alone"

# Where the signal ends the program at once, the child is there then, however slow the machine is, within half a minute.
there="SIGTERM ended it (signal 15), and its child was there then;"
for how in "" "$socketcall run" "$socketcall run --preload-only"; do
	# shellcheck disable=SC2086  # a list
	is "$(traced "vfork 30000" $how)" "$there" \
		"SIGTERM ends a program ${how:+under ${how#build/} }that waits in vfork() at once"
done
is "$(traced "vfork 1000" $socketcall run --trap)" "SIGTERM ended it (signal 15), and its child had ended then;" \
	"under socketcall run --trap it ends it only after the wait"
plan
