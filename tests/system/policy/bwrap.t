#!/bin/sh
# SPDX-License-Identifier: MIT
# bubblewrap and a policy, in the three ways of docs/run.md: `socketcall run` starts bubblewrap, bubblewrap starts
# `socketcall run`, or bubblewrap loads the policy's filter (formats.t tests that for all families). Each way is tried
# with an allowed and a refused family, at each door.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
need bubblewrap
build build/socketcall preload build/tests/policy-make64 build/tests/policy-make32
prepared
chmod 755 "$work"
cp -R build/socketcall build/preload build/tests/policy-make64 build/tests/policy-make32 "$work" # for other users
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
enosys=-38 refused=-97

# The answer to socket(FAMILY, SOCK_STREAM, 0): BITS DOOR FAMILY COMMAND...
answer() {
	program="$work/policy-make$1 $2 $3 1 0"
	shift 3
	# shellcheck disable=SC2086  # words
	(cd / && timeout -k 1 60 "$@" $program) 2>"$work/log"
}
# WANTED BITS DOOR FAMILY COMMAND...: true if the answer is WANTED
is() {
	wanted=$1
	shift
	got=$(answer "$@")
	echo "$got" >>"$work/log"
	[ "$got" = "$wanted" ]
}
# NAME COMMAND...: tests that AF_UNIX is allowed and AF_INET refused, at each door
test_doors() {
	name=$1
	shift
	for door in '64 native' '64 i386' '32 direct' '32 multiplexed' '32 socketcall'; do
		# shellcheck disable=SC2086
		is 0 $door 1 "$@" && is $refused $door 2 "$@"
		ok $? "$name: $door"
	done
}

run="$work/socketcall run --families AF_UNIX --"
routed="$work/socketcall run --families AF_UNIX,AF_NETLINK:RAW:ROUTE --"
shared="bwrap --dev-bind / / --"
apart="bwrap --unshare-user --unshare-pid --unshare-ipc --ro-bind / / --dev /dev --proc /proc --"
alone="bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc --"

# shellcheck disable=SC2086
{
	test_doors "outside" $run $shared
	test_doors "outside, with namespaces" $run $apart
	test_doors "outside, with a network namespace" $routed $alone
	test_doors "inside" $shared $run
	test_doors "inside, with namespaces" $alone $run
}

# shellcheck disable=SC2086
is 0 64 native 2 $shared && is 0 32 multiplexed 2 $shared
ok $? "without a policy, programs in bubblewrap get a socket of the refused family"

# bubblewrap brings up the loopback of a new network namespace by a NETLINK_ROUTE socket.
# shellcheck disable=SC2086
answer 64 native 1 $run $alone >"$work/out"
[ ! -s "$work/out" ] && grep -q NETLINK_ROUTE "$work/log"
ok $? "outside, without AF_NETLINK:RAW:ROUTE, bubblewrap can't make a network namespace, and starts no program"

# ---- The filter alone ------------------------------------------------------------------------------------------------

"$work/socketcall" filter --families AF_UNIX --format bpf >"$work/filter"
# COMMAND...: runs it in bubblewrap, which loads the filter
filtered() { bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc --seccomp 9 -- "$@" 9<"$work/filter"; }
# WANTED BITS DOOR FAMILY TEXT [COMMAND...]
in_filtered() {
	wanted=$1 program="$work/policy-make$2 $3 $4 1 0" text=$5
	shift 5
	# shellcheck disable=SC2086
	filtered timeout -k 1 60 "$@" $program >"$work/out" 2>"$work/log"
	cat "$work/out" >>"$work/log"
	[ "$(cat "$work/out")" = "$wanted" ]
	ok $? "bwrap --seccomp: $text"
}
in_filtered 0 64 native 1 "an allowed family gets a socket"
in_filtered $refused 64 native 2 "a refused family gets EAFNOSUPPORT"
in_filtered $refused 64 i386 2 "… also by i386's entry"
in_filtered $enosys 32 multiplexed 1 "multiplexed calls get ENOSYS"
in_filtered 0 32 multiplexed 1 "under socketcall run, multiplexed calls get a socket of an allowed family" \
	"$work/socketcall" run --
in_filtered $refused 32 multiplexed 2 "… and EAFNOSUPPORT for a refused one" "$work/socketcall" run --

# ---- As an ordinary user ---------------------------------------------------------------------------------------------

# shellcheck disable=SC2086
if $nobody bwrap --ro-bind / / -- true 2>"$work/log"; then
	test_doors "an ordinary user, outside" $nobody $run $apart
	test_doors "an ordinary user, inside" $nobody $alone $run
else
	ok 0 "an ordinary user # SKIP bubblewrap: $(head -n 1 "$work/log")"
fi
plan
