#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs each libFuzzer target of the serving end (served.c) for a short time, with ASan and UBSan, and with memory that
# changes during a call. Also replays the inputs that found a fault earlier: found/TARGET-WHAT. ROUNDS: how many inputs.
# Needs no 32-bit programs: the guests are random bytes.
. "$(dirname "$0")/../fixtures/tap.sh"
need clang
build build/tests/fuzz-MARSHAL build/tests/fuzz-CONTROL build/tests/fuzz-OPTIONS build/tests/fuzz-FORMAT \
	build/tests/fuzz-wrong
prepared
here=$PWD
# By default libFuzzer begins with inputs of a few bytes, which are too short for a call. -len_control=0: of any length.
fuzz() { # TARGET
	(cd "$work" && timeout -s KILL 200 "$here/build/tests/fuzz-$1" -runs="${ROUNDS:-10000}" -seed="${SEED:-1}" \
		-max_len=1200 -len_control=0) >"$work/log" 2>&1
}
for target in MARSHAL CONTROL OPTIONS FORMAT; do
	fuzz $target
	ok $? "$target: no fault is found"
done
for found in tests/fuzz/found/*; do
	target=${found##*/}
	(cd "$work" && timeout -s KILL 200 "$here/build/tests/fuzz-${target%%-*}" "$here/$found") >"$work/log" 2>&1
	ok $? "${target%%-*}: the input of an earlier fault finds none: ${target#*-}"
done
! fuzz wrong && grep -q 'ERROR: AddressSanitizer' "$work/log"
ok $? "a server that writes beyond its scratch is noticed"
plan
