# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

# Succeeds if a socket listens on the port: state 0A. Sockets of earlier servers may still be in TIME_WAIT.
listening() { grep -qi "^[^:]*: [0-9A-F]*:$(printf %04x "$1") [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6; }

# measure ARGUMENT...: runs iperf3's server, and its client with these arguments. Prints a line for each end that
# reports more than a megabyte.
measure() {
	start server iperf3 -s -1 -p 5201
	await "iperf3's server" listening 5201 || return
	# With -J it succeeds even when it couldn't connect.
	if ! in_mode iperf3 -c localhost -p 5201 -J "$@" >"$work/$mode/report" ||
		grep '"error"' "$work/$mode/report"; then
		stop server
		return 1
	fi
	await "the server's end" gone "$(pid_of server)" || return
	tr -d ' \t\n' <"$work/$mode/report" | sed 's/.*"end":{//' >"$work/$mode/end"
	for sum in sum sum_sent sum_received; do
		sed -n "s/.*\"$sum\":{[^}]*\"bytes\":\([0-9]*\).*/\1/p" "$work/$mode/end" | while read -r bytes; do
			[ "$bytes" -gt 1000000 ] && echo "$sum: more than a megabyte"
		done
	done
}

session() {
	mode=$1
	step tcp measure -n 4M -P 2
	# With -R and -n, iperf3 3.9 never ends: so -t.
	step reverse measure -t 3 -R
	# Slowly: a receiver that isn't run for a while loses what its socket's buffer doesn't hold.
	step udp measure -n 2M -u -b 10M -l 1000
}

mode=closed
fails "closed, iperf3's server doesn't start" "Function not implemented" in_mode iperf3 -s -1 -p 5202
fails "closed, iperf3's client can't connect" "iperf3: error - unable to" in_mode iperf3 -c 127.0.0.1 -p 5202
session open
session run
same tcp "iperf3 under socketcall run sends over two TCP connections"
same reverse "iperf3 receives over TCP"
same udp "iperf3 sends over UDP"
