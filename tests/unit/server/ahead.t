#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs ahead.c: reading ahead in another process' memory.
# Needs no 32-bit programs: the guest is this machine's.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/ahead
exec build/tests/ahead
