#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs build_programs.c: the writer of filters, on made-up programs.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/filter-build_programs
exec build/tests/filter-build_programs
