#!/bin/sh
# SPDX-License-Identifier: MIT
# A manager that is process 1 and collects only its own children starts `socketcall run` again and again: it isn't left
# with a dead supervisor for each.
# shellcheck disable=SC2181  # a test reads like its sentence
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need i386
build build/socketcall build/tests/manager build/tests/loader
prepared

# managed TIMES COMMAND...: the zombies that are left, to $work/log.
managed() {
	timeout -k 5 300 build/socketcall closed -- unshare --pid --fork --kill-child --mount-proc \
		build/tests/manager "$@" >"$work/log" 2>&1
}
socketcall=$PWD/build/socketcall loader=$PWD/build/tests/loader
managed 5 "$loader" socket
[ $? = 1 ]
ok $? "closed, the manager's programs fail by themselves"
managed -300 "$socketcall" run -- "$loader" socket
ok $? "when there are some that nobody collects, no more come; and each run's programs of 32 bits work"
managed 40 "$socketcall" run -v -- /bin/true && [ "$(grep -xE '[0-9]+' "$work/log")" -ge 40 ]
ok $? "where each run starts its supervisor by itself, as with --verbose, there is one for each"
plan
