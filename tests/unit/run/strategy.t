#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs strategy.c.
# Needs no 32-bit programs: its ways of patching are stand-ins.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/strategy
exec build/tests/strategy
