# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
# shellcheck source=tests/programs/inner/nginx.lib.sh
. /src/tests/programs/inner/nginx.lib.sh

# The laboratory has only a loopback interface. nginx answers 404 to each request, so SteamCMD's exit status is 254 at
# best; the tests count its requests.
echo "127.0.0.1 localhost client-download.steampowered.com media.steampowered.com" >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
nginx_conf "$work/nginx.conf" "$work/nginx" "server { listen 127.0.0.1:80; access_log $work/requests; }"
mode=open
start nginx nginx -c "$work/nginx.conf"
await "nginx's answer" curl -sS http://127.0.0.1/ | diagnose

# From docs/run.md.
needed='AF_UNIX AF_INET AF_INET6 AF_NETLINK:RAW:ROUTE'
export HOME="$work"

# asks N COMMAND...: succeeds if SteamCMD, started by COMMAND, makes N requests. Its output goes to $work/said.
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
ok "closed, SteamCMD makes no request" asks 0 $closed
ok "closed, SteamCMD says that it gets no socket: ENOSYS" \
	grep -qF 'failed to create socket, error [no name available] (38)' "$work/said"
# shellcheck disable=SC2086
ok "closed, under socketcall run SteamCMD asks four times" asks 4 $closed $run --
# shellcheck disable=SC2086
ok "under the policy of docs/run.md SteamCMD asks four times" asks 4 $run --families "$needed" --
# shellcheck disable=SC2086
ok "closed, under that policy SteamCMD asks four times" asks 4 $closed $run --families "$needed" --
# shellcheck disable=SC2086
ok "under a policy without AF_INET SteamCMD makes no request" asks 0 $run --families 'AF_UNIX AF_NETLINK' --
ok "under that policy SteamCMD says that the socket is refused: EAFNOSUPPORT" \
	grep -qF 'failed to create socket, error [no name available] (97)' "$work/said"
stop nginx | diagnose
