#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs options.c: guests of all architectures set and get options whose values are structures.
# Needs no 32-bit programs: the guests are structures in the test's memory.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/options
exec build/tests/options
