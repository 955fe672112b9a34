# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
# shellcheck source=tests/programs/inner/nginx.lib.sh
. /src/tests/programs/inner/nginx.lib.sh

nginx_conf "$work/nginx.conf" "$work/nginx" "
	server {
		listen 127.0.0.1:8080;
		listen [::1]:8080;
		listen unix:$work/http.sock;
	}"
echo "a page" >"$work/nginx/html/page"
head -c 3000000 /dev/urandom >"$work/nginx/html/big"

# A launcher: a script that downloads a program and execs it. The program uses sockets, too.
cat >"$work/nginx/html/program" <<'END'
#!/usr/bin/perl
use Socket;
socket(my $tcp, PF_INET, SOCK_STREAM, 0) or die "tcp: $!\n";
connect($tcp, sockaddr_in(8080, inet_aton('127.0.0.1'))) or die "connect: $!\n";
syswrite $tcp, "GET /page HTTP/1.0\r\n\r\n";
local $/;
my ($page) = <$tcp> =~ /\r\n\r\n(.*)/s;
print $page;
print socket(my $six, PF_INET6, SOCK_STREAM, 0) ? "six\n" : "six: " . ($! + 0) . "\n";
print socketpair(my $a, my $b, PF_UNIX, SOCK_STREAM, 0) ? "pair\n" : "pair: " . ($! + 0) . "\n";
END
cat >"$work/launcher.sh" <<END
#!/bin/sh
set -e
wget -q -O $work/downloaded http://127.0.0.1:8080/program
chmod +x $work/downloaded
exec $work/downloaded
END
chmod +x "$work/launcher.sh"
start nginx nginx -c "$work/nginx.conf"
await "nginx's answer" curl -sSf http://127.0.0.1:8080/page | diagnose

under() { # LIST COMMAND...
	list=$1
	shift
	timeout -k 5 "$LIMIT" /sc/socketcall run --families "$list" -- "$@"
}
prints() { # TEXT COMMAND...
	text=$1
	shift
	[ "$("$@" 2>&1)" = "$text" ]
}
whole() { # COMMAND...: it prints the big page
	[ "$("$@" | sha256sum)" = "$(sha256sum <"$work/nginx/html/big")" ]
}

inet='AF_INET AF_NETLINK'
ok "curl fetches a page over IPv4" prints "a page" under "$inet" curl -sSf http://127.0.0.1:8080/page
ok "curl fetches a large page over IPv4" whole under "$inet" curl -sSf http://127.0.0.1:8080/big
fails "curl can't fetch a page over IPv6, which isn't allowed" "curl: (7)" \
	under "$inet" curl -sSf 'http://[::1]:8080/page'
fails "curl can't fetch a page over a UNIX socket, which isn't allowed" "curl: (7)" \
	under "$inet" curl -sSf --unix-socket "$work/http.sock" http://localhost/page
ok "with AF_INET6 curl fetches a page over IPv6" prints "a page" under AF_INET6 curl -sSf 'http://[::1]:8080/page'
fails "with AF_INET6 curl can't fetch a page over IPv4" "curl: (7)" under AF_INET6 curl -sSf http://127.0.0.1:8080/page
ok "with AF_UNIX curl fetches a page over a UNIX socket" prints "a page" \
	under AF_UNIX curl -sSf --unix-socket "$work/http.sock" http://localhost/page
fails "with AF_INET:SOCK_DGRAM curl can't fetch a page" "curl: (7)" \
	under AF_INET:SOCK_DGRAM curl -sSf http://127.0.0.1:8080/page
fails "with no family curl can't fetch a page" "curl: (7)" under none curl -sSf http://127.0.0.1:8080/page
ok "wget fetches a page" prints "a page" under "$inet" wget -q -O - http://127.0.0.1:8080/page
fails "wget can't fetch a page over IPv6, which isn't allowed" "" under "$inet" wget -O - 'http://[::1]:8080/page'
ok "the program that a launcher starts fetches its page, and gets no socket of another family" prints "a page
six: 97
pair: 97" under "$inet" "$work/launcher.sh"
ok "with more families the launcher's program gets sockets of those, too" prints "a page
six
pair" under 'AF_INET AF_INET6 AF_UNIX' "$work/launcher.sh"
mode=closed
ok "where socketcall is closed, the same policy binds the launcher's program" prints "a page
six: 97
pair: 97" timeout -k 5 "$LIMIT" /sc/socketcall closed -- /sc/socketcall run --families "$inet" -- "$work/launcher.sh"
learn() {
	timeout -k 5 "$LIMIT" /sc/socketcall run --learn "$work/learnt" -- "$work/launcher.sh" >/dev/null 2>&1
	learnt=$(sed -n "s/^--families '\(.*\)'$/\1/p" "$work/learnt")
	printf '%s\n' "$learnt"
}
learn >"$work/list"
ok "--learn finds the families that the launcher needs" \
	grep -q 'AF_UNIX:SOCK_STREAM.*AF_INET:SOCK_STREAM:TCP.*AF_INET6:SOCK_STREAM:TCP' "$work/list"
ok "under the list that --learn has made, the launcher works" prints "a page
six
pair" under "$(cat "$work/list")" "$work/launcher.sh"
fails "with a wrong policy run doesn't start the program" "AF_INTE" under AF_INTE echo started
mode=open
stop nginx | diagnose
