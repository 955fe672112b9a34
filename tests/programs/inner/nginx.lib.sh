# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154
# For tests with nginx, after lib.sh.
#
# nginx_conf FILE FOLDER LINES [MAIN]   writes a configuration to FILE, which uses FOLDER for all files; LINES go into
#                                       its http block, MAIN (default: "daemon off;") before it
# nginx_upgrade MAIN                    in $mode: upgrades a running nginx (SIGUSR2), whose new master takes over its
#                                       sockets; prints the new one's page, or the error. MAIN may have `env`
#                                       directives.

nginx_conf() {
	mkdir -p "$2/html" "$2/temp"
	chmod 777 "$2/html" "$2/temp"
	cat >"$1" <<END
${4-daemon off;}
worker_processes 2;
pid $2/pid;
error_log $2/error.log notice;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path $2/temp/body;
	proxy_temp_path $2/temp/proxy;
	fastcgi_temp_path $2/temp/fastcgi;
	uwsgi_temp_path $2/temp/uwsgi;
	scgi_temp_path $2/temp/scgi;
	root $2/html;
	client_max_body_size 16m;
	sendfile on;
$3
}
END
}

nginx_upgraded() {
	[ -e "$folder/pid.oldbin" ] && new=$(cat "$folder/pid") && [ "$new" != "$old" ] && pgrep -f -P "$new" worker
}

nginx_upgrade() {
	folder=$work/$mode/upgrade
	page=http://127.0.0.1:8099/
	nginx_conf "$folder.conf" "$folder" "server { listen 127.0.0.1:8099; location / { return 200 'a page\n'; } }" \
		"$1"
	in_mode /usr/sbin/nginx -c "$folder.conf" || return
	await "nginx's answer" curl -sSf $page || return
	old=$(cat "$folder/pid")
	kill -USR2 "$old"
	if await "the new master" nginx_upgraded; then
		kill -QUIT "$old"
		await "the old master's end" gone "$old" && curl -sSf $page
	else
		grep failed "$folder/error.log"
	fi
	new=$(cat "$folder/pid")
	kill "$new"
	await "the end of nginx" gone "$new" # before another one listens at this port
}
