#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs events.c.
# Needs no 32-bit programs: it calls the functions that tell events.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/run-events
exec build/tests/run-events
