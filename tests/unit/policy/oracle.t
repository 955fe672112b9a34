#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs oracle.c: socketcall and libseccomp make filters with the same verdicts from a profile.
# Needs no 32-bit programs: it runs filters itself.
. "$(dirname "$0")/../../fixtures/tap.sh"
need libseccomp-dev
build build/tests/policy-oracle
prepared
export ASAN_OPTIONS=detect_leaks=0 # libseccomp leaks
tap_of "SEED=${SEED:-1}" build/tests/policy-oracle "${SEED:-1}"
plan
