#!/bin/sh
# SPDX-License-Identifier: MIT
# Processes that another program than `socketcall run` starts for somebody in its tree: socketcall-run(1) says that
# these are not reached, and what helps. Here a tmux server starts them; containers.t has what enters a container.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
need tmux
build build/socketcall
prepared
socketcall=$PWD/build/socketcall
witness=$PWD/build/obj/witness/witness # 0: its multiplexed call came through
TMUX_TMPDIR=$work
export TMUX_TMPDIR
unset TMUX

# It ends with this test, and is started where socketcall is closed.
trap 'tmux -L outside kill-server 2>/dev/null; tmux -L inside kill-server 2>/dev/null; rm -rf "$work"' EXIT

# writes FILE COMMAND: for a shell: the command's status is in the file then.
writes() { echo "$2; echo \$? >$1.new; mv $1.new $1"; }

# comes WHAT STATUS FILE: that is in the file, within a bound.
comes() {
	tries=0
	until [ -e "$3" ] || [ $tries = 300 ]; do
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
comes "what it starts for a client in a tree isn't in that" 1 "$work/1"
timeout 60 "$socketcall" closed "$socketcall" run tmux -L outside new-window \
	"$(writes "$work/2" "$socketcall run $witness")" >"$work/log" 2>&1
comes "unless it starts 'socketcall run' itself" 0 "$work/2"
timeout 60 tmux -L outside set-option -g default-command "exec $socketcall run -- sh" >"$work/log" 2>&1 &&
	timeout 60 tmux -L outside new-window >"$work/log" 2>&1 &&
	timeout 60 tmux -L outside send-keys "$(writes "$work/3" "$witness")" Enter >"$work/log" 2>&1
comes "as its default-command does" 0 "$work/3"
timeout 60 "$socketcall" closed "$socketcall" run tmux -L inside -f /dev/null new-session -d -x 80 -y 24 \
	"$(writes "$work/4" "$witness"); exec sleep 600" >"$work/log" 2>&1
comes "or unless the server itself was started in a tree" 0 "$work/4"
timeout 60 tmux -L inside new-window "$(writes "$work/5" "$witness")" >"$work/log" 2>&1
comes "as then all is that it starts, for clients outside, too" 0 "$work/5"
plan
