# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2016,SC2154
# For killed.t and killed.long, which have sourced fixtures/tap.sh: one of the supervisor's processes is killed at every
# $STEP'th of its system calls, while `socketcall run` starts a 32-bit program with socketcall closed.
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall build/tests/above/socketcall build/tests/killer build/tests/loader
prepared
beside=$PWD/build/socketcall above=$PWD/build/tests/above/socketcall loader=$PWD/build/tests/loader

# Appends a line to the file $1, so that its starts can be counted, and creates a socket.
printf '%s\n' '#!/bin/sh' 'echo runs >>"$1"' "exec $loader socket" >"$work/program"
chmod +x "$work/program"

# each ROLE NUMBER RUN PROGRAM...: kills the role's process (killer.c) at one moment after the other. Writes a line for
# each to $work/outcomes: "killed" or "ended", and the exit status. If $policy is set, this policy closes socketcall
# instead of an outer filter.
policy=
each() {
	role=$1 number=$2 run=$3 stop=0 outer='build/socketcall closed --' options=
	[ -z "$policy" ] || { outer='' && options="--families $policy"; }
	shift 3
	: >"$work/outcomes"
	: >"$work/errors"
	while :; do
		# shellcheck disable=SC2086  # words
		said=$(timeout -k 5 90 $outer build/tests/killer "$role" "$number" "$stop" "$run" run $options -- "$@" \
			2>>"$work/errors")
		echo "${said%%
*} $?" >>"$work/outcomes"
		case $said in killed*) ;; *) break ;; esac
		stop=$((stop + STEP))
	done
	sort "$work/outcomes" | uniq -c | sed 's/^ */# /'
}
# True if there were at least so many moments, and no other outcomes.
all_of() { # LEAST OUTCOMES
	cat "$work/outcomes" "$work/errors" >"$work/log"
	[ "$(wc -l <"$work/outcomes")" -gt $(($1 / STEP)) ] && ! grep -qvxE "$2" "$work/outcomes"
}

each server 243 "$beside" "$loader" socket
all_of 30 '(killed|ended) 0'
ok $? "beside: the server is killed while it deals with a start: the program is patched"
each server 354 "$beside" "$loader" filter
all_of 60 '(killed|ended) 0|killed 137' && grep -qx 'killed 0' "$work/outcomes"
ok $? "beside: the server is killed while it extends a filter: it is extended, or the program ends with the server"
for role in supervisor server; do
	each $role 0 "$beside" "$work/program" "$work/runs"
	all_of 20 '(killed|ended) 0' && [ "$(wc -l <"$work/runs")" = "$(wc -l <"$work/outcomes")" ]
	ok $? "beside: its $role is killed at its start, or later: the program is started once, and patched"
	rm "$work/runs"
done
policy=AF_UNIX
each server 102 "$beside" "$loader" socket
all_of 40 '(killed|ended) 0'
ok $? "beside, with a policy: the server is killed while it turns a multiplexed call: it is made, as a direct one"
each supervisor 102 "$above" "$loader" socket
all_of 60 '(killed|ended) 0'
ok $? "above, with a policy: the supervisor is killed while it turns a multiplexed call: it is made, as a direct one"
policy=
each supervisor 243 "$above" "$loader" socket
all_of 30 '(killed|ended) 0'
ok $? "above: the supervisor is killed while it deals with a start: the program is patched"
each supervisor 354 "$above" "$loader" filter
all_of 60 '(killed|ended) 0|killed 137' && grep -qx 'killed 0' "$work/outcomes"
ok $? "above: the supervisor is killed while it extends a filter: it is extended, or the program ends with it"
each supervisor 0 "$above" "$work/program" "$work/runs"
all_of 60 '(killed|ended) 0' && [ "$(wc -l <"$work/runs")" = "$(wc -l <"$work/outcomes")" ]
ok $? "above: the supervisor is killed at its start, or later: the program is started once, and its status known"
rm "$work/runs"
