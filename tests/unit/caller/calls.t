#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the calling end on this machine, 64-bit and 32-bit: every choice of doors, with both doors open and with either
# closed.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/unit/caller/calls.sh
arches_need x86_64 i386
for arch in x86_64 i386; do
	for doors in $DOORS; do build "build/tests/calls/$arch/$doors"; done
done
prepared
for arch in x86_64 i386; do
	for doors in $DOORS; do
		calls_build "$arch" "$doors" || exit
		tap_of "$arch, $doors" "$program"
		for closed in direct multiplexed; do
			tap_of "$arch, $doors, closed: $closed" "$program" --close $closed
		done
	done
done
# A kernel without 32-bit times has recvmmsg_time64 alone.
calls_build i386 DIRECT_FIRST && tap_of "i386, only recvmmsg_time64" "$program" --close recvmmsg
plan
