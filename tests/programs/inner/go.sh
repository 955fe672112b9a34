# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

# Debian's programs that are written in Go: caddy serves a folder, rclone copies it.
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
	rclone_to copy --http-url http://127.0.0.1:8090 :http: "$work/$mode/copy" &&
		diff -r "$work/folder" "$work/$mode/copy" &&
		echo "the same"
}
gets() { in_mode hey -n 40 -c 4 http://127.0.0.1:8090/within/3 | grep -F 'responses'; }
serves() {
	start rclone rclone --config "$work/rclone.conf" serve http --addr 127.0.0.1:8091 "$work/folder"
	await "rclone's answer" curl -sSf http://127.0.0.1:8091/within/2 && curl -sSf http://127.0.0.1:8091/big |
		cmp - "$work/folder/big"
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
fails "closed, caddy doesn't start" "function not implemented" in_mode env HOME="$work" caddy file-server \
	--listen 127.0.0.1:8090
debian open
debian run
same start "caddy under socketcall run serves a folder"
same copies "rclone copies the folder from caddy"
same gets "hey gets a file over four connections"
same serves "rclone serves a folder"
same stop "caddy ends at SIGTERM"
