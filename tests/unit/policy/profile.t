#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs profile.c: reads profiles of container engines, and compares verdicts at the doors.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
need golang-github-containers-common
build build/tests/policy-profile
prepared
exec build/tests/policy-profile
