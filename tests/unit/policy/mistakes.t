#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs mistakes.c: lists and profiles with mistakes are refused.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/policy-mistakes
exec build/tests/policy-mistakes
