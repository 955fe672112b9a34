#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs decode.c.
# Needs no 32-bit programs: it is fed bytes.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/decode
exec build/tests/decode
