#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs waiting.c: calls that would block are resumed or interrupted.
# Needs no 32-bit programs: the guest is this machine's.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/waiting
exec build/tests/waiting
