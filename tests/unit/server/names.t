#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs names.c.
# Needs no 32-bit programs: it makes no calls.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/names
exec build/tests/names
