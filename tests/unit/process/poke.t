#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs poke.c.
# Needs no 32-bit programs: the child is 64-bit, with memory below 4 GiB.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/process-poke
exec build/tests/process-poke
