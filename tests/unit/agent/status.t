#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs status.c.
# Needs no 32-bit programs: it tests a data structure.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/agent-status
exec build/tests/agent-status
