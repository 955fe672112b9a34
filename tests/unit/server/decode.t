#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs decode.c.
# Needs no 32-bit programs: it decodes bytes and makes no calls.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/decode
exec build/tests/decode
