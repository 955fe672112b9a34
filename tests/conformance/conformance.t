#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the suite on this machine's kernel through every entry; with socketcall closed, through the preload and under
# run. An assertion for each program; a failed one shows which facts failed.
. "$(dirname "$0")/../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386 x86_64
builds="vdso gs int80 direct libc caller server"
# shellcheck disable=SC2046  # a list
build $(for build in $builds; do echo "conformance-$build"; done)
build ARCH=x86_64 conformance-direct conformance-libc conformance-caller conformance-server
build all build/tests/reported
prepared

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# each TEXT OPTION... FOLDER: runs tests/conformance/run, and repeats its assertions.
each() {
	text=$1
	shift
	tap_of "$text" tests/conformance/run --tap "$@"
}

for build in $builds; do
	least=
	[ "$build" != vdso ] || least="--least 1000"
	# shellcheck disable=SC2086  # nothing, or two words
	each "i386, natively" $least "build/conformance/i386/$build"
done
for build in direct libc caller server; do
	each "x86_64, natively" build/conformance/x86_64/$build
done
for build in gs libc; do
	each "i386, closed, with the preload" \
		--with "build/socketcall closed -- build/socketcall run --preload-only --" build/conformance/i386/$build
	each "i386, open, with the preload" --with "build/socketcall run --preload-only --" \
		"build/conformance/i386/$build"
done
for build in vdso gs libc; do
	each "i386, closed, under run" --with "build/socketcall closed -- build/socketcall run --" \
		build/conformance/i386/$build
	each "i386, open, under run" --with "build/socketcall run --" "build/conformance/i386/$build"
	each "i386, multiplexed calls reported" --with build/tests/reported "build/conformance/i386/$build"
done
each "i386, closed, under run --trap" --with "build/socketcall closed -- build/socketcall run --trap --" \
	build/conformance/i386/int80
each "i386, closed, caller" --with "build/socketcall closed --" build/conformance/i386/caller
each "i386, closed, direct" --with "build/socketcall closed --" build/conformance/i386/direct

# The runner must report facts that fail.
! tests/conformance/run --with "build/socketcall closed --" --baseline build/conformance/i386/gs >"$work/log" 2>&1 &&
	tail -n 1 "$work/log" | grep -qE '^[0-9]+ passed, [1-9][0-9]* failed$' &&
	grep -q 'differs: entry.listen.page-end: natively ok, here not ok (it is -38' "$work/log"
ok $? "with socketcall closed and without run, facts fail, and the runner names those that differ from the open kernel"
tests/conformance/run --with "build/socketcall closed --" --known tests/conformance/known/closed \
	build/conformance/i386/int80 \
	>"$work/log" 2>&1 && grep -q '^known: .*: [1-9][0-9]* facts don.t hold' "$work/log" &&
	tail -n 1 "$work/log" | grep -qx '0 passed, 0 failed'
ok $? "facts that are known to fail are counted apart, with the reason"

# A network namespace without IPv6, whose loopback is down.
as_root unshare --net sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 &&
	exec tests/conformance/run build/conformance/i386/vdso' \
	>"$work/log" 2>&1 && grep -q '^limit ipv6: there is no IPv6 loopback here, of [1-9][0-9]* facts' "$work/log"
ok $? "without IPv6, and with the loopback down, the other facts hold, and the limit is named"
plan
