# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # set by tap.sh
# For image.t and image.long, which source this file after tap.sh.

# image NAME SEEDS: edits the image $work/NAME, which build/tests/vdso printed, and checks the result by
# build/tests/image and by readelf; then edits SEEDS damaged copies.
image() {
	tap_of "$1" build/tests/image "$work/$1" "$work/$1.edited"
	cp "$work/out" "$work/checks"
	tail -c +5 "$work/$1" >"$work/$1.before"
	for what in before edited; do
		readelf -W --file-header --segments --sections --debug-dump=frames "$work/$1.$what" \
			>"$work/$1.$what.read" 2>"$work/$1.$what.said"
	done
	! [ -s "$work/$1.edited.said" ] && grep -q '^  LOAD ' "$work/$1.edited.read"
	diagnosed "$1.edited.said" $? "$1: readelf finds no errors in the edited image"
	[ "$(grep -c ' FDE ' "$work/$1.edited.read")" = $(($(grep -c ' FDE ' "$work/$1.before.read") + 3)) ]
	diagnosed "$1.edited.read" $? "$1: readelf finds three more frame descriptions than in the original"
	grep -q '\.dynsym ' "$work/$1.edited.read" && [ "$(dynamic "$1.edited")" = "$(dynamic "$1.before")" ] &&
		[ -n "$(dynamic "$1.edited")" ]
	diagnosed "$1.edited.read" $? "$1: readelf finds the same symbols and versions as in the original"
	tap_of "$1, $2 damaged copies" build/tests/image "$work/$1" 1 "$2"
}

dynamic() { readelf -W --dyn-syms --version-info "$work/$1" 2>/dev/null; }

diagnosed() { # FILE STATUS TEXT
	cp "$work/$1" "$work/log"
	ok "$2" "$3"
}
