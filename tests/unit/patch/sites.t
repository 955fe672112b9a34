#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs sites.c: sites are found by their bytes, and edited.
# Needs no 32-bit programs: it edits bytes and runs none.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/patch-sites
prepared
tap_of sites build/tests/patch-sites
plan
