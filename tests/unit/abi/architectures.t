#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/architectures.md has the table that tools/architectures prints, and every list of architectures is complete.
# Needs no 32-bit programs: it compares texts.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh

tools/architectures >"$work/table" && grep '^|' docs/architectures.md | diff - "$work/table" >"$work/log" 2>&1
ok $? "docs/architectures.md has the table of the facts (else: tools/architectures --write)"
for arch in abi/arch/*.def; do
	arch=$(basename "$arch" .def)
	[ "$arch" != all ] || continue
	grep -qx "#include \"abi/arch/$arch.def\"" abi/arch/all.def &&
		grep -qx "#include \"arch/$arch.def\"" abi/native.h &&
		grep -q "^$arch " tools/arches
	ok $? "$arch is in abi/arch/all.def, abi/native.h and tools/arches"
done
for arch in $(arches_rows all | while read -r name _ _ runs _; do [ "$runs" != facts ] || echo "$name"; done); do
	grep -qw "except $arch" man/socketcall_raw.3
	ok $? "man/socketcall_raw.3 says that there is no entry for $arch"
done
plan
