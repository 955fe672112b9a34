#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the calling end's test with a server in between, which decodes and dispatches each call and performs it on real
# sockets; then hostile guests.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh
arches_need x86_64 i386
need musl-tools linux-libc-dev
build build/tests/served-x86_64 build/tests/served-i386 build/tests/hostile-x86_64 build/tests/hostile-i386 \
	build/tests/hostile-musl
prepared
tap_of x86_64 build/tests/served-x86_64
tap_of i386 build/tests/served-i386
# The working directory is $work, so that the sockets' files are removed.
hostile() { # PREFIX PROGRAM
	tap_of "$1, a hostile guest" env -C "$work" "$PWD/$2"
}
hostile x86_64 build/tests/hostile-x86_64
hostile i386 build/tests/hostile-i386
hostile "x86_64 with musl" build/tests/hostile-musl
plan
