# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
# shellcheck source=tests/programs/inner/nginx.lib.sh
. /src/tests/programs/inner/nginx.lib.sh

# Nothing but this laboratory's loopback can be reached. The answer to each request is 404, so SteamCMD's exit status
# is 254 at best: what is compared is how far it comes.
echo "127.0.0.1 localhost client-download.steampowered.com media.steampowered.com" >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
nginx_conf "$work/nginx.conf" "$work/nginx" "server { listen 127.0.0.1:80; access_log $work/requests; }"
mode=open
start nginx nginx -c "$work/nginx.conf"
await "nginx's answer" curl -sS http://127.0.0.1/ | diagnose

# From docs/run.md.
needed='AF_UNIX AF_INET AF_INET6 AF_NETLINK:RAW:ROUTE'
export HOME="$work"

# asks N COMMAND...: SteamCMD, started by COMMAND, makes N requests. What it says is in $work/said.
asks() {
	wanted=$1
	shift
	rm -rf "$work/steam" "$work/Steam"
	mkdir -p "$work/steam/linux32"
	cp /t/steamcmd/usr/lib/games/steam/steamcmd.sh "$work/steam/"
	cp /t/steamcmd/usr/lib/games/steam/steamcmd "$work/steam/linux32/"
	: >"$work/requests"
	timeout -k 5 "$LIMIT" "$@" "$work/steam/steamcmd.sh" +quit >"$work/said" 2>&1
	status=$?
	cat "$work/said" "$work/requests"
	[ $status = 254 ] && [ "$(grep -c 'GET /client/.*Valve/Steam HTTP Client' "$work/requests")" = "$wanted" ]
}
closed="/sc/socketcall closed --"
run="/sc/socketcall run"

ok "SteamCMD asks its servers for an update, four times" asks 4
# shellcheck disable=SC2086  # words
ok "closed, it asks nobody" asks 0 $closed
ok "… since it has no sockets" grep -qF 'failed to create socket, error [no name available] (38)' "$work/said"
# shellcheck disable=SC2086
ok "closed, under socketcall run it asks as before" asks 4 $closed $run --
# shellcheck disable=SC2086
ok "under the policy of the manual, too" asks 4 $run --families "$needed" --
# shellcheck disable=SC2086
ok "… also where socketcall is closed" asks 4 $closed $run --families "$needed" --
# shellcheck disable=SC2086
ok "under a policy without AF_INET it asks nobody" asks 0 $run --families 'AF_UNIX AF_NETLINK' --
ok "… since that socket is refused" grep -qF 'failed to create socket, error [no name available] (97)' "$work/said"
stop nginx | diagnose
