# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
# shellcheck source=tests/programs/inner/nginx.lib.sh
. /src/tests/programs/inner/nginx.lib.sh

# expected WHY SENTENCE TEXT COMMAND...: prints TEXT in mode open, and will in mode run when a later mechanism does it.
expected() {
	reason=$1
	subject=$2
	wanted=$3
	shift 3
	LIMIT=30
	mode=open
	ok "open: $subject" prints "$@"
	LIMIT=2
	mode=run
	todo "$reason" "under socketcall run: $subject" prints "$@"
}
prints() {
	"$@" >"$work/prints" 2>&1
	grep -qF -e "$wanted" "$work/prints" && return
	cat "$work/prints"
	return 1
}

# As in_mode, as an ordinary user; the filter comes first, because with no_new_privs nothing would be gained by exec.
as_user() {
	if [ "$mode" = run ]; then
		set -- /sc/socketcall run -- "$@"
	fi
	set -- setpriv --reuid=www-data --regid=www-data --init-groups "$@"
	if [ "$mode" = run ]; then
		set -- /sc/socketcall closed -- "$@"
	fi
	timeout -k 5 "$LIMIT" "$@"
}

nginx_conf "$work/nginx.conf" "$work/nginx" "server { listen 127.0.0.1:8080; location / { return 200 'a page\n'; } }"
nginx -c "$work/nginx.conf" >"$work/nginx.log" 2>&1 &
here=http://127.0.0.1:8080/
await "nginx's answer" curl -sSf $here | diagnose

expected "no libc's loader" "a static program" "a page" in_mode busybox wget -q -O - $here
expected "Go makes its calls itself" "a Go program" "responses" in_mode hey -n 4 -c 2 $here
expected "a cleaned environment" "a program that env -i starts" "a page" in_mode env -i curl -sS $here

cp /usr/bin/curl "$work/curl-caps"
setcap cap_net_bind_service=ep "$work/curl-caps"
expected "file capabilities" "a program with file capabilities, as a user" "a page" as_user "$work/curl-caps" -sS $here
cp "$(command -v ping)" "$work/ping-caps"
setcap cap_net_raw=ep "$work/ping-caps"
expected "file capabilities" "ping with file capabilities, as a user" "1 received" \
	as_user "$work/ping-caps" -c 1 127.0.0.1
cp /usr/bin/curl "$work/curl-setuid"
chmod u+s "$work/curl-setuid"
agent() {
	rm -f "$work/agent"
	as_user ssh-agent -D -a "$work/agent" >"$work/agent.log" 2>&1 &
	agent=$!
	await "the agent's socket" test -S "$work/agent" && SSH_AUTH_SOCK=$work/agent ssh-add -l
	cat "$work/agent.log"
	kill $agent
}
chmod 1777 "$work"
expected "setgid" "ssh-agent, which is setgid, as a user" "no identities" agent
expected "setuid" "a setuid program, as a user" "a page" as_user "$work/curl-setuid" -sS $here

expected "a cleaned environment" "nginx's binary upgrade" "a page" nginx_upgrade ""

for key in host id; do ssh-keygen -q -t ed25519 -N '' -C test -f "$work/$key"; done
cp "$work/id.pub" "$work/authorized"
mkdir -p /run/sshd
redis-server --port 6379 --save '' >"$work/redis.log" 2>&1 &
await "redis's answer" redis-cli ping | diagnose
login() {
	port=$1
	shift
	ssh -F none -i "$work/id" -p "$port" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes \
		-o LogLevel=ERROR root@127.0.0.1 "$@"
}
session() {
	port=2222
	[ "$mode" = open ] || port=2223
	start sshd /usr/sbin/sshd -D -e -f /dev/null -p "$port" -o ListenAddress=127.0.0.1 -h "$work/host" \
		-o AuthorizedKeysFile="$work/authorized" -o StrictModes=no -o UsePAM=no -o PidFile=none
	await "sshd's answer" login "$port" true || return
	login "$port" redis-cli ping
	stop sshd
}
expected "a cleaned environment" "what sshd starts" PONG session
