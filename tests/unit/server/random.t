#!/bin/sh
# SPDX-License-Identifier: MIT
# Calls without sense of guests of all architectures, under sanitizers.
# Needs no 32-bit programs: the guests are made up.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/random
exec build/tests/random
