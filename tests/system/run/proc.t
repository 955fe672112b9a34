#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall run` where /proc hides processes from the supervisor, and where the program unmounts or covers /proc.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build all build/tests/doors
prepared
cp -r build/socketcall build/preload build/tests/doors build/obj/witness/witness "$work/" && chmod -R a+rX "$work"
socketcall=$work/socketcall
witness=$work/witness # 0: its multiplexed call came through

# in_proc OPTION SCRIPT ARGUMENT...: the shell runs the script in a PID and a mount namespace whose /proc has that mount
# option, and which keep nothing of what is mounted.
in_proc() {
	option=$1 script=$2
	shift 2
	rm -f "$work/log" # the last supervisor may have its last line to write still
	# shellcheck disable=SC2016  # for the shell inside
	timeout 60 unshare --pid --mount --fork --kill-child sh -c '
		mount -t proc -o "$1" proc /proc && shift && exec sh -c "$@"' \
		sh "$option" "$script" sh "$@" >"$work/log" 2>&1
}

# ---- hidepid=4, systemd's ProtectProc=ptraceable: whom a process may not trace, it doesn't see ----

without='setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace'
# A user that /etc/passwd has, by the group that it has there, and one that it doesn't have.
someone=$(awk -F : '$3 > 0 && $4 > 0 { print "--reuid=" $3 " --regid=" $4; exit }' /etc/passwd)
becoming() { echo "setpriv $1 --clear-groups"; }
# Before Linux 6.13 the kernel doesn't tell whose a process is: as if it were one of these, ioctl(PIDFD_GET_INFO).
old="$work/doors x86_64:16:1:$((0xc040ff0b)):25 --"

# shellcheck disable=SC2016,SC2086
{
	in_proc hidepid=ptraceable '$1 sh -c "$2 sleep 60 & tries=0; while ls -d /proc/\$! && [ \$tries -lt 300 ]
		do tries=\$((tries + 1)); sleep 0.1; done; ! ls -d /proc/\$!"' "$without" "$(becoming "$someone")"
	ok $? "root without CAP_SYS_PTRACE doesn't see a process that gave up root"
	for hiding in noaccess invisible ptraceable; do
		in_proc hidepid=$hiding '$1 $2 closed $2 run -v $3 $4' "$without" "$socketcall" \
			"$(becoming "$someone")" "$witness"
		ok $? "but serves it (hidepid=$hiding)"
	done
	grep -q '^socketcall run: [0-9]* [a-z]*: vdso$' "$work/log"
	ok $? "and says so"
	in_proc hidepid=ptraceable '$5 $1 $2 closed $2 run -v $3 $4' "$without" "$socketcall" "$(becoming "$someone")" \
		"$witness" "$old"
	ok $? "so it does where the kernel doesn't tell whose it is, of a user of /etc/passwd"
	! in_proc hidepid=ptraceable '$5 $1 $2 closed $2 run -v $3 $4' "$without" "$socketcall" \
		"$(becoming "--reuid=54321 --regid=54321")" "$witness" "$old" &&
		grep -q '^socketcall run: [0-9]* .*: left alone: ' "$work/log"
	ok $? "of another user it can't, and says that"
	for way in "" --trap; do
		in_proc hidepid=ptraceable '$1 $2 closed $2 run $5 $3 $4' "$without" "$socketcall" \
			"$(becoming "$someone")" "$witness" "$way"
		ok $? "${way:-without -v}: it is served, too"
	done

	# ---- The program takes /proc away ----

	for way in "" --trap; do
		in_proc defaults '$1 closed $1 run $3 sh -c "umount /proc && $2"' "$socketcall" "$witness" "$way"
		ok $? "${way:-run}: a program that unmounts /proc, which nobody keeps busy, is served"
		in_proc defaults '$1 closed $1 run $3 sh -c "mount -t tmpfs none /proc && ! [ -e /proc/self ] && $2"' \
			"$socketcall" "$witness" "$way"
		ok $? "${way:-run}: so is one that covers it"
		in_proc defaults \
			'$1 closed $1 run $3 unshare --pid --fork sh -c "mount -t proc none /proc && $2 && $2"' \
			"$socketcall" "$witness" "$way"
		ok $? "${way:-run}: or that covers it by another PID namespace's"
	done
}
plan
