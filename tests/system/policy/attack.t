#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile program under `socketcall run --families` gets no socket of a refused family, wherever the supervisor
# stands; a family that is refused at one door is refused at all; and when the supervisor is killed, no refused call
# succeeds.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/socketcall preload build/tests/policy-hostile64 build/tests/policy-hostile32 build/tests/policy-make64 \
	build/tests/policy-make32
prepared
chmod 755 "$work"
cp -R build/preload build/tests/policy-hostile64 build/tests/policy-hostile32 "$work" # for other users
command="$work/scp$$"
cp build/socketcall "$command"
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"

# hostile NAME COMMAND OPTIONS: runs the hostile programs under `COMMAND socketcall run OPTIONS --families AF_UNIX`.
hostile() {
	for bits in 64 32; do
		# shellcheck disable=SC2086  # words
		(cd "$work" && timeout -k 1 100 $2 "$command" run $3 --families AF_UNIX -- "./policy-hostile$bits") \
			>"$work/log" 2>&1 && grep -q '^1\.\.14' "$work/log" && ! grep -q '^not ok' "$work/log"
		ok $? "$bits bits, $1: a hostile program gets no socket of a refused family"
	done
}
hostile "beside" "" ""
hostile "as an ordinary user" "$nobody" ""
hostile "process 1" "unshare --pid --fork --mount-proc" ""
hostile "above" "" "--init"
hostile "by ptrace" "" "--trap"
hostile "inside another run" "$command run --" ""
hostile "where socketcall is closed" "$command closed --" ""
hostile "without a supervisor" "" "--preload-only"
hostile "with a log" "" "--log /dev/null"
for bits in 64 32; do
	timeout -k 1 100 "build/tests/policy-hostile$bits" >"$work/log" 2>&1
	[ "$(grep -c '^not ok' "$work/log")" -ge 9 ]
	ok $? "$bits bits: without a policy, most of its attempts get a socket"
done

for list in none AF_UNIX '~AF_UNIX AF_INET' 'AF_INET:STREAM AF_NETLINK:RAW:ROUTE AF_VSOCK'; do
	timeout -k 1 100 build/socketcall run --families "$list" -- build/socketcall probe --all >"$work/log" 2>&1
	grep '  EAFNOSUPPORT  ' "$work/log" >"$work/refused"
	[ "$(wc -l <"$work/refused")" -ge 2 ] && ! grep -q '  open' "$work/refused"
	ok $? "--families '$list': a family that is refused at one door is open at none"
done
timeout -k 1 100 build/socketcall run --families AF_UNIX --allow-io-uring -- true 2>"$work/log" &&
	grep -q -- '--allow-io-uring: ' "$work/log"
ok $? "--allow-io-uring prints its warning"

# ---- The supervisor's processes are killed ---------------------------------------------------------------------------

# after_kill OPTIONS BITS DOOR FAMILY: kills all processes of `run`, which have the name of the command's copy, and
# prints the answer to a socket() that is made after that.
after_kill() {
	# shellcheck disable=SC2016,SC2086  # for the shell inside; words
	timeout -k 1 120 "$command" run $1 --families AF_UNIX -- sh -c '
		tries=0
		while pkill -KILL -x "$1"; do
			tries=$((tries + 1))
			[ $tries -lt 1200 ] || { echo "the supervisor is still there"; exit 1; }
			sleep 0.05
		done
		"$2" "$3" "$4" 1 0' sh "$(basename "$command")" "build/tests/policy-make$2" "$3" "$4"
}
is_after_kill() { # WANTED OPTIONS BITS DOOR FAMILY TEXT
	after_kill "$2" "$3" "$4" "$5" >"$work/log" 2>&1
	[ "$(cat "$work/log")" = "$1" ]
	ok $? "the supervisor is killed: $6"
}
is_after_kill 0 "" 64 native 1 "an allowed family stays allowed"
is_after_kill -97 "" 64 native 2 "a refused family stays refused"
is_after_kill -97 "" 64 i386 2 "… also by i386's entry"
is_after_kill 0 "" 32 direct 1 "direct calls of 32-bit programs: an allowed family stays allowed"
is_after_kill -97 "" 32 direct 2 "… and a refused family stays refused"
is_after_kill -38 "" 32 multiplexed 1 "multiplexed calls of programs that start afterwards get ENOSYS"
is_after_kill -38 "" 32 socketcall 2 "… also by an int \$0x80 of their own"
is_after_kill -38 "--log /dev/null" 64 native 1 "with a log, allowed calls get ENOSYS, too"
is_after_kill -38 "--log /dev/null" 32 direct 1 "… also in 32-bit programs"

# ---- Profiles that refuse calls which the supervisor itself needs -----------------------------------------------

profile() { # ACTION CALL...
	action=$1
	shift
	{
		printf '{ "defaultAction": "SCMP_ACT_ALLOW",\n'
		printf '  "architectures": [ "SCMP_ARCH_X86_64", "SCMP_ARCH_X86" ],\n'
		printf '  "syscalls": [ { "names": [ "%s"' "$1"
		shift
		[ $# = 0 ] || printf ', "%s"' "$@"
		printf ' ], "action": "%s" } ] }\n' "$action"
	} >"$work/profile"
}
for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS; do
	for calls in sendmsg recvmsg 'sendmsg recvmsg sendto recvfrom socketpair connect'; do
		# shellcheck disable=SC2086  # words
		profile $action $calls
		timeout -k 1 60 build/socketcall run --profile "$work/profile" -- \
			build/tests/policy-make32 multiplexed 1 1 0 >"$work/log" 2>&1 && [ "$(cat "$work/log")" = 0 ]
		ok $? "a profile with $action for $calls: programs run and get sockets"
	done
	profile "$action" socket
	timeout -k 1 60 build/socketcall run --profile "$work/profile" -- build/tests/policy-make32 multiplexed 1 1 0 \
		>"$work/log" 2>&1
	status=$?
	if [ "$action" = SCMP_ACT_ERRNO ]; then [ "$(cat "$work/log")" = -1 ]; else [ $status = 159 ]; fi
	ok $? "a profile with $action for socket: multiplexed calls get this action, too"
done

# ---- Invalid policies ------------------------------------------------------------------------------------------------

wrong() { # EXPRESSION OPTION...: the exit status is 125, a message matches, and the program isn't started
	expression=$1
	shift
	timeout -k 1 60 build/socketcall run "$@" -- echo started >"$work/out" 2>"$work/log"
	[ $? = 125 ] && [ ! -s "$work/out" ] && grep -Eq "$expression" "$work/log"
	ok $? "125: $(head -n 1 "$work/log" | cut -c 1-200)"
}
wrong '^socketcall run: --families:1:9: .*AF_INTE' --families 'AF_UNIX AF_INTE'
wrong '^socketcall run: --families:1:[0-9]+: ' --families ''
wrong '^socketcall run: --refused:1:[0-9]+: .*ENOTANERROR' --families AF_UNIX --refused errno:ENOTANERROR
wrong '^socketcall run: --refused ' --refused kill
cat >"$work/profile" <<END
{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [ { "names": ["socket"], "action": "SCMP_ACT_NO" } ]
}
END
wrong "^socketcall run: $work/profile:3:[0-9]+: " --profile "$work/profile"
printf '{ "defaultAction": "SCMP_ACT_ALLOW", ' >"$work/cut"
wrong "^socketcall run: $work/cut:1:[0-9]+: " --profile "$work/cut"
wrong "^socketcall run: $work/none: No such file" --profile "$work/none"
wrong 'instructions' --families "$(i=0; while [ $i -lt 4000 ]; do i=$((i + 1)); printf 'AF_NETLINK:3:%d ' $i; done)"

plan
