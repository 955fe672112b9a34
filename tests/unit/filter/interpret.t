#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs interpret.c: what a filter answers to a call that is known in part.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-interpret
exec build/tests/filter-interpret
