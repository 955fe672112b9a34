#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run` if /proc hides processes from the supervisor, and if the program unmounts /proc or mounts over it.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build all build/tests/doors
prepared
cp -r build/socketcall build/preload build/tests/doors build/obj/witness/witness "$work/" && chmod -R a+rX "$work"
socketcall=$work/socketcall
witness=$work/witness # exits with 0 if its multiplexed call works

# in_proc OPTION SCRIPT ARGUMENT...: a shell runs the script in new PID and mount namespaces, in which /proc is mounted
# with that option.
in_proc() {
	option=$1 script=$2
	shift 2
	rm -f "$work/log" # the last supervisor may not have written its last line yet
	# shellcheck disable=SC2016  # for the shell inside
	timeout -k 5 60 unshare --pid --mount --fork --kill-child sh -c '
		mount -t proc -o "$1" proc /proc && shift && exec sh -c "$@"' \
		sh "$option" "$script" sh "$@" >"$work/log" 2>&1
}

# ---- hidepid=4, systemd's ProtectProc=ptraceable: a process sees only processes that it may trace ----

without='setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace'
# A user of /etc/passwd, with its group there.
someone=$(awk -F : '$3 > 0 && $4 > 0 { print "--reuid=" $3 " --regid=" $4; exit }' /etc/passwd)
becoming() { echo "setpriv $1 --clear-groups"; }
# Before Linux 6.13 the kernel doesn't tell the owner of a process by ioctl(PIDFD_GET_INFO). This filter refuses it.
old="$work/doors x86_64:16:1:$((0xc040ff0b)):25 --"

# shellcheck disable=SC2016,SC2086
{
	in_proc hidepid=ptraceable '$1 sh -c "$2 sleep 60 & tries=0; while ls -d /proc/\$! && [ \$tries -lt 300 ]
		do tries=\$((tries + 1)); sleep 0.1; done; ! ls -d /proc/\$!"' "$without" "$(becoming "$someone")"
	ok $? "root without CAP_SYS_PTRACE doesn't see a process that gave up root"
	for hiding in noaccess invisible ptraceable; do
		in_proc hidepid=$hiding '$1 $2 closed $2 run -v $3 $4' "$without" "$socketcall" \
			"$(becoming "$someone")" "$witness"
		ok $? "… but serves it (hidepid=$hiding)"
	done
	grep -q '^socketcall run: [0-9]* [a-z]*: vdso$' "$work/log"
	ok $? "… and says so"
	in_proc hidepid=ptraceable '$5 $1 $2 closed $2 run -v $3 $4' "$without" "$socketcall" "$(becoming "$someone")" \
		"$witness" "$old"
	ok $? "… also if the kernel doesn't tell the owner, who is a user of /etc/passwd"
	! in_proc hidepid=ptraceable '$5 $1 $2 closed $2 run -v $3 $4' "$without" "$socketcall" \
		"$(becoming "--reuid=54321 --regid=54321")" "$witness" "$old" &&
		grep -q '^socketcall run: [0-9]* .*: left alone: ' "$work/log"
	ok $? "… but not a program of another user, and says so"
	for way in "" --trap; do
		in_proc hidepid=ptraceable '$1 $2 closed $2 run $5 $3 $4' "$without" "$socketcall" \
			"$(becoming "$someone")" "$witness" "$way"
		ok $? "${way:-without -v}: it is served as well"
	done

	# ---- The program unmounts /proc or mounts over it ----

	for way in "" --trap; do
		in_proc defaults '$1 closed $1 run $3 sh -c "umount /proc && $2"' "$socketcall" "$witness" "$way"
		ok $? "${way:-run}: a program can unmount /proc, which isn't busy, and is served"
		in_proc defaults '$1 closed $1 run $3 sh -c "mount -t tmpfs none /proc && ! [ -e /proc/self ] && $2"' \
			"$socketcall" "$witness" "$way"
		ok $? "${way:-run}: a program that mounts a tmpfs over /proc is served"
		in_proc defaults \
			'$1 closed $1 run $3 unshare --pid --fork sh -c "mount -t proc none /proc && $2 && $2"' \
			"$socketcall" "$witness" "$way"
		ok $? "${way:-run}: a program that mounts another PID namespace's /proc over it is served"
	done
}
plan
