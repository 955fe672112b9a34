#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs judge.c.
# Needs no 32-bit programs: it judges made-up answers.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/judge
exec build/tests/judge
