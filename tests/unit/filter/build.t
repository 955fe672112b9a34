#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs build.c: the writer of filters: its jumps, and its errors.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-build
exec build/tests/filter-build
