#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs interpret.c: the verdict of a filter for a call of which only some words are known.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-interpret
exec build/tests/filter-interpret
