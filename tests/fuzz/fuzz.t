#!/bin/sh
# SPDX-License-Identifier: MIT
# A short run of each libFuzzer target of the serving end (served.c), with ASan and UBSan, and memory that changes under
# it; and in found/ the inputs that once did harm, TARGET-WHAT. ROUNDS: how many inputs. SEED.
# Needs no 32-bit programs: the guests are made up.
. "$(dirname "$0")/../fixtures/tap.sh"
need clang
build build/tests/fuzz-MARSHAL build/tests/fuzz-CONTROL build/tests/fuzz-OPTIONS build/tests/fuzz-FORMAT \
	build/tests/fuzz-wrong
prepared
here=$PWD
fuzz() { # TARGET
	(cd "$work" && timeout -s KILL 200 "$here/build/tests/fuzz-$1" -runs="${ROUNDS:-10000}" -seed="${SEED:-1}" \
		-max_len=1200) >"$work/log" 2>&1
}
for target in MARSHAL CONTROL OPTIONS FORMAT; do
	fuzz $target
	ok $? "$target: nothing is found"
done
for found in tests/fuzz/found/*; do
	target=${found##*/}
	timeout -s KILL 200 "build/tests/fuzz-${target%%-*}" "$found" >"$work/log" 2>&1
	ok $? "${target%%-*}: what was found, ${target#*-}, isn't any more"
done
! fuzz wrong && grep -q 'ERROR: AddressSanitizer' "$work/log"
ok $? "a server that uses what isn't its own is found out"
plan
