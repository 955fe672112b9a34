#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs families.c: the evaluator and the filter give the same verdicts for lists of families.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/policy-families
exec build/tests/policy-families "${SEED:-1}"
