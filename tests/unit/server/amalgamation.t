#!/bin/sh
# SPDX-License-Identifier: MIT
# `make amalgamation` writes the serving end as one source and one header. They must compile without other files of
# ours: freestanding, as C and C++, for 32 and 64 bits; and a server that is built from them must serve.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need x86_64 i386
need g++
build amalgamation
prepared

cp build/amalgamation/socketcall-server.[ch] "$work"
here=$PWD
warnings="-Wall -Wextra -Werror -Wundef"
compiled() { # TEXT COMPILER ARGUMENT...
	text=$1
	shift
	(cd "$work" && "$@") >"$work/log" 2>&1
	ok $? "$text"
}
# shellcheck disable=SC2086  # lists
compiled "freestanding, as C11" cc -std=c11 $warnings -ffreestanding -nostdinc -isystem \
	"$(cc -print-file-name=include)" -O2 -c -o free.o socketcall-server.c
nm "$work/free.o" | awk '$1 == "U" { print $2 }' | grep -vxE 'mem(cpy|set|move|cmp)' >"$work/log"
[ ! -s "$work/log" ]
ok $? "freestanding, it needs only memcpy, memset, memmove and memcmp"
nm "$work/free.o" | awk '$2 ~ /^[DRTB]$/ && $3 !~ /^socketcall_/ { print $3 }' >"$work/log"
[ ! -s "$work/log" ]
ok $? "it defines only names that begin with socketcall_"
# shellcheck disable=SC2086
compiled "with the backend of real sockets" cc -std=gnu11 $warnings -DSOCKETCALL_SERVER_HOST -O2 -c -o host.o \
	socketcall-server.c

cat >"$work/header.cc" <<'E2'
#include "socketcall-server.h"
#if SOCKETCALL_VERSION_NUMBER < 200
#error "an old header"
#endif
int main()
{
	socketcall_server server = {};
	server.arch = socketcall_arch("mips");
	return server.arch == nullptr;
}
E2
# shellcheck disable=SC2086
compiled "the header, as C++11" g++ -std=c++11 $warnings -Wpedantic -o cxx header.cc free.o
compiled "a C++ program that uses it runs" ./cxx
# shellcheck disable=SC2086
compiled "the header alone, as C11" cc -std=c11 $warnings -Wpedantic -fsyntax-only -x c socketcall-server.h

# examples/mailbox.c, with these two in place of the library.
sed 's|<socketcall/host.h>|"socketcall-server.h"|' examples/mailbox.c >"$work/mailbox.c"
for arch in x86_64 i386; do
	arch_is "$arch"
	# shellcheck disable=SC2086,SC2154  # lists; arch_is sets them
	compiled "$arch: a server built from these two files" $compiler $flags -static -O2 -DSOCKETCALL_SERVER_HOST \
		-o mailbox mailbox.c socketcall-server.c
	(cd "$work" && timeout 60 ./mailbox) >"$work/out" 2>&1
	diff "$work/out" "$here/tests/system/examples/mailbox.out" >"$work/log"
	ok $? "$arch: that server prints what the library's prints"
done
plan
