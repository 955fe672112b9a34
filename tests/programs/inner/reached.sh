# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
# shellcheck source=tests/programs/inner/nginx.lib.sh
. /src/tests/programs/inner/nginx.lib.sh

# reached SENTENCE TEXT COMMAND...: three tests: the command prints TEXT in modes open and run, but not in mode closed.
reached() {
	subject=$1
	wanted=$2
	shift 2
	mode=open
	LIMIT=90
	ok "open: $subject" prints "$@"
	mode=closed
	LIMIT=2
	ok "closed: not $subject" without "$@"
	mode=run
	LIMIT=90
	ok "under socketcall run: $subject" prints "$@"
}
without() { ! prints "$@"; }
prints() {
	"$@" >"$work/prints" 2>&1
	grep -qF -e "$wanted" "$work/prints" && return
	cat "$work/prints"
	return 1
}

# As in_mode, but as an ordinary user. Root loads the filter before it changes the user: an ordinary user could load it
# only with no_new_privs, and then exec would give programs no capabilities and no setuid.
as_user() {
	if [ "$mode" = run ]; then
		set -- /sc/socketcall run -- "$@"
	fi
	set -- setpriv --reuid=www-data --regid=www-data --init-groups "$@"
	if [ "$mode" != open ]; then
		set -- /sc/socketcall closed -- "$@"
	fi
	timeout -k 5 "$LIMIT" "$@"
}

nginx_conf "$work/nginx.conf" "$work/nginx" "server { listen 127.0.0.1:8080; location / { return 200 'a page\n'; } }"
nginx -c "$work/nginx.conf" >"$work/nginx.log" 2>&1 &
here=http://127.0.0.1:8080/
await "nginx's answer" curl -sSf $here | diagnose

reached "a static program" "a page" in_mode busybox wget -q -O - $here
reached "a Go program" "responses" in_mode hey -n 4 -c 2 $here
reached "a program that env -i starts" "a page" in_mode env -i curl -sS $here

cp /usr/bin/curl "$work/curl-caps"
setcap cap_net_bind_service=ep "$work/curl-caps"
reached "a program with file capabilities, as a user" "a page" as_user "$work/curl-caps" -sS $here
cp "$(command -v ping)" "$work/ping-caps"
setcap cap_net_raw=ep "$work/ping-caps"
# run loads a filter, for which an ordinary user needs no_new_privs. Then exec gives programs no file capabilities:
# socketcall-run(1).
refused() { ! as_user "$work/ping-caps" -c 1 127.0.0.1; }
mode=open wanted="1 received" LIMIT=90
ok "open: ping with file capabilities, as a user" prints as_user "$work/ping-caps" -c 1 127.0.0.1
mode=run
wanted="Operation not permitted"
ok "under socketcall run, as a user: file capabilities aren't gained, and ping says so" prints refused
reached "ping with file capabilities, as root" "1 received" in_mode "$work/ping-caps" -c 1 127.0.0.1
cp /usr/bin/curl "$work/curl-setuid"
chmod u+s "$work/curl-setuid"
# Each mode's agent has a socket of its own, because an agent that ends removes its socket.
agent() {
	as_user ssh-agent -D -a "$work/$mode.agent" >"$work/agent.log" 2>&1 &
	agent=$!
	export SSH_AUTH_SOCK="$work/$mode.agent"
	await "the agent's answer" agent_answers && ssh-add -l
	cat "$work/agent.log"
	kill $agent
	unset SSH_AUTH_SOCK
}
chmod 1777 "$work"
reached "ssh-agent, which is setgid, as a user" "no identities" agent
reached "a setuid program, as a user" "a page" as_user "$work/curl-setuid" -sS $here

reached "nginx's binary upgrade" "a page" nginx_upgrade ""

for key in host id; do ssh-keygen -q -t ed25519 -N '' -C test -f "$work/$key"; done
cp "$work/id.pub" "$work/authorized"
mkdir -p /run/sshd
redis-server --port 6379 --save '' >"$work/redis.log" 2>&1 &
await "redis's answer" redis-cli ping | diagnose
login() {
	port=$1
	shift
	ssh -F none -i "$work/id" -p "$port" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o BatchMode=yes \
		-o LogLevel=ERROR root@127.0.0.1 "$@"
}
session() {
	case $mode in open) port=2222 ;; closed) port=2223 ;; run) port=2224 ;; esac
	start sshd /usr/sbin/sshd -D -e -f /dev/null -p "$port" -o ListenAddress=127.0.0.1 -h "$work/host" \
		-o AuthorizedKeysFile="$work/authorized" -o StrictModes=no -o UsePAM=no -o PidFile=none
	await "sshd's answer" login "$port" true || return
	login "$port" redis-cli ping
	stop sshd
}
reached "what sshd starts" PONG session
