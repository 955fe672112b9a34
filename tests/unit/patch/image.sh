# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # set by tap.sh
# What image.t and image.long share: sourced behind tap.sh. The program is built with the sanitizers.

# image NAME SEEDS: holds the edit of $work/NAME, as build/tests/vdso prints it, against what it must be, by a program
# of this test's and by readelf.
image() {
	tap_of "$1" build/tests/image "$work/$1" "$work/$1.edited"
	cp "$work/out" "$work/checks"
	tail -c +5 "$work/$1" >"$work/$1.before"
	for what in before edited; do
		readelf -W --file-header --segments --sections --debug-dump=frames "$work/$1.$what" \
			>"$work/$1.$what.read" 2>"$work/$1.$what.said"
	done
	! [ -s "$work/$1.edited.said" ] && grep -q '^  LOAD ' "$work/$1.edited.read"
	diagnosed "$1.edited.said" $? "$1: readelf has nothing to say against the edited image"
	[ "$(grep -c ' FDE ' "$work/$1.edited.read")" = $(($(grep -c ' FDE ' "$work/$1.before.read") + 3)) ]
	diagnosed "$1.edited.read" $? "$1: it reads three frame descriptions more than in the original"
	grep -q '\.dynsym ' "$work/$1.edited.read" && [ "$(dynamic "$1.edited")" = "$(dynamic "$1.before")" ] &&
		[ -n "$(dynamic "$1.edited")" ]
	diagnosed "$1.edited.read" $? "$1: and the same symbols and versions"
	tap_of "$1, $2 damaged copies" build/tests/image "$work/$1" 1 "$2"
}

dynamic() { readelf -W --dyn-syms --version-info "$work/$1" 2>/dev/null; }

diagnosed() { # FILE STATUS TEXT
	cp "$work/$1" "$work/log"
	ok "$2" "$3"
}
