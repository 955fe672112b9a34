# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

for key in host id; do ssh-keygen -q -t ed25519 -N '' -C test -f "$work/$key"; done
cp "$work/id.pub" "$work/authorized"
mkdir -p /run/sshd
cat >"$work/sshd_config" <<END
ListenAddress 127.0.0.1
ListenAddress ::1
HostKey $work/host
AuthorizedKeysFile $work/authorized
StrictModes no
UsePAM no
PidFile none
MaxStartups 100
Subsystem sftp internal-sftp
END
{
	printf 'test '
	cat "$work/host.pub"
} >"$work/known"
cat >"$work/ssh_config" <<END
Host *
Port 2222
User root
IdentityFile $work/id
HostKeyAlias test
UserKnownHostsFile $work/known
GlobalKnownHostsFile /dev/null
BatchMode yes
END
redis-server --port 6379 --save '' >"$work/redis.log" 2>&1 &
await "redis's answer" redis-cli ping | diagnose
head -c 8000000 /dev/urandom >"$work/big"

# client PROGRAM ARGUMENT...: runs one of openssh's clients with the configuration.
client() {
	program=$1
	shift
	in_mode "$program" -F "$work/ssh_config" "$@"
}

commands() {
	client ssh 127.0.0.1 echo by address
	client ssh ::1 echo over IPv6
	client ssh localhost 'echo by name; exit 3'
	echo "status $?"
	client ssh localhost sha256sum <"$work/big"
	client ssh -tt localhost 'test -t 0 && echo a terminal' | tr -d '\r'
}
scan() { in_mode ssh-keyscan -p 2222 -t ed25519 127.0.0.1 localhost 2>/dev/null | sort; }
copy() {
	client scp -q "$work/big" "localhost:$work/$mode/there" &&
		client scp -q "localhost:$work/$mode/there" "$work/$mode/back" &&
		cmp "$work/big" "$work/$mode/back"
}
sftp_session() {
	printf '%s\n' "put $work/big $work/put" "ls -1 $work/put" "rm $work/put" | client sftp -q -b - localhost
}
agent() {
	# Debian's ssh-agent is setgid, so the preload doesn't reach it. A copy isn't setgid.
	cp /usr/bin/ssh-agent "$work/ssh-agent"
	start agent "$work/ssh-agent" -D -a "$work/$mode/agent.sock"
	export SSH_AUTH_SOCK="$work/$mode/agent.sock"
	await "the agent's answer" agent_answers || return
	in_mode ssh-add -q "$work/id"
	in_mode ssh-add -L
	client ssh -o IdentityFile=none localhost echo by the agent
	# shellcheck disable=SC2016  # for the shell there
	client ssh -A -o IdentityFile=none localhost 'test -S "$SSH_AUTH_SOCK" && echo an agent there'
	unset SSH_AUTH_SOCK
	stop agent
}
# master NAME ARGUMENT...: starts a connection that other clients share by the socket $work/$mode/NAME.sock.
master() {
	name=$1
	shift
	start "$name" ssh -F "$work/ssh_config" -M -S "$work/$mode/$name.sock" -N "$@" localhost
	await "the master connection" ssh -F "$work/ssh_config" -S "$work/$mode/$name.sock" -O check localhost
}
shared() {
	master shared || return
	for i in 1 2 3; do client ssh -S "$work/$mode/shared.sock" localhost "echo $i; sha256sum" <"$work/known"; done
	client ssh -S "$work/$mode/shared.sock" -O exit localhost 2>&1
	await "the end of the master" gone "$(pid_of shared)"
}
forwarded() {
	master forward -L 7001:localhost:6379 -R 7002:localhost:6379 -L "$work/$mode/redis.sock:localhost:6379" ||
		return
	redis-cli -p 7001 echo "from here to there"
	redis-cli -p 7002 echo "from there to here"
	redis-cli -s "$work/$mode/redis.sock" echo "from a UNIX socket"
	stop forward
	printf 'PING\r\nQUIT\r\n' | client ssh -W localhost:6379 localhost
}
jump() { client ssh -o ProxyCommand="ssh -F $work/ssh_config -W %h:%p 127.0.0.1" localhost echo through the first; }

carried() {
	preload=$(/sc/socketcall run --preload-only -- printenv LD_PRELOAD)
	start sshd2 /usr/sbin/sshd -D -e -f "$work/sshd_config" -p 2223 -o "SetEnv=LD_PRELOAD=$preload"
	await "the second sshd's answer" ssh -F "$work/ssh_config" -p 2223 localhost true || return
	client ssh -p 2223 localhost redis-cli ping
	stop sshd2
}

session() {
	mode=$1
	start sshd /usr/sbin/sshd -D -e -f "$work/sshd_config" -p 2222
	step start await "sshd's answer" ssh -F "$work/ssh_config" localhost true
	step commands commands
	step scan scan
	step copy copy
	step sftp sftp_session
	step agent agent
	step shared shared
	step forwarded forwarded
	step jump jump
	step carried carried
	stop sshd
}

mode=closed
fails "closed, sshd doesn't start" "Cannot bind any address" in_mode /usr/sbin/sshd -D -e -f "$work/sshd_config" -p 2222
fails "closed, ssh can't connect" "socket: Function not implemented" client ssh 127.0.0.1 true
fails "closed, ssh-keyscan can't connect" "socket: Function not implemented" in_mode ssh-keyscan -p 2222 127.0.0.1
session open | diagnose
session run | diagnose
same start "sshd starts under socketcall run, and a client logs in"
same commands "ssh under socketcall run runs commands, over IPv4, IPv6, by name, with a terminal"
same scan "ssh-keyscan gets the server's key"
same copy "scp copies 8 MB there and back"
same sftp "sftp sends, lists and removes a file"
same agent "ssh uses ssh-agent's keys, and forwards the agent"
same shared "several clients share a connection"
same forwarded "ssh forwards ports and UNIX sockets in both directions"
same jump "ssh connects through another connection"
same carried "a program that sshd starts is reached if sshd's SetEnv passes LD_PRELOAD on"
