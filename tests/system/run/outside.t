#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes that a program outside of the tree starts on request of a program in the tree: socketcall-run(1) says that
# they aren't reached, and what helps. Here a tmux server starts them. containers.t tests processes that enter a
# container.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
need tmux
build build/socketcall
prepared
socketcall=$PWD/build/socketcall
witness=$PWD/build/obj/witness/witness # exits with 0 if its multiplexed call works
TMUX_TMPDIR=$work
export TMUX_TMPDIR
unset TMUX

# The tmux servers end with this test.
trap 'tmux -L outside kill-server 2>/dev/null; tmux -L inside kill-server 2>/dev/null; rm -rf "$work"' EXIT

# writes FILE COMMAND: prints a shell command that writes COMMAND's exit status to FILE.
writes() { echo "$2; echo \$? >$1.new; mv $1.new $1"; }

# comes WHAT STATUS FILE: waits for the file, two minutes at most; it must contain STATUS.
comes() {
	tries=0
	until [ -e "$3" ] || [ $tries = 1200 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	cat "$3" >"$work/log" 2>&1
	[ "$(cat "$work/log")" = "$2" ]
	ok $? "$1"
}

timeout 60 "$socketcall" closed tmux -L outside -f /dev/null new-session -d -x 80 -y 24 'exec sleep 600' \
	>"$work/log" 2>&1
ok $? "a tmux server is started outside of any tree"
timeout 60 "$socketcall" closed "$socketcall" run tmux -L outside new-window "$(writes "$work/1" "$witness")" \
	>"$work/log" 2>&1
comes "a program that it starts for a client in a tree isn't in the tree" 1 "$work/1"
timeout 60 "$socketcall" closed "$socketcall" run tmux -L outside new-window \
	"$(writes "$work/2" "$socketcall run $witness")" >"$work/log" 2>&1
comes "… unless it starts 'socketcall run'" 0 "$work/2"
timeout 60 tmux -L outside set-option -g default-command "exec $socketcall run -- sh" >"$work/log" 2>&1 &&
	timeout 60 tmux -L outside new-window >"$work/log" 2>&1 &&
	timeout 60 tmux -L outside send-keys "$(writes "$work/3" "$witness")" Enter >"$work/log" 2>&1
comes "… for example by its default-command" 0 "$work/3"
timeout 60 "$socketcall" closed "$socketcall" run tmux -L inside -f /dev/null new-session -d -x 80 -y 24 \
	"$(writes "$work/4" "$witness"); exec sleep 600" >"$work/log" 2>&1
comes "… or unless the server itself was started in a tree" 0 "$work/4"
timeout 60 tmux -L inside new-window "$(writes "$work/5" "$witness")" >"$work/log" 2>&1
comes "… which then contains all that it starts, for clients outside, too" 0 "$work/5"
plan
