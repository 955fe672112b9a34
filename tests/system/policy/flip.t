#!/bin/sh
# SPDX-License-Identifier: MIT
# A thread writes an allowed and a refused family into the arguments while another one makes the calls: none slips
# through at any door that a policy leaves open. Where memory is judged instead, some do. CALLS says how many
# (flip.campaign).
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/socketcall build/tests/policy-flip64 build/tests/policy-flip32
prepared
: "${CALLS:=100000}"

flips() { # PROGRAM DOOR
	timeout $((60 + CALLS / 2000)) build/socketcall run --families AF_UNIX -- \
		"build/tests/policy-$1" "$2" "$CALLS" >"$work/log" 2>&1
	ok $? "$1, $2: none of $CALLS calls slips through"
}

for door in native i386; do flips flip64 $door; done
for door in direct i386 multiplexed; do flips flip32 $door; done

for program in flip64 flip32; do
	timeout 120 "build/tests/policy-$program" control 5000000 >"$work/log" 2>&1
	[ $? = 1 ]
	ok $? "$program: a supervisor that judges the block in memory lets a refused family through"
done
build/tests/policy-flip32 multiplexed "$CALLS" >"$work/log" 2>&1
[ $? = 1 ]
ok $? "without a policy, these programs get sockets of both families"
plan
