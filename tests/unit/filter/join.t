#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs join.c: joins two filters to one.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-join
exec build/tests/filter-join
