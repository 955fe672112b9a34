#!/bin/sh
# SPDX-License-Identifier: MIT
# The sites that are known by their bytes, and their edit.
# Needs no 32-bit programs: bytes to bytes.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/patch-sites
prepared
tap_of sites build/tests/patch-sites
plan
