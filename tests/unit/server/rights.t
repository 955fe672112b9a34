#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs rights.c: descriptors that a guest sends are looked up and released once.
# Needs no 32-bit programs: the guest is this machine's.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/rights
exec build/tests/rights
