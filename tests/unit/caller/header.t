#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles the header alone by this machine's compilers.
# Needs no 32-bit programs: it compiles only.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/unit/caller/header.sh
arches_need x86_64 i386
need g++ g++-i686-linux-gnu clang
build headers
header_checks x86_64 gcc
header_checks i386 i686-linux-gnu-gcc
header_checks "i386 by %gs" i686-linux-gnu-gcc -DSOCKETCALL_I386_GS -fPIC
header_checks "x86_64 by clang" clang
header_checks "i386 by clang" clang -m32
for doors in $DOORS; do
	for standard in c++11 c++17 c++20; do
		compiles "x86_64: $standard, $doors" g++ -std=$standard "-DSOCKETCALL_$doors" -O2 "$work/twice.cc"
		compiles "i386: $standard, $doors" i686-linux-gnu-g++ -std=$standard "-DSOCKETCALL_$doors" -O2 \
			"$work/twice.cc"
		compiles "x86_64 by clang: $standard, $doors" clang++ -std=$standard "-DSOCKETCALL_$doors" -O2 \
			"$work/twice.cc"
	done
done
! gcc -DSOCKETCALL_DIRECT_ONLY -DSOCKETCALL_DIRECT_FIRST -Ibuild/include -c -o "$work/o" "$work/twice.c" >"$work/log" \
	2>&1 &&
	grep -q 'more than one choice of doors' "$work/log"
ok $? "two choices of doors are an error whose message names the cause"
plan
