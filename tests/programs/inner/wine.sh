# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

LIMIT=400
export WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" HOME="$work"
wine_in_mode() {
	WINEPREFIX=$work/$mode/prefix in_mode "$@"
}
ends() { ! pgrep -x wineserver32; }
session() {
	mode=$1
	# By default wineserver ends 3 s after its last program, on a busy machine before `wineserver -k`. So -p600.
	mkdir "$work/$mode/prefix"
	wine_in_mode wineserver -p600 >"$work/$mode/server.log" 2>&1
	step start wine_in_mode wine cmd /c echo a command
	step winsock wine_in_mode wine /sc/tests/winsock.exe
	step end wine_in_mode wineserver -k
	step gone await "the end of wineserver" ends
}
mode=closed
fails "closed, wine doesn't start" "Function not implemented" wine_in_mode wine cmd /c echo a command
session open
session run
# When wine makes its prefix, its messages name the folder, which differs between modes. How many of its programs start
# before the folder system32 exists, and complain, depends on their timing.
sed -i "s|$work/[a-z]*/prefix|PREFIX|; /could not open working directory/d" "$work"/*/*.out
same start "wine under socketcall run makes its prefix and runs a command"
same winsock "Winsock works: TCP, UDP and select() between threads"
same end "wineserver -k succeeds"
same gone "wineserver ends"
