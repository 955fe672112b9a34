#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs words.c: the names in policies.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/policy-words
exec build/tests/policy-words
