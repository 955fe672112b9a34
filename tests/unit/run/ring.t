#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs ring.c.
# Needs no 32-bit programs: it tests a data structure.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/ring
exec build/tests/ring
