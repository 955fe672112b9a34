#!/bin/sh
# SPDX-License-Identifier: MIT
# A manager that is process 1 and collects only its own children starts `socketcall run` again and again. It must not
# get a dead supervisor for each run.
# shellcheck disable=SC2181  # a test reads like its sentence
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall build/tests/manager build/tests/loader
prepared

# managed TIMES COMMAND...: writes the number of zombies to $work/log.
managed() {
	timeout -k 5 300 build/socketcall closed -- unshare --pid --fork --kill-child --mount-proc \
		build/tests/manager "$@" >"$work/log" 2>&1
}
socketcall=$PWD/build/socketcall loader=$PWD/build/tests/loader
managed 5 "$loader" socket
[ $? = 1 ]
ok $? "closed, the manager's programs fail without run"
managed -300 "$socketcall" run -- "$loader" socket
ok $? "after some dead supervisors no more appear, and each run's 32-bit programs work"
managed 40 "$socketcall" run -v -- /bin/true && [ "$(grep -xE '[0-9]+' "$work/log")" -ge 40 ]
ok $? "with --verbose each run starts its supervisor itself, and leaves a zombie"
plan
