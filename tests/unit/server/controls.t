#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs controls.c: guests of all architectures receive the control messages that the kernel makes.
# Needs no 32-bit programs: the guests are structures in the test's memory.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/controls
exec build/tests/controls
