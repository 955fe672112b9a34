# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The tests of go.sh; then the same for each program that rules.mk builds from tests/programs/go/web.go.
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
	same get "$kind: a Go client gets seventeen pages by host name, and its child looks a name up"
	same post "$kind: a Go client posts text"
	same resolve "$kind: a Go client looks a name up"
	same unix "$kind: UNIX sockets work: streams, datagrams and deadlines"
	same stop "$kind: the Go server ends at SIGTERM"
done
