#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run` in a Landlock sandbox, in which the memory of other processes can't be opened for writing.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall preload build/tests/reported build/tests/landlocked build/tests/trap build/tests/first \
	build/tests/appear
prepared
run=build/socketcall
landlocked=build/tests/landlocked

if ! $landlocked true 2>/dev/null; then
	echo "1..0 # SKIP this kernel has no Landlock"
	exit
fi
# Uses new files each time: the supervisor of an earlier run may not have written its last line yet.
bounded() { rm -f "$work/out" "$work/err" && timeout -k 5 120 "$@" >"$work/out" 2>"$work/err" </dev/null; }
logged() { cat "$work/out" "$work/err" >"$work/log"; }

: >"$work/file"
: >"$work/log"
# shellcheck disable=SC2016  # for the shell inside
! $landlocked sh -c 'printf x >"$1"' sh "$work/file" 2>"$work/log" && ! [ -s "$work/file" ]
ok $? "in the sandbox files can't be opened for writing"
bounded $landlocked $run closed $run run build/tests/appear old
logged
[ "$(cat "$work/out")" = cs36n ] && ! [ -s "$work/err" ]
ok $? "run: a static program is patched, and nothing is printed"
bounded $landlocked $run closed $run run --verbose build/tests/appear old
logged
grep -q '^socketcall run: cannot write the memory of other processes (.*): programs are followed by'\
' ptrace$' "$work/err"
ok $? "run --verbose says that programs are followed by ptrace"
bounded $landlocked $run closed $run run --verbose build/tests/first once
logged
# shellcheck disable=SC2016  # no variable
grep -qE '^socketcall run: [0-9]+ first: vdso; has an int \$0x80 of its own, which needs --trap$' "$work/err"
ok $? "… and of a program that its text seems to contain an int \$0x80 for such calls"
bounded build/tests/trap
cp "$work/out" "$work/open"
bounded $landlocked $run closed $run run --trap build/tests/trap
logged
cmp -s "$work/out" "$work/open" && ! [ -s "$work/err" ]
ok $? "run --trap: an int \$0x80 of a program's own works as on the open kernel"
bounded $landlocked build/tests/reported build/tests/trap
logged
cmp -s "$work/out" "$work/open" && ! [ -s "$work/err" ]
ok $? "… also if multiplexed calls are reported"
plan
