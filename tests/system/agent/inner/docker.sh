# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Runs in a Debian that booted.sh has booted: dockerd with a profile that closes socketcall, with one that has it
# reported to the agent, and with the latter as its default (daemon.json).
# shellcheck source=lib.sh
. /srv/inner/lib.sh
booted_or_end
profile='socketcall profile --families' families='UNIX INET'
file=/srv/profile.json
[ -e $file ] || file=/usr/share/containers/seccomp.json # podman's
agent=/run/socketcall/agent.sock
# A 32-bit program that makes a socket, as in docs/agent.md.
one_socket='perl -MSocket -e "socket(S, AF_UNIX, SOCK_STREAM, 0) or die \$!"'

# Docker's storage must be on a file system that overlayfs accepts as its upper layer.
mkdir -p /var/lib/docker && mount -t tmpfs tmpfs /var/lib/docker && systemctl restart docker.service >$log 2>&1
soon docker info
ok $? "dockerd runs"
docker info --format '{{.ServerVersion}} {{.Driver}} {{.SecurityOptions}}' 2>&1 | note
runc --version | head -n 1 | note
tar -C /srv/i386 -c . | docker import - i386 >$log 2>&1
ok $? "docker import makes an image of the i386 root"
systemctl start socketcall-agent.socket

$profile "$families" $file >/run/closed.json 2>$log &&
	$profile "$families" --listen $agent $file >/run/served.json 2>$log
ok $? "socketcall profile writes both profiles"

# run PROFILE COMMAND...: runs a container with that profile; $log has its output.
run() {
	seccomp=$1
	shift
	timeout 900 docker run --rm --network none --security-opt seccomp="$seccomp" i386 "$@" >$log 2>&1
}

run unconfined sh -c "$one_socket"
ok $? "socketcall open: a 32-bit program makes a socket"
! run /run/closed.json sh -c "$one_socket" &&
	grep -qE 'Operation not permitted|Permission denied|Function not implemented' $log
ok $? "socketcall closed: it does not"
run /run/served.json sh -c "$one_socket"
ok $? "served by the agent: it does"
run /run/served.json perl -MSocket -e 'print socket(S, 16, SOCK_RAW, 0) ? "made\n" : "refused: $!\n"'
grep -qxE 'refused: (Operation not permitted|Function not implemented)' $log
ok $? "served: NETLINK is refused by the profile"

timeout 900 docker run --rm --network none -v /usr/bin/socketcall:/socketcall:ro \
	--security-opt seccomp=/run/served.json i386 /socketcall probe --closed ALG,VSOCK --missing-ok >$log 2>&1
ok $? "served: ALG and VSOCK are closed at every door"

# A server with a health check.
docker run -d --name server --network none --security-opt seccomp=/run/served.json \
	--health-cmd "curl -sS http://127.0.0.1:8080/page" --health-interval 2s --health-timeout 60s \
	i386 sh -c 'trap "exit 3" TERM; busybox httpd -f -p 127.0.0.1:8080 -h /usr/share & wait' >$log 2>&1
ok $? "a shell starts as process 1, and a static server"
exec_curl() { docker exec server curl -sS http://127.0.0.1:8080/page; }
soon exec_curl && grep -q Mozilla $log
ok $? "docker exec: curl gets a page from the server"
is_healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' server)" = healthy ]; }
soon is_healthy || docker inspect -f '{{json .State.Health}}' server >$log 2>&1
is_healthy
ok $? "its health check, a 32-bit curl, succeeds"
docker exec server cat /proc/self/attr/current 2>&1 | note
socketcall agent --status >$log 2>&1
ok $? "agent --status shows the container"
note <$log
timeout 900 docker stop -t 200 server >$log 2>&1 && docker inspect -f '{{.State.ExitCode}}' server >$log
grep -qx 3 $log
ok $? "docker stop: process 1 ends by its own signal handler"
no_container() { ! socketcall agent --status; }
soon no_container
ok $? "the agent serves no container any more"

# ---- The default profile ---------------------------------------------------------------------------------------------

sed -i 's|{|{ "seccomp-profile": "/run/served.json",|' /etc/docker/daemon.json
systemctl restart docker.service >$log 2>&1
soon docker info
ok $? "dockerd accepts the profile as its default"
plain() { timeout 900 docker run --rm --network none i386 "$@" >$log 2>&1; }
plain sh -c "$one_socket"
ok $? "a container without options is served"
# A container that starts a program after the other; each makes a first call and prints a line.
docker run -d --name before --network none --health-cmd true --health-interval 2s --health-retries 1 i386 \
	sh -c "while :; do $one_socket; echo \$?; sleep 0.1; done" >$log 2>&1
ok $? "a container starts in the background"
lines() { docker logs before 2>&1 | wc -l; }
has_more() { [ "$(lines)" -gt $((count + 5)) ]; }
goes_on() { # true if new programs are served from now on, and none has failed
	count=$(lines)
	soon has_more && ! docker logs before 2>&1 | grep -vx 0 >$log
}
systemctl stop socketcall-agent.socket socketcall-agent.service
if plain /bin/true; then ok 1 "without the agent no container starts"; else
	ok 0 "without the agent no container starts"
	note <$log
fi
! docker exec before /bin/true >$log 2>&1
ok $? "without the agent, docker exec and health checks fail in a running container"
note <$log
is_unhealthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' before)" = unhealthy ]; }
soon is_unhealthy
ok $? "… so docker calls the container unhealthy"
goes_on
ok $? "… but its own programs are still served"
docker run --rm --network none --security-opt seccomp=unconfined i386 /bin/echo started >$log 2>&1
ok $? "a container with another profile starts"
systemctl start socketcall-agent.socket
plain sh -c "$one_socket"
ok $? "when the socket is back, containers with the profile start again"
docker exec before sh -c "$one_socket" >$log 2>&1
ok $? "… and docker exec works again"
plan
