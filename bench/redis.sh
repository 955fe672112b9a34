# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Runs in a root of the laboratory, on the open kernel: redis-benchmark with an i386 server and client, with the preload
# and without it, in turn. Prints the ratio of the medians of their throughputs.
set -eu
rounds=15
run="/sc/socketcall run"

cd /tmp
redis-server --port 7001 --save '' --appendonly no >native.log 2>&1 &
$run redis-server --port 7002 --save '' --appendonly no >hooked.log 2>&1 &
for port in 7001 7002; do
	tries=0
	until redis-cli -p $port ping >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || { echo "redis-server on port $port doesn't answer within 20 s" >&2; exit 1; }
		sleep 0.1
	done
done

throughput() { # PORT COMMAND...: requests a second
	port=$1
	shift
	"$@" redis-benchmark -p "$port" -t set -n 20000 -c 20 --csv | awk -F'"' '/^"SET"/ { print $4 }'
}
median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
i=0
while [ $i -lt $rounds ]; do
	throughput 7001 env >>native
	# shellcheck disable=SC2086
	throughput 7002 $run >>hooked
	i=$((i + 1))
done
awk -v h="$(median hooked)" -v n="$(median native)" -v r=$rounds 'BEGIN {
	wanted = ENVIRON["COUNTED"] ? "" : "  (wanted: at least 0.99)" (h / n < 0.99 ? "  MISSED" : "")
	printf "%-66s %.3f%s\n", "redis-benchmark SET, hook / native throughput", h / n, wanted
	printf "(medians of %d rounds; native: %d/s)\n", r, n }'
redis-cli -p 7001 shutdown nosave || :
redis-cli -p 7002 shutdown nosave || :
wait
