#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs guests.c: serves guests of all architectures on this machine.
# Needs no 32-bit programs: the guests are structures in the test's memory.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/guests
exec build/tests/guests
