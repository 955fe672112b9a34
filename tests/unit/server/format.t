#!/bin/sh
# SPDX-License-Identifier: MIT
# socketcall_format() describes random calls as strace does, line by line (format.pl). ROUNDS: how many sequences of
# about twenty calls; SEED: the first one's.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need x86_64 i386
need strace perl
build build/tests/formatted-i386 build/tests/formatted-x86_64
prepared

as_strace() { # PROGRAM WHAT
	# in a folder of its own, because the calls bind UNIX sockets to relative paths
	folder=$(mktemp -d "$work/XXXXXX")
	(cd "$folder" && timeout -s KILL 600 strace -a1 -e trace=%net -o "$work/strace" "$1" "$work/ours" "${SEED:-1}" \
		"${ROUNDS:-150}" 2>"$work/err")
	tests/unit/server/format.pl "$work/ours" "$work/strace" >"$work/log"
	ok $? "$2: $(tail -n 1 "$work/log")"
}
as_strace "$PWD/build/tests/formatted-i386" "i386, by socketcall"
as_strace "$PWD/build/tests/formatted-x86_64" "x86_64, by the direct calls"

# The comparison must notice one wrong digit in one line.
sed '100s/[0-9]/9/;100s/SOCK\|MSG/SACK/' "$work/ours" >"$work/wrong"
! tests/unit/server/format.pl "$work/wrong" "$work/strace" >"$work/log"
ok $? "a line that differs is noticed"
plan
