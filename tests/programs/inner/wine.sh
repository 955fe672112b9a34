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
	# A wineserver ends by itself 3 s after its last program, which would be before it is told to on a busy machine.
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
# What wine says when it makes its folder names that.
sed -i "s|$work/[a-z]*/prefix|PREFIX|" "$work"/*/*.out
same start "wine under socketcall run makes its prefix and runs a command"
same winsock "Winsock: TCP, UDP and select() between threads"
same end "wineserver is told to end"
same gone "and ends"
