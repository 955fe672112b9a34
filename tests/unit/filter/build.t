#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs build.c: the jumps and the errors of the writer of filters.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-build
exec build/tests/filter-build
