#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs headers.c.
# Needs no 32-bit programs: it prints facts.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/headers
exec build/tests/headers
