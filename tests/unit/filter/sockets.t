#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs sockets.c: the filter that reports calls which create sockets.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-sockets
exec build/tests/filter-sockets
