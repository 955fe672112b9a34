#!/bin/sh
# SPDX-License-Identifier: MIT
# What a program of the tree sees of how it is supervised, where that is the kernel's doing: docs/run.md, "What a tree
# can't do". Each is held against the program alone, which must be otherwise, and against socketcall closed by a filter.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall preload build/tests/traced
prepared
socketcall=build/socketcall

# traced PART [COMMAND]...: what it prints when it is started by the command, in one line.
traced() {
	part=$1
	shift
	timeout -k 5 60 "$@" build/tests/traced "$part" 2>"$work/err" </dev/null | tr '\n' ';'
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
is "$(traced listener $socketcall run)" "a listener: EBUSY;" "under socketcall run it can't, since that has one"

every="PTRACE_TRACEME: works;PTRACE_ATTACH: works;PTRACE_SEIZE: works;"
for how in "" "$socketcall run" "$socketcall run --preload-only"; do
	# shellcheck disable=SC2086  # a list
	is "$(traced tracer $how)" "$every" "a program ${how:+under ${how#build/} }can trace its children"
done
is "$(traced tracer $socketcall run --trap)" "PTRACE_TRACEME: EPERM;PTRACE_ATTACH: EPERM;PTRACE_SEIZE: EPERM;" \
	"under socketcall run --trap each way to do so is answered with an error, and nothing waits"

closed=$(traced metadata $socketcall closed)
is "$(traced metadata $socketcall run)" "$closed" \
	"PTRACE_SECCOMP_GET_METADATA is answered under run as under any other filter"
is "$(traced metadata $socketcall run --preload-only)" "$(traced metadata)" \
	"and under run --preload-only, which loads none, as in a program alone"

there="SIGTERM ended it (signal 15), and its child was there then;"
for how in "" "$socketcall run" "$socketcall run --preload-only"; do
	# shellcheck disable=SC2086  # a list
	is "$(traced vfork $how)" "$there" \
		"a program ${how:+under ${how#build/} }that waits in vfork() is ended by a SIGTERM at once"
done
is "$(traced vfork $socketcall run --trap)" "SIGTERM ended it (signal 15), and its child had ended then;" \
	"under socketcall run --trap it is when the waiting is over"
plan
