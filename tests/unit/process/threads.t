#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs threads.c.
# Needs no 32-bit programs: it counts threads.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/process-threads
exec build/tests/process-threads
