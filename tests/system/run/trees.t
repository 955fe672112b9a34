#!/bin/sh
# SPDX-License-Identifier: MIT
# Two supervisors in one process, with socketcall closed: each serves its own tree, and knows nothing of the other:
# trees.c.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall build/tests/trees build/tests/loader
prepared
cp build/tests/loader "$work/copy"

timeout -k 5 120 build/socketcall closed -- build/tests/loader socket
[ $? = 3 ]
ok $? "closed, the program can't create a socket without a supervisor"
tap_of "two supervisors" build/socketcall closed -- build/tests/trees build/tests/loader "$work/copy"
cp "$work/out" "$work/log"
[ $ended = 0 ] && [ "$(tail -n 1 "$work/log")" = 1..19 ]
ok $? "all checks were made"
# With one supervisor for both trees, their events have one context, and hindering processes of the first tree displace
# those of the second.
timeout -k 5 400 build/socketcall closed -- build/tests/trees --shared build/tests/loader "$work/copy" >"$work/log" 2>&1
grep -q '^not ok .* tree 0: each event is of a process of this tree$' "$work/log" &&
	grep -q '^not ok .* tree 1: every program ends well$' "$work/log"
ok $? "with one supervisor for both trees this test fails"
plan
