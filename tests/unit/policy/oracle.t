#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs oracle.c: profiles, as socketcall and libseccomp understand them.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
need libseccomp-dev
build build/tests/policy-oracle
prepared
export ASAN_OPTIONS=detect_leaks=0 # libseccomp's
tap_of "SEED=${SEED:-1}" build/tests/policy-oracle "${SEED:-1}"
plan
