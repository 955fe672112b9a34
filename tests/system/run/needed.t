#!/bin/sh
# SPDX-License-Identifier: MIT
# An outer filter refuses, or kills for, a call that the supervisor's processes can't do without. `socketcall run` must
# say which call it is, and start the program in another way. Nothing may hang, and no process may be left behind. The
# same if the limit of open descriptors is low.
# Needs no 32-bit programs: the supervisor is a 64-bit one.
. "$(dirname "$0")/../../fixtures/tap.sh"
build all build/tests/doors
prepared
socketcall=$PWD/build/socketcall

cat >"$work/alone" <<'END'
# As process 1 of a PID namespace: runs the command, and waits until nothing else is left there.
"$@"
status=$?
tries=0
while :; do
	set -- /proc/[0-9]*
	[ $# -gt 1 ] || exit $status
	tries=$((tries + 1))
	[ $tries -lt 300 ] || break
	sleep 0.1
done
grep -H . /proc/[0-9]*/stat
exit 99
END

# alone COMMAND...: returns the command's status; 99, if it left processes behind; 124, if it didn't end. Kills what is
# left.
alone() {
	timeout -k 1 90 unshare --pid --fork --kill-child --mount-proc sh "$work/alone" timeout -s KILL 60 "$@" \
		>"$work/log" 2>&1
}

# starts RULES WORD OPTION TEXT: `run OPTION` starts a program under these rules, and prints WORD; if WORD is empty, it
# prints no "cannot".
starts() {
	# shellcheck disable=SC2086  # rules; no option
	alone build/tests/doors $1 -- "$socketcall" run -v $3 -- sh -c 'exit 7'
	status=$?
	good=1
	if [ $status = 7 ]; then
		if [ -z "$2" ]; then ! grep -q "cannot" "$work/log"; else grep -Fq "$2" "$work/log"; fi && good=0
	fi
	echo "(status $status)" >>"$work/log"
	ok $good "$4"
}

# limited LIMITS OPTION: a program under `run OPTION` has the limits of open descriptors that run was started with.
limited() {
	# shellcheck disable=SC2086  # no option
	alone prlimit --nofile="$1" "$socketcall" run -v $2 -- sh -c 'ulimit -Sn; ulimit -Hn; exit 7'
	[ $? = 7 ] && [ "$(sed -n '/^[0-9]*$/p' "$work/log" | tr '\n' :)" = "$1:" ]
}

# is_among WORD LIST
is_among() { case " $2 " in *" $1 "*) ;; *) return 1 ;; esac }

# NUMBER NAME ACTIONS MODES: the modes in which the call is needed
while read -r number name actions modes; do
	for action in $(echo "$actions" | tr , ' '); do
		for mode in beside --init --trap; do
			option=$mode word="($name: "
			[ $mode != beside ] || option=
			is_among $mode "$modes" || word=
			starts "x86_64:$number:-:$action" "$word" "$option" \
				"$name() refused ($action), $mode${word:+: run says so}"
		done
	done
done <<'END'
61 wait4 1,0 beside --init --trap
157 prctl kill beside --init --trap
247 waitid 1,0,kill --init --trap
7 poll 1,0,kill --init --trap
271 ppoll 1,0,kill beside
14 rt_sigprocmask 1,0 beside --init --trap
127 rt_sigpending 1,kill beside --init --trap
289 signalfd4 1,kill --init --trap
53 socketpair 1,kill beside --init --trap
293 pipe2 1,kill beside --init --trap
46 sendmsg 1,0,kill beside --init
47 recvmsg 1,0,kill beside --init
16 ioctl 1,kill beside --init
63 uname 1,kill beside --init
317 seccomp kill beside --init
END
# run can't write its message then.
for option in "" --init --trap; do starts x86_64:1:-:1 "" "$option" "write() refused${option:+, $option}"; done

# ---- Descriptors ----

for option in "" --init --trap; do
	mode=${option:-beside}
	limited 5:1024 "$option" && ! grep -q "cannot\|not patched\|left alone" "$work/log"
	ok $? "a soft limit of 5 open descriptors applies to the program and not to the supervisor, $mode"
	limited 9:9 "$option" && ! grep -q "cannot\|not patched\|left alone" "$work/log"
	ok $? "a hard limit of 9 is enough for a supervisor, $mode"
	limited 8:8 "$option" && grep -q "cannot start the supervisor (Too many open files): " "$work/log"
	ok $? "a hard limit of 8 isn't, and run says so, $mode"
done

# ---- doctor ----

for number in 7 271 247 61; do
	alone build/tests/doors x86_64:$number:-:1 -- "$socketcall" doctor
	[ $? -le 1 ] && grep -q '^run takes  ' "$work/log"
	ok $? "doctor ends although call $number is refused"
done
grep -q '^ *to change that: have the sandbox allow wait4(2)$' "$work/log"
ok $? "… and says what would change that"
plan
