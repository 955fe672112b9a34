#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs families.c: lists of families, as the judge and the filter understand them.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/policy-families
exec build/tests/policy-families "${SEED:-1}"
