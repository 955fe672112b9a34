# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
# shellcheck source=tests/programs/inner/nginx.lib.sh
. /src/tests/programs/inner/nginx.lib.sh

head -c 8000000 /dev/urandom >"$work/big"

# configure WORD: the page /word is WORD.
configure() {
	nginx_conf "$work/$mode/nginx.conf" "$work/$mode/nginx" "
	upstream back { server unix:$work/$mode/back.sock; }
	server {
		listen 127.0.0.1:8080 so_keepalive=on;
		listen [::1]:8080;
		location /word { return 200 $1; }
		location /proxied/ { proxy_pass http://back/; }
		location /proxied-tcp/ { proxy_pass http://localhost:8081/; }
	}
	server {
		listen unix:$work/$mode/back.sock;
		listen 127.0.0.1:8081;
		listen [::1]:8081;
	}"
}
workers() { pgrep -P "$(pid_of nginx)" -f worker; }
two_workers() { [ "$(workers | wc -l)" = 2 ]; }
word_is() { [ "$(curl -sS http://127.0.0.1:8080/word)" = "$1" ]; }
checksum() { curl -sSf "$@" | sha256sum; }
reload() {
	before=$(workers)
	configure second
	in_mode nginx -c "$work/$mode/nginx.conf" -s reload 2>&1 | sed 's/.*#[0-9]*: //'
	await "the second configuration" word_is second || return
	for worker in $before; do await "the old worker's end" gone "$worker" || return; done
	await "two new workers" two_workers
}
many() {
	for i in 1 2 3 4; do
		curl -sSf --parallel 'http://127.0.0.1:8080/word?[1-50]' >"$work/$mode/many.$i" \
			2>"$work/$mode/curl.$i.log" &
		eval "many_$i=\$!"
	done
	# shellcheck disable=SC2154
	wait "$many_1" "$many_2" "$many_3" "$many_4"
	grep -ho second "$work/$mode"/many.* | wc -l
}

session() {
	mode=$1
	configure first
	ln "$work/big" "$work/$mode/nginx/html/big"
	start nginx nginx -c "$work/$mode/nginx.conf"
	step start await "nginx's answer" word_is first
	step workers await "two workers" two_workers
	step big checksum http://127.0.0.1:8080/big
	step ipv6 checksum 'http://[::1]:8080/big'
	step unix checksum http://127.0.0.1:8080/proxied/big
	step tcp checksum http://127.0.0.1:8080/proxied-tcp/big
	step reload reload
	step many many
	step stop stop nginx
	step upgrade nginx_upgrade "env LD_PRELOAD;"
	# shellcheck disable=SC2016  # for the shell inside
	step log sh -c '! grep -E "emerg|alert|crit|error]|not implemented" "$0"' "$work/$mode/nginx/error.log"
}

mode=closed
configure first
fails "closed, nginx doesn't start" "failed (38: Function not implemented)" in_mode nginx -c "$work/closed/nginx.conf"
session open
session run
same start "nginx starts under socketcall run"
same workers "nginx is a master with two workers"
same big "nginx serves 8 MB without an error in them"
same ipv6 "nginx serves 8 MB over IPv6"
same unix "nginx is a proxy for a server on a UNIX socket"
same tcp "nginx is a proxy for a server on TCP, found by name"
same reload "nginx loads a new configuration, and replaces its workers"
same many "nginx answers 200 requests over parallel connections"
same stop "nginx ends at SIGTERM"
same log "nginx's log has no errors"
same upgrade "nginx is upgraded while it runs, with 'env LD_PRELOAD' in its configuration"
