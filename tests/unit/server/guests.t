#!/bin/sh
# SPDX-License-Identifier: MIT
# Guests of all architectures, served on this machine.
# Needs no 32-bit programs: the guests are made up.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/guests
exec build/tests/guests
