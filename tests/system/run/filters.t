#!/bin/sh
# SPDX-License-Identifier: MIT
# A 32-bit program loads seccomp filters of its own: on the open kernel, with socketcall closed, closed under run, and
# open under run, where run isn't needed. docs/run.md explains the results.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall build/tests/filters
prepared
program=build/tests/filters
[ -x $program ]
ok $? "the program compiles without a warning"
# The output of each way to run it is kept in a file.
socketcall=build/socketcall
timeout 60 $program >"$work/open" 2>&1
timeout 60 $socketcall closed -- $program >"$work/closed" 2>&1
timeout 60 $socketcall closed -- $socketcall run -- $program >"$work/run" 2>&1
timeout 60 $socketcall run -- $program >"$work/needless" 2>&1

# The number of filters counts those that were loaded before the test.
before=$(sed -n 's/^filters: //p' "$work/open")

# A filter that the program loads; then the result for each way, "=" if it is the same as on the open kernel.
while IFS=';' read -r filter open closed run needless; do
	for way in open closed run needless; do
		case $way in
		open) where="open" wanted=$open ;;
		closed) where="closed" wanted=$closed ;;
		run) where="closed, under run" wanted=$run ;;
		needless) where="open, under run" wanted=$needless ;;
		esac
		[ "$wanted" != = ] || wanted=$open
		grep "^$filter: " "$work/$way" >"$work/log"
		[ "$(cat "$work/log")" = "$filter: $wanted" ]
		ok $? "$where: $filter: $wanted"
	done
done <<END
both doors;socket made send made;socket ENOSYS send ENOSYS;=;=
both doors, and a program that it starts;socket made;socket ENOSYS;=;=
both doors, for every thread;socket made send made;socket ENOSYS send ENOSYS;=;=
both doors, but no socket;socket EACCES send made;socket EACCES send ENOSYS;=;=
from within the vDSO alone;another entry EPERM socket made send made;another entry EPERM socket ENOSYS send ENOSYS;=;=
direct alone, else killed;killed;=;socket made send made;socket made send made
direct alone, else EPERM;socket EPERM send EPERM;=;socket made send made;socket made send made
direct alone, else trapped;socket trapped as socketcall send trapped as socketcall;=;\
socket made send made;socket made send made
socketcall alone, else ENOSYS;socket made send made;socket ENOSYS send ENOSYS;=;=
socketcall alone, else EPERM;socket made send made;socket ENOSYS send ENOSYS;=;=
socketcall alone, else trapped;socket made send made;socket ENOSYS send ENOSYS;=;=
socketcall alone, else trapped and ENOSYS;socket made send made;socket ENOSYS send ENOSYS;=;=
socketcall alone, else killed;socket made send made;socket ENOSYS send ENOSYS;=;=
neither, both trapped;socket trapped as socketcall send trapped as socketcall;=;=;=
neither, both trapped, direct ENOSYS;socket trapped as socketcall send trapped as socketcall;=;=;=
no rt_sigprocmask, EPERM, block elsewhere;socket made;socket ENOSYS;=;=
no rt_sigprocmask, killed, block elsewhere;socket made;socket ENOSYS;=;=
no rt_sigprocmask, EPERM, every place of the stack;made;not made;=;=
a listener;a listener;=;seccomp EBUSY;seccomp EBUSY
strict;killed by SIGKILL;prctl EINVAL;prctl EINVAL;prctl EINVAL
filters;$before;$((before + 1));$((before + 2));$((before + 1))
END
plan
