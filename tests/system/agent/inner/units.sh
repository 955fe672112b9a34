# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Runs in a Debian that booted.sh has booted: the units of `socketcall agent`. The socket unit and dockerd were enabled
# before the boot.
# shellcheck source=lib.sh
. /srv/inner/lib.sh
unit=socketcall-agent.service
booted_or_end
systemctl --version | head -n 1 | note
runc --version | head -n 1 | note

property() { systemctl show -P "$2" "$1"; }
main_pid() { property $unit MainPID; }

# ---- systemd-analyze on the units ------------------------------------------------------------------------------------

systemd-analyze verify --man=no /usr/lib/systemd/system/socketcall-agent.* >$log 2>&1 &&
	! grep -q socketcall-agent $log
ok $? "systemd-analyze verify has no complaint about the units"
XDG_RUNTIME_DIR=/run systemd-analyze verify --man=no --user /usr/lib/systemd/user/socketcall-agent.* >$log 2>&1 &&
	! grep -q socketcall-agent $log
ok $? "… nor about the user's units"
systemd-analyze security --no-pager $unit 2>&1 | tail -n 1 | note

# ---- Order, and start by the socket --------------------------------------------------------------------------------

{
	property socketcall-agent.socket ActiveEnterTimestampMonotonic
	property containerd.service ExecMainStartTimestampMonotonic
	property docker.service ExecMainStartTimestampMonotonic
} >$log
sort -cn $log 2>/dev/null && ! grep -qx 0 $log
ok $? "the socket is active before containerd and docker start"
systemctl show -P Before $unit >$log
grep -q docker.service $log && grep -q containerd.service $log && grep -q crio.service $log
ok $? "the agent's service starts before docker, containerd and crio, if it is enabled"
property $unit ActiveState >$log
grep -qx inactive $log
ok $? "the agent doesn't run before a container needs it"

# ---- Containers ----------------------------------------------------------------------------------------------------

socketcall profile --format oci --families 'UNIX INET' --listen /run/socketcall/agent.sock >/run/served.json 2>$log ||
	ok 1 "a profile is written"

# start NAME COMMAND: starts a container whose output goes to /run/NAME.out; errors go to $log, too.
start() {
	mkdir -p "/run/$1"
	(cd "/run/$1" && rm -f config.json && runc spec && PROGRAM=$2 perl -0pi -e '
		open my $file, "<", "/run/served.json"; my $profile = join "", <$file>;
		my $program = $ENV{PROGRAM};
		s/"terminal": true/"terminal": false/;
		s/"sh"/"sh", "-c", "$program"/;
		s/"path": "rootfs"/"path": "\/srv\/i386"/;
		s/"linux": \{/"linux": { "seccomp": $profile,/' config.json)
	runc run -d -b "/run/$1" "$1" </dev/null >"/run/$1.out" 2>&1 || { cp "/run/$1.out" $log && false; }
}
served_in() { runc exec "$1" /bin/loader socket; }

# A container that starts a program after the other; each makes a first call and prints a line.
start one "while :; do perl -MSocket -e 'exit(socket(S, AF_UNIX, SOCK_STREAM, 0) ? 0 : 1)'; echo \$?; sleep 0.1; done"
ok $? "a container starts"
goes_on() { # true if new programs are served from now on, and none has failed
	lines=$(wc -l <$log_of_one)
	if soon has_more && ! grep -qvx 0 $log_of_one; then return; fi
	tail $log_of_one >$log
	return 1
}
has_more() { [ "$(wc -l <$log_of_one)" -gt $((lines + 5)) ]; }
log_of_one=/run/one.out
goes_on
ok $? "systemd has started the agent by its socket: 32-bit programs make sockets"
served_in one >$log 2>&1
ok $? "a program that runc exec starts makes a socket, too"
runc exec one perl -MSocket -e 'socket(S, 16, SOCK_RAW, 0) and print "NETLINK\n"; print "end\n"' >$log 2>&1
grep -qx end $log && ! grep -q NETLINK $log
ok $? "a family that the profile refuses stays refused"
socketcall agent --status >$log 2>&1
ok $? "agent --status shows the container"
note <$log

# ---- Restarts and kills --------------------------------------------------------------------------------------------

before=$(main_pid)
systemctl restart $unit >$log 2>&1
[ "$(main_pid)" != "$before" ] && goes_on
ok $? "after systemctl restart first calls of a running container are served"
start two 'sleep 10000' && soon served_in two
ok $? "… and so are those of a new container"

# kill_agent: kills the agent, counts the kill, and waits for a new agent.
kills=0
has_main() { [ "$(main_pid)" != 0 ]; }
kill_agent() { soon has_main && kill -KILL "$(main_pid)" && kills=$((kills + 1)); }
n=0 good=0
while [ $n -lt 20 ]; do
	n=$((n + 1))
	kill_agent
	if served_in one >$log 2>&1; then good=$((good + 1)); else note <$log; fi
done
{ echo "$good of $n, $kills kills" && systemctl status --no-pager $unit; } >$log 2>&1
[ $good = $n ] && [ $kills = $n ]
ok $? "SIGKILL of the agent, $kills times: each time runtimes can hand over a listener, which is served"
n=0 good=0
while [ $n -lt 4 ]; do
	n=$((n + 1))
	kill_agent
	start "new$n" 'sleep 10000' && soon served_in "new$n" && good=$((good + 1))
done
[ $good = $n ]
ok $? "after the kills, new containers start"
goes_on
ok $? "meanwhile all first calls of a running container were served"
property $unit NRestarts | sed 's/^/# restarts: /'

systemctl stop $unit >$log 2>&1
property $unit ActiveState >$log
grep -qx inactive $log && goes_on
ok $? "when the agent is stopped, running containers are still served"
start three 'sleep 10000' && soon served_in three
ok $? "… and the socket starts the agent for a new container"

systemctl stop socketcall-agent.socket $unit
if start four 'sleep 10000'; then ok 1 "no container starts without the socket"; else
	ok 0 "no container starts without the socket"
	note <$log
fi
! served_in one >$log 2>&1
ok $? "without socket and agent, runc exec fails in a running container"
note <$log
goes_on
ok $? "… but its own programs are still served"
# ---- A user's own agent, and rootless podman ------------------------------------------------------------------------

useradd --create-home --shell /bin/sh someone 2>$log && loginctl enable-linger someone 2>>$log
id=$(id -u someone)
has_manager() { [ -S "/run/user/$id/systemd/private" ]; }
soon has_manager
ok $? "an ordinary user has a systemd manager"
# podman must not take its settings from this session's environment.
as_user() {
	(cd /home/someone && exec setpriv --reuid "$id" --regid "$id" --init-groups env -i HOME=/home/someone \
		PATH="$PATH" XDG_RUNTIME_DIR="/run/user/$id" "$@")
}
as_user systemctl --user enable --now socketcall-agent.socket >$log 2>&1
ok $? "systemctl --user enable --now socketcall-agent.socket"
# shellcheck disable=SC2016  # for the shell
as_user sh -c 'socketcall profile --listen $XDG_RUNTIME_DIR/socketcall/agent.sock >served.json' 2>$log
ok $? "socketcall profile writes a profile for that user's containers"
cp -a /srv/i386 /home/someone/root && chown -R someone: /home/someone/root
# rootless SECURITY: runs a container of the user's, in which a 32-bit program makes a socket.
rootless() {
	as_user timeout 900 podman --storage-driver vfs run --rm --network none --cgroups=disabled \
		--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --security-opt "seccomp=$1" \
		--rootfs /home/someone/root \
		perl -MSocket -e 'exit(socket(S, AF_UNIX, SOCK_STREAM, 0) ? 0 : 3)' >$log 2>&1
}
as_user podman --version | note
rootless unconfined
ok $? "rootless podman, socketcall open: a 32-bit program makes a socket"
as_user sh -c 'socketcall profile >closed.json' 2>$log
rootless closed.json
[ $? = 3 ]
ok $? "rootless podman, socketcall closed: it does not"
rootless served.json
ok $? "rootless podman, served: it does; systemd has started that user's agent"
as_user systemctl --user is-active socketcall-agent.service >$log 2>&1
ok $? "… which continues to run"
as_user systemctl --user kill --signal KILL --kill-whom main socketcall-agent.service >$log 2>&1
rootless served.json
ok $? "when the user's agent is killed, systemd starts it again"
as_user systemctl --user stop socketcall-agent.socket socketcall-agent.service >$log 2>&1
rootless served.json
[ $? -ge 125 ]
ok $? "without the agent, no container with that profile starts"
note <$log
journalctl --no-pager -b -u $unit -o cat | grep -vE 'served|Consumed' | sort | uniq -c | sort -rn | head -n 30 | note
plan
