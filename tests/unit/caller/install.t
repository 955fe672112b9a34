#!/bin/sh
# SPDX-License-Identifier: MIT
# The files that `make install` leaves, and pkg-config, are enough to build programs outside of the repository, in C and
# C++, with the shared and the static library.
# Needs no 32-bit programs: it builds for this machine.
. "$(dirname "$0")/../../fixtures/tap.sh"
need gcc g++ libc6-dev pkg-config binutils

tools/build install "DESTDIR=$work/root" PREFIX=/usr >"$work/log" 2>&1
ok $? "make install DESTDIR= PREFIX=/usr"
export PKG_CONFIG_PATH="$work/root/usr/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work/root"
pkg-config --exists --print-errors socketcall >"$work/log" 2>&1
ok $? "pkg-config knows socketcall"
[ "$(pkg-config --modversion socketcall 2>"$work/log")" = "$(sed -n '1s/^# *//p' NEWS)" ]
ok $? "pkg-config's version is the first in NEWS"
flags=$(pkg-config --cflags --libs socketcall)

mkdir "$work/outside" && cat >"$work/outside/program.c" <<'END'
#include <errno.h>
#include <linux/net.h>
#include <socketcall.h>
#include <socketcall/host.h>
#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
	unsigned long words[] = { AF_UNIX, SOCK_STREAM, 0 };
	int fd = socketcall(SYS_SOCKET, words);

	if (fd < 0)
		return perror("socketcall"), 1;
	if (socketcall(0, words) != -1 || errno != EINVAL)
		return puts("call 0 isn't EINVAL"), 1;
	if (socketcall(SYS_BIND, NULL) != -1 || errno != EFAULT)
		return puts("no block isn't EFAULT"), 1;
	words[0] = (unsigned long)fd;
	words[1] = 1;
	if (socketcall(SYS_LISTEN, words) != -1 || errno != EINVAL)
		return puts("listen without a name isn't EINVAL"), 1;
	return socketcall_host_backend.bind && socketcall_marshal.bind ? 0 : 1;
}
END
cp "$work/outside/program.c" "$work/outside/program.cc"
cd "$work/outside" || exit
# shellcheck disable=SC2086  # lists
for compiler in "gcc -std=c11 program.c" "g++ -std=c++11 program.cc"; do
	$compiler -D_GNU_SOURCE -Wall -Wextra -Werror -pedantic $flags -o shared >"$work/log" 2>&1 &&
		LD_LIBRARY_PATH=$work/root/usr/lib ./shared >"$work/log" 2>&1
	ok $? "$compiler: links with the shared library and runs"
	$compiler -D_GNU_SOURCE -Wall -Wextra -Werror -pedantic -static $flags -o static >"$work/log" 2>&1 &&
		./static >"$work/log" 2>&1
	ok $? "$compiler: links with the static library and runs"
done
readelf -d shared >"$work/log" && grep -q 'NEEDED.*libsocketcall\.so\.0' "$work/log"
ok $? "a program needs libsocketcall.so.0"
nm -D --defined-only --with-symbol-versions "$work/root/usr/lib/libsocketcall.so" >"$work/log" &&
	[ "$(sed -n 's/^[^ ]* [TDR] //p' "$work/log" | LC_ALL=C sort | tr '\n' ' ')" = \
	"$(awk '/^SOCKETCALL_/ { v = $1; next }
		/^\tsocketcall/ { sub(/;$/, ""); sub(/^\t/, ""); print $0 "@@" v }' "$OLDPWD/caller/libsocketcall.map" |
		LC_ALL=C sort | tr '\n' ' ')" ]
ok $? "the shared library exports only its own names, with their version"
# A compiler for i386 adds functions named __x86.*.
nm -g --defined-only "$work/root/usr/lib/libsocketcall.a" >"$work/log" 2>&1
! sed -n 's/^[0-9a-f]* [A-Z] //p' "$work/log" | grep -vE '^(socketcall($|_)|__x86\.)'
ok $? "the static library defines only its own names"
for part in decode dispatch; do
	(ar x "$work/root/usr/lib/libsocketcall.a" $part.o && nm -u $part.o) >"$work/log" 2>&1 &&
		! grep -v _GLOBAL_OFFSET_TABLE_ "$work/log" | grep -q .
	ok $? "the serving end's $part has no undefined symbols, so it needs no libc"
done
# Any C compiler may call memcpy() and memset() in freestanding code, too.
for part in "$OLDPWD"/server/*.c; do
	part=$(basename "$part" .c)
	(ar x "$work/root/usr/lib/libsocketcall.a" "$part.o" && nm -u "$part.o") >"$work/log" 2>&1 &&
		! grep -vE ' (_GLOBAL_OFFSET_TABLE_|mem(cpy|set)|socketcall_.*)$' "$work/log" | grep -q .
	ok $? "the serving end's $part needs only the serving end, memcpy and memset"
done
units=0
for unit in "$work"/root/usr/lib/systemd/system/*.service "$work"/root/usr/lib/systemd/user/*.service; do
	[ -s "${unit%.service}.socket" ] &&
		grep -qx 'ExecStart=/usr/bin/socketcall agent' "$unit" && units=$((units + 1))
done
[ $units = 2 ] && ! grep -r '@[A-Z]*@' "$work/root/usr/lib/systemd" >"$work/log"
ok $? "the agent's units name the installed command, and each has its socket"
cd - >/dev/null && tools/build uninstall "DESTDIR=$work/root" PREFIX=/usr >"$work/log" 2>&1 &&
	find "$work/root" ! -type d >"$work/log" && [ ! -s "$work/log" ]
ok $? "make uninstall leaves nothing"
plan
