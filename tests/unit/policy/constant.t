#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs constant.c: which calls the kernel allows without running a policy's filter.
# Needs no 32-bit programs: it interprets filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/policy-constant
exec build/tests/policy-constant "${SEED:-1}"
