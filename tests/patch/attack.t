#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run` and programs that mean harm, or are odd, on this machine. No libc of 32 bits is needed.
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
run() {
	timeout 60 build/socketcall run -v -- "$@"
}
closed_run() {
	timeout 60 build/socketcall closed -- build/socketcall run -v -- "$@"
}
witness=build/obj/witness/witness # 0: its multiplexed call came through

small() { # NAME SOURCE
	"${CC:-cc}" -m32 -march=i686 -idirafter "/usr/include/$("${CC:-cc}" -print-multiarch)" -O2 -ffreestanding -fno-builtin \
		-fno-stack-protector -fcf-protection=none -nostdlib -static -no-pie -Wall -Wextra -Werror -o "$work/$1" "$2"
}

{ make -s build/socketcall && small forge tests/patch/programs/forge.c && small sites tests/patch/programs/sites.S; } \
	>"$work/log" 2>&1
ok $? "the programs compile without a warning"
chmod 755 "$work" "$work"/*

! build/socketcall closed -- "$witness" >"$work/log" 2>&1
ok $? "where socketcall is closed, the witness doesn't reach it"
closed_run "$witness" >"$work/log" 2>&1
ok $? "… but does when it is run"
closed_run "$work/forge" "$witness" >"$work/log" 2>&1
ok $? "a program that put another vDSO in the place of its own isn't in the way of the next program"
closed_run "$work/forge" "$work/forge" "$witness" >"$work/log" 2>&1
ok $? "… nor are two"

run "$work/sites" >"$work/log" 2>&1
[ $? = 2 ]
ok $? "a site is found that lies at the end of what is looked through at a time"
# shellcheck disable=SC2016  # for the shell inside
run sh -c '"$1"; "$1"; [ $? = 2 ]' sh "$work/sites" >"$work/log" 2>&1
ok $? "… in the second program of that file, too"
# shellcheck disable=SC2016
run sh -c 'setpriv --reuid 65534 --clear-groups "$1" /bin/true; "$1"; [ $? = 2 ]' sh "$work/sites" >"$work/log" 2>&1
ok $? "another user's program that took the sites away hides none of this user's"

echo "1..$tests"
