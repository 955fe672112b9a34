#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs filters.c: the filters that socketcall loads.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-filters
exec build/tests/filter-filters
