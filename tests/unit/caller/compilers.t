#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles the calling end by this machine's compilers, and tests it: in unusual frames, under cancellation, with
# optimization across files.
# Not in a guest: too slow there.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/unit/caller/compilers.sh
arches_need x86_64 i386
need clang
build headers
prepared
arch_is x86_64
for level in -O0 -O2 -O3; do
	compile_and_run frames.c "x86_64 gcc $level, frames" gcc $level
	compile_and_run frames.c "x86_64 clang $level, frames" clang $level
	compile_and_run cancel.c "x86_64 gcc $level, cancelled" gcc -fnon-call-exceptions -fexceptions $level
	for entry in INT80 GS; do
		compile_and_run frames.c "i386 gcc $level $entry, frames" i686-linux-gnu-gcc \
			-DSOCKETCALL_I386_$entry $level
		compile_and_run cancel.c "i386 gcc $level $entry, cancelled" i686-linux-gnu-gcc \
			-fnon-call-exceptions -fexceptions -DSOCKETCALL_I386_$entry $level
		compile_and_run frames.c "i386 clang $level $entry, frames" clang --target=i686-linux-gnu \
			-DSOCKETCALL_I386_$entry $level
	done
done
# Two files that both include the header.
compile_and_run frames.c "x86_64 gcc -flto" gcc -O2 -flto -D_GNU_SOURCE examples/libc.c
compile_and_run frames.c "i386 gcc -flto" i686-linux-gnu-gcc -O2 -flto -D_GNU_SOURCE examples/libc.c
plan
