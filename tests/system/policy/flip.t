#!/bin/sh
# SPDX-License-Identifier: MIT
# One thread writes an allowed and a refused family by turns to the block of arguments while another thread makes calls
# with it. No call gets a socket of the refused family, at any door. As a control, with a supervisor that judges the
# block in memory some do. CALLS and TURNED are the numbers of calls (flip.campaign).
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/socketcall build/tests/policy-flip64 build/tests/policy-flip32
prepared
: "${CALLS:=100000}" "${TURNED:=3000}"

flips() { # PROGRAM DOOR CALLS
	timeout -k 1 $((600 + $3 / 1000)) build/socketcall run --families AF_UNIX -- \
		"build/tests/policy-$1" "$2" "$3" >"$work/log" 2>&1
	ok $? "$1, $2: none of $3 calls gets a socket of the refused family"
}

for door in native i386; do flips flip64 $door "$CALLS"; done
for door in direct i386 multiplexed; do flips flip32 $door "$CALLS"; done
# Fewer calls here, because each call by an int $0x80 of the program's own is reported and turned.
flips flip32 socketcall "$TURNED"

for program in flip64 flip32; do
	timeout 600 "build/tests/policy-$program" control 100000 >"$work/log" 2>&1
	[ $? = 1 ]
	ok $? "$program: a supervisor that judges the block in memory lets a call for the refused family through"
done
build/tests/policy-flip32 multiplexed "$CALLS" >"$work/log" 2>&1
[ $? = 1 ]
ok $? "without a policy, these programs get sockets of both families"
plan
