# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Usage: throughput.sh SOCKETCALL ARCHITECTURE ALLOWING
# Measures what a policy costs calls that it doesn't judge: redis-benchmark and iperf3, each with server and client
# under the policy, under a filter that allows everything (allowing.c), and under none, in turn. Prints the median of
# the rounds' ratios.
set -eu
socketcall=$1
arch=$2
allowing=$3
rounds=24
list='AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_ALG AF_VSOCK AF_BLUETOOTH AF_CAN AF_XDP'
work=$(mktemp -d)
cd "$work"
# The first of three ports; the process number makes it unlikely that another process uses them.
port=$((20000 + $$ % 8000 * 3))
servers=

# Call these only in a subshell (before &, or in a pipe), because they replace it by the command.
native() { exec "$@"; }
allowed() { exec "$allowing" "$@"; }
policy() { exec "$socketcall" run --families "$list" -- "$@"; }

start() { # COMMAND...
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

await() { # COMMAND..., which is repeated until it succeeds
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || { echo "'$*' doesn't succeed within 20 s" >&2; exit 1; }
		sleep 0.1
	done
}

# ratios TEXT THING OTHER WANTED: prints the median ratio of the throughputs in the files THING.is and OTHER.is.
ratios() {
	paste "$2.is" "$3.is" | awk '{ print $1 / $2 }' | sort -n | awk -v text="$arch: $1, $2 / $3" -v least="$4" '
		{ ratio[NR] = $1 }
		END {
			r = ratio[int((NR + 1) / 2)]
			wanted = least == "" || ENVIRON["COUNTED"] ? "" : \
				"  (wanted: at least " least ")" (r < least ? "  MISSED" : "")
			printf "%-66s %.3f%s\n", text, r, wanted }'
}

# compare TEXT FUNCTION: compares the three ways. FUNCTION gets one of them and a port, and prints a throughput.
compare() {
	order="native policy allowed"
	for way in $order; do : >"$way.is"; done
	i=0
	while [ $i -lt $rounds ]; do
		for way in $order; do "$2" "$way" "$(port_of "$way")" >>"$way.is"; done
		order="${order#* } ${order%% *}" # each is the first one in every third round
		i=$((i + 1))
	done
	ratios "$1" policy native 0.98
	ratios "$1" policy allowed 0.98
	ratios "$1" allowed native ""
}
port_of() {
	case $1 in
	native) echo $port ;;
	policy) echo $((port + 1)) ;;
	allowed) echo $((port + 2)) ;;
	esac
}

set_keys() { "$1" redis-benchmark -p "$2" -t set -n 10000 -c 20 --csv | awk -F'"' '/^"SET"/ { print $4 }'; }
for way in native policy allowed; do
	start $way redis-server --port "$(port_of $way)" --save '' --appendonly no
	await redis-cli -p "$(port_of $way)" ping
done
compare "redis-benchmark SET" set_keys
for way in native policy allowed; do redis-cli -p "$(port_of $way)" shutdown nosave || :; done

# iperf3's control connection uses the same port as its data.
transfer() {
	"$1" iperf3 -c 127.0.0.1 -p "$2" -n 1G -J | tr -d ' \t\n' |
		sed 's/.*"sum_received":{[^}]*"bits_per_second":\([0-9]*\).*/\1\n/'
}
for way in native policy allowed; do
	start $way iperf3 -s -p "$(port_of $way)"
	await iperf3 -c 127.0.0.1 -p "$(port_of $way)" -n 1K
done
compare iperf3 transfer
