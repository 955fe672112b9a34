#!/bin/sh
# SPDX-License-Identifier: MIT
# The policy applies to the supervisor's own processes, too. A program of the tree that attaches to them by ptrace(2)
# and makes them call socket() gets the policy's answer; without CAP_SYS_PTRACE it can't attach.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/socketcall preload build/tests/policy-seize
prepared
inet=2
chmod 755 "$work"
cp build/tests/policy-seize "$work"
cp -R build/preload "$work" # where the copies of the command look for it
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
# In a PID namespace of its own, `run` is process 1.
first="unshare --pid --fork --mount-proc"

count=0
# attack COMMAND OPTIONS: runs the attack under `COMMAND socketcall run OPTIONS`. The command is a copy with a name of
# its own, by which seize.c finds the supervisor's processes.
attack() {
	count=$((count + 1))
	command=scp$$-$count
	cp build/socketcall "$work/$command"
	# shellcheck disable=SC2086  # words
	timeout -k 1 60 $1 "$work/$command" run $2 -- "$work/policy-seize" "$command" $inet >"$work/log" 2>&1
}
only() { # EXTENDED REGULAR EXPRESSION: true if there are lines, and all match
	[ -s "$work/log" ] && ! grep -Evq "^($1)\$" "$work/log"
}

attack "" "" && grep -q '^socket [0-9]' "$work/log"
ok $? "without a policy, root makes the supervisor create a socket"
attack "$nobody" "" && grep -q '^socket [0-9]' "$work/log"
ok $? "… and so does the supervisor's own user"

attack "" "--families AF_UNIX" && only 'socket -97'
ok $? "with a policy, root gets EAFNOSUPPORT from the supervisor's socket()"
attack "$nobody" "--families AF_UNIX" && only 'refused 1'
ok $? "… and the supervisor's own user can't attach"
attack "" "--families AF_UNIX --refused errno:EACCES" && only 'socket -13'
ok $? "… and the error is the policy's"
attack "$first" "--families AF_UNIX" && only 'socket -97'
ok $? "where run is process 1, root gets EAFNOSUPPORT from each process above the program, too"
attack "$first $nobody" "--families AF_UNIX" && only 'refused 1'
ok $? "… and their own user can't attach"
attack "$first" "--init --families AF_UNIX" && only 'socket -97'
ok $? "where the supervisor stands above the program, root gets EAFNOSUPPORT from each process, too"
attack "$first $nobody" "--init --families AF_UNIX" && only 'refused 1'
ok $? "… and their own user can't attach"
# Where the supervisor traces the program, root isn't tried: if it attaches to its own tracer, both stop for ever.
attack "build/socketcall run -- $nobody" "--families AF_UNIX" && only 'refused 1'
ok $? "inside another run, where a supervisor traces, its own user can't attach"
attack "" "--families AF_UNIX --refused kill" && only 'lost'
ok $? "with --refused kill, the socket() kills the supervisor's process"

plan
