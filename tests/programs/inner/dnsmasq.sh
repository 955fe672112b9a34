# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

echo "nameserver 127.0.0.1" >"$work/resolv.conf"
mount --bind "$work/resolv.conf" /etc/resolv.conf
{
	echo "192.0.2.1 one.test"
	echo "2001:db8::1 one.test"
	for i in $(seq 100); do echo "192.0.2.$((i + 100)) many.test"; done
} >"$work/hosts"

# A server, and a second one that forwards to it.
dnsmasq_on() {
	start "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --user=root \
		--pid-file="$work/$mode/$1.pidfile" --log-facility=- --no-hosts \
		--bind-interfaces --listen-address=127.0.0.1 --port="$2" "$3"
}
resolves() { dig @127.0.0.1 -p "$1" one.test +short +tries=1 +time=1 | grep -qx 192.0.2.1; }
# dig's output without the lines that differ from run to run.
query() {
	in_mode dig @127.0.0.1 "$@" | sed '/^;; \(Query time\|WHEN\|->>\)/d; /^; COOKIE/d; /^; <<>>/d; s/\t\t*/ /g' |
		sort
}
both_addresses() {
	query one.test
	query one.test AAAA
}
getent_one() {
	in_mode getent ahosts one.test
	in_mode getent hosts 192.0.2.1
	in_mode getent hosts none.test
	in_mode getent ahosts many.test | sort | head -n 200
}

session() {
	mode=$1
	dnsmasq_on server 53 --addn-hosts="$work/hosts"
	dnsmasq_on forwarder 5353 --server=127.0.0.1#53
	step start await "dnsmasq's answer" resolves 53
	step udp both_addresses
	step tcp query +tcp one.test
	step truncated query +noedns many.test
	step forwarded await "the forwarder's answer" resolves 5353
	step forwarded_tcp query -p 5353 +tcp many.test
	step getent getent_one
	stop forwarder
	stop server
}

mode=closed
fails "closed, dnsmasq doesn't start" "cannot create netlink socket: Function not implemented" \
	in_mode dnsmasq --keep-in-foreground --conf-file=/dev/null --port=5353
fails "closed, dig can't ask" "Function not implemented" in_mode dig @127.0.0.1 one.test
session open | diagnose
session run | diagnose
same start "dnsmasq starts under socketcall run"
same udp "dig asks dnsmasq over UDP"
same tcp "dig asks dnsmasq over TCP"
same truncated "dig asks again over TCP if the answer is too long for UDP"
same forwarded "a second dnsmasq forwards queries to the first"
same forwarded_tcp "the second dnsmasq forwards queries over TCP, too"
same getent "glibc's resolver asks dnsmasq"
