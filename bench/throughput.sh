# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What a policy costs programs whose calls its rules don't name: redis-benchmark and iperf3,
# server and client under the policy and without, in turn; the median of the rounds' ratios.
# Usage: throughput.sh SOCKETCALL ARCHITECTURE
set -eu
socketcall=$1
arch=$2
rounds=24
list='AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_ALG AF_VSOCK AF_BLUETOOTH AF_CAN AF_XDP'
work=$(mktemp -d)
cd "$work"
# Ports that nobody else's are: the first of two.
port=$((20000 + $$ % 10000 * 2))
servers=

# In a shell of its own, which it replaces: behind &, or in a pipe.
confined() { exec "$socketcall" run --families "$list" -- "$@"; }

start() { # FOLLOWED BY THE COMMAND
	"$@" >>log 2>&1 &
	servers="$servers $!"
}
end() {
	# shellcheck disable=SC2086  # numbers
	kill $servers 2>/dev/null || :
	wait
	rm -rf "$work"
}
trap end EXIT

await() { # FOLLOWED BY A COMMAND THAT SUCCEEDS IN THE END
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || { echo "'$*' doesn't succeed within 20 s" >&2; exit 1; }
		sleep 0.1
	done
}

# compare TEXT FUNCTION: calls FUNCTION, which prints a throughput, with the command that it is to use and with its
# port.
compare() {
	: >native
	: >policy
	i=0
	while [ $i -lt $rounds ]; do
		# Each is the first one in every other round.
		[ $((i % 2)) = 0 ] || "$2" confined $((port + 1)) >>policy
		"$2" env $port >>native
		[ $((i % 2)) = 1 ] || "$2" confined $((port + 1)) >>policy
		i=$((i + 1))
	done
	paste native policy | awk '{ print $2 / $1 }' | sort -n | awk -v text="$arch: $1, policy / native throughput" '
		{ ratio[NR] = $1 }
		END {
			r = ratio[int((NR + 1) / 2)]
			wanted = ENVIRON["COUNTED"] ? "" : "  (wanted: at least 0.98)" (r < 0.98 ? "  MISSED" : "")
			printf "%-66s %.3f%s\n", text, r, wanted }'
}

set_keys() { "$1" redis-benchmark -p "$2" -t set -n 10000 -c 20 --csv | awk -F'"' '/^"SET"/ { print $4 }'; }
start redis-server --port $port --save '' --appendonly no
start confined redis-server --port $((port + 1)) --save '' --appendonly no
await redis-cli -p $port ping
await redis-cli -p $((port + 1)) ping
compare "redis-benchmark SET" set_keys
redis-cli -p $port shutdown nosave || :
redis-cli -p $((port + 1)) shutdown nosave || :

# Its control connection takes the same port.
transfer() {
	"$1" iperf3 -c 127.0.0.1 -p "$2" -n 1G -J | tr -d ' \t\n' |
		sed 's/.*"sum_received":{[^}]*"bits_per_second":\([0-9]*\).*/\1\n/'
}
start iperf3 -s -p $port
start confined iperf3 -s -p $((port + 1))
await iperf3 -c 127.0.0.1 -p $port -n 1K
await iperf3 -c 127.0.0.1 -p $((port + 1)) -n 1K
compare iperf3 transfer
