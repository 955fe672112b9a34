#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs fuzz.c: reads lists and profiles that are changed at random.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/policy-fuzz
exec build/tests/policy-fuzz "${SEED:-1}"
