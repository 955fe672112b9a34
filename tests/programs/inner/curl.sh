# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
# shellcheck source=tests/programs/inner/nginx.lib.sh
. /src/tests/programs/inner/nginx.lib.sh

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
nginx_conf "$work/nginx.conf" "$work/nginx" "
	server {
		listen 127.0.0.1:8080;
		listen [::1]:8080;
		listen unix:$work/http.sock;
		listen 127.0.0.1:8443 ssl http2;
		ssl_certificate $work/cert.pem;
		ssl_certificate_key $work/key.pem;
		location /put/ { dav_methods PUT; }
	}"
echo "a page" >"$work/nginx/html/page"
head -c 8000000 /dev/urandom >"$work/nginx/html/big"
for i in 1 2 3 4 5 6 7 8; do echo "part $i" >"$work/nginx/html/part$i"; done
mkdir "$work/nginx/html/put"
chmod 777 "$work/nginx/html/put"
start nginx nginx -c "$work/nginx.conf"
await "nginx's answer" curl -sSf http://127.0.0.1:8080/page | diagnose

fetch() { in_mode curl -sSf --cacert "$work/cert.pem" "$@"; }
checksum() { fetch "$@" | sha256sum; }
upload() {
	rm -f "$work/nginx/html/put/big"
	fetch -T "$work/nginx/html/big" http://127.0.0.1:8080/put/big &&
		cmp "$work/nginx/html/big" "$work/nginx/html/put/big"
}

parallel() {
	fetch --parallel 'http://localhost:8080/part[1-8]' -o "$work/$mode/got#1" 2>"$work/$mode/meter.log" || return
	cat "$work/$mode"/got*
}

session() {
	mode=$1
	step http fetch http://127.0.0.1:8080/page
	step ipv6 fetch 'http://[::1]:8080/page'
	step name fetch http://localhost:8080/page
	step unix fetch --unix-socket "$work/http.sock" http://localhost/page
	step https fetch https://localhost:8443/page
	step big checksum https://localhost:8443/big
	step put upload
	step parallel parallel
}

mode=closed
fails "closed, curl can't connect" "curl: (7)" fetch http://127.0.0.1:8080/page
fails "closed, curl can't connect for HTTPS" "curl: (" fetch https://localhost:8443/page
session open
session run
same http "curl fetches a page under socketcall run"
same ipv6 "curl fetches a page over IPv6"
same name "curl fetches a page by host name, which its resolver's thread looks up"
same unix "curl fetches a page over a UNIX socket"
same https "curl fetches a page over HTTPS, and checks the certificate"
same big "curl fetches 8 MB over HTTPS without an error in them"
same put "curl sends 8 MB, and the same bytes arrive"
same parallel "curl fetches eight pages in parallel"
mode=open
stop nginx | diagnose
