# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What go.sh tests, and tests/programs/go/web.go, as rules.mk builds it.
# shellcheck source=tests/programs/inner/go.sh
. /src/tests/programs/inner/go.sh

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
for program in /sc/tests/go/*; do
	kind=$(basename "$program")
	mode=closed
	fails "$kind: closed, a Go server doesn't start" "function not implemented" in_mode "$program" serve \
		127.0.0.1:8092
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
