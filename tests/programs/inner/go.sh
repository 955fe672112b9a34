# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

# Programs of Debian's that are written in Go: caddy serves a folder, rclone copies it.
mkdir -p "$work/folder/within"
head -c 3000000 /dev/urandom >"$work/folder/big"
for i in 1 2 3 4 5 6 7 8; do echo "file $i" >"$work/folder/within/$i"; done
rclone_to() { in_mode rclone --config "$work/rclone.conf" "$@"; }
: >"$work/rclone.conf"

caddy_serves() {
	start caddy env HOME="$work/$mode" caddy file-server --browse --root "$work/folder" --listen 127.0.0.1:8090
	await "caddy's answer" curl -sSf http://127.0.0.1:8090/within/1
}
copies() {
	rm -rf "$work/$mode/copy"
	rclone_to copy --http-url http://127.0.0.1:8090 :http: "$work/$mode/copy" && diff -r "$work/folder" "$work/$mode/copy" &&
		echo "the same"
}
gets() { in_mode hey -n 40 -c 4 http://127.0.0.1:8090/within/3 | grep -F 'responses'; }
serves() {
	start rclone rclone --config "$work/rclone.conf" serve http --addr 127.0.0.1:8091 "$work/folder"
	await "rclone's answer" curl -sSf http://127.0.0.1:8091/within/2 && curl -sSf http://127.0.0.1:8091/big | cmp - "$work/folder/big"
	stop rclone
}
debian() {
	mode=$1
	step start caddy_serves
	step copies copies
	step gets gets
	step serves serves
	step stop stop caddy
}

mode=closed
fails "closed, caddy doesn't start" "function not implemented" in_mode env HOME="$work" caddy file-server --listen 127.0.0.1:8090
debian open
debian run
same start "caddy under socketcall run serves a folder"
same copies "rclone copies it from there"
same gets "hey gets a file by four connections"
same serves "rclone serves a folder"
same stop "caddy ends at SIGTERM"

# tests/programs/go/web.go, where tests/programs/go.long has built it.
[ -d /t/go ] || exit 0
web() {
	program=$2
	mode=$1
	start web "$program" serve 127.0.0.1:8092
	step web await "the server's answer" curl -sSf http://127.0.0.1:8092/
	step get in_mode "$program" fetch http://localhost:8092/a/path
	step post in_mode "$program" fetch http://127.0.0.1:8092/other some text
	step resolve in_mode "$program" resolve localhost
	rm -f "$work"/socket*
	step unix in_mode "$program" unix "$work/socket"
	step stop stop web
}
for program in /t/go/*; do
	kind=$(basename "$program")
	mode=closed
	fails "$kind: closed, a Go server doesn't start" "function not implemented" in_mode "$program" serve 127.0.0.1:8092
	for each in open run; do
		web $each "$program"
	done
	same web "$kind: a Go server under socketcall run answers"
	same get "$kind: a Go client asks by name, seventeen times, and its child as well"
	same post "$kind: and sends"
	same resolve "$kind: it finds addresses"
	same unix "$kind: UNIX sockets, datagrams and deadlines"
	same stop "$kind: its server ends at SIGTERM"
done
