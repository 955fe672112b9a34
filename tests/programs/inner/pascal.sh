# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

RUN_OPTIONS=--trap
mkdir -p "$work/units"
ok "Free Pascal's compiler builds the program, with no C library" \
	fpc -v0 -O2 -FU"$work/units" -o"$work/web" /src/tests/programs/pascal/web.pas
url=http://127.0.0.1:8093
session() {
	mode=$1
	start server "$work/web" serve 8093
	step serves await "the server's answer" curl -sSf $url/first
	step get in_mode "$work/web" get $url/a/path
	step post in_mode "$work/web" post $url/ "some text"
	step pair in_mode "$work/web" pair
	# SIGTERM arrives while the server waits in accept(), called by its own int $0x80.
	step stop stop server
}
mode=closed
fails "closed, there is no socket" "Function not implemented" in_mode "$work/web" pair
session open
session run
mode=run
for name in serves get post pair stop; do
	case $name in
	serves) text="a server under run --trap answers curl" ;;
	get) text="a client gets a page from it" ;;
	post) text="a client posts text to it" ;;
	pair) text="a pair of sockets connects parent and child" ;;
	stop) text="the server, which waits in a call, ends at SIGTERM" ;;
	esac
	same $name "$text"
done
# Without --trap, run reaches only the vDSO's entry and the stubs of glibc and Go.
RUN_OPTIONS=
fails "without --trap the program isn't reached" "Function not implemented" in_mode "$work/web" pair
