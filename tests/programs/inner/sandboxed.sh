# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

# ---- chrony: a server, its controller, and a client that asks once. Option -x: none of them sets the clock -----------

controlled() { in_mode chronyc -h "/run/chrony/$mode.sock" "$@"; }
ask_time() {
	in_mode chronyd -Q -t 80 -x -F 1 -u root 'server 127.0.0.1 port 11123 iburst' 'port 0' 'cmdport 0' \
		'bindcmdaddress /' \
		"pidfile $work/$mode/asking.pid" 2>&1 |
		sed -n 's/.*\(Loaded seccomp filter\|System clock wrong\|Fatal error\).*/\1/p'
}
serve_time() {
	start chronyd chronyd -d -x -F 1 -u root 'port 11123' 'local stratum 1' 'allow 127.0.0.1' \
		'bindaddress 127.0.0.1' \
		'cmdport 0' "bindcmdaddress /run/chrony/$mode.sock" "pidfile $work/$mode/chronyd.pidfile"
	await "chronyd's answer" controlled -n serverstats
}
time_session() {
	step time_start serve_time
	step time_filter await "chronyd's filter" own_filter
	step time_asked ask_time
	step time_control controlled -n -c sources
	stop chronyd
}

# ---- tor: answers a SOCKS client, and tries, in its sandbox, to connect to its one relay, which doesn't exist --------

configure_tor() {
	cat >"$work/$mode/torrc" <<-END
		Sandbox 1
		SocksPort 127.0.0.1:9050
		UseBridges 1
		Bridge 127.0.0.1:9
		DataDirectory $work/$mode/tor
		ShutdownWaitLength 0
	END
}
# Succeeds if tor refuses to connect to an address that isn't public.
socks_answers() {
	in_mode curl -sS --socks5 127.0.0.1:9050 http://127.0.0.1:1/ 2>&1 |
		grep -E "(Can't|cannot) complete SOCKS5 connection"
}
tor_session() {
	configure_tor
	start tor tor -f "$work/$mode/torrc"
	step tor_start await "tor's answer" socks_answers
	step tor_filter await "tor's filter" own_filter
	step tor_connects await "the relay's refusal" grep -q "Connection refused" "$work/$mode/tor.log"
	# tor doesn't always end at SIGTERM, on the open kernel either.
	kill -KILL "$(pid_of tor)"
	await "tor's end" gone "$(pid_of tor)"
}

session() {
	mode=$1
	time_session
	tor_session
}

mkdir -p /run/chrony
chmod 700 /run/chrony
mode=closed
fails "closed, chronyd doesn't start" "Could not open socket pair" in_mode chronyd -Q -t 20 -x -F 1 -u root 'port 0' \
	'cmdport 0'
configure_tor
fails "closed, tor doesn't start" "Socket creation failed: Function not implemented" in_mode tor -f "$work/closed/torrc"
session open | diagnose
session run | diagnose
same time_start "chronyd starts under socketcall run"
same time_filter "chronyd loads a filter of its own"
same time_asked "another chronyd, which loads a filter, too, asks it over NTP"
same time_control "chronyc asks chronyd over a UNIX socket"
same tor_start "tor starts under socketcall run, and answers a SOCKS client"
same tor_filter "tor loads a filter of its own"
same tor_connects "tor makes and connects sockets inside its sandbox"
