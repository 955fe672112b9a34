#!/bin/sh
# SPDX-License-Identifier: MIT
# Code that makes multiplexed calls and is mapped after a program's start: programs/appear.c maps some in each way.
# late.long does the same with real programs.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall build/tests/reported build/tests/appear
prepared
program=$PWD/build/tests/appear
run=build/socketcall

# says TEXT COMMAND...: true if the command prints exactly TEXT.
says() {
	text=$1
	shift
	timeout -k 5 60 "$@" >"$work/log" 2>&1 </dev/null
	[ "$(cat "$work/log")" = "$text" ]
}
describe() {
	case $1 in
	packed) echo "a packed program" ;;
	plugin) echo "a Go plugin" ;;
	glibc) echo "a libc that wasn't mapped at the start" ;;
	old) echo "Go up to 1.6" ;;
	late) echo "code that no reported call announces" ;;
	esac
}
for how in packed plugin glibc old late; do
	what=$(describe $how)
	says cs36n "$program" $how
	ok $? "$what: on the open kernel, all of its stubs work"
	says n $run closed "$program" $how
	ok $? "$what: where socketcall is closed, none works except for other calls"
	if [ $how = late ]; then
		says n $run closed $run run "$program" $how
		ok $? "$what: run alone doesn't reach it"
	else
		# The second time, the sites that are remembered of the file are used.
		for turn in first second; do
			says cs36n $run closed $run run "$program" $how
			ok $? "$what: under run, all work ($turn)"
		done
	fi
	says cs36n $run closed $run run --trap "$program" $how
	ok $? "$what: … and with --trap"
	says cs36n build/tests/reported "$program" $how
	ok $? "$what: … and if multiplexed calls are reported"
done
cat >"$work/twice" <<'END'
for how in packed plugin glibc old packed plugin glibc old; do "$1" $how; done
END
timeout -k 5 60 $run closed $run run -v sh "$work/twice" "$program" >"$work/out" 2>"$work/err"
cat "$work/out" "$work/err" >"$work/log"
[ "$(sort -u "$work/out")" = cs36n ] && [ "$(grep -c ' appear: vdso, stub, go$' "$work/err")" = 8 ] &&
	[ "$(grep -c ' appear: later, stub, go$' "$work/err")" = 4 ]
ok $? "--verbose says what was patched at the start, and what later"
plan
