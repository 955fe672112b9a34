#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs equalize.c: the instructions that are put before a program's own filter.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-equalize
exec build/tests/filter-equalize
