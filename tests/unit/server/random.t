#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs random.c: serves meaningless calls of guests of all architectures, under sanitizers.
# Needs no 32-bit programs: the guests are structures in the test's memory.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/random
exec build/tests/random
