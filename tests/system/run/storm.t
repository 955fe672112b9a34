#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs started in every way, under signals, a thousand at a time; what that does to the supervisor, and what its death
# does to them.
# Not in a guest: too slow there.
make -s -C "$(dirname "$0")/../../.." build/tests/above/socketcall >&2 || exit
. "$(dirname "$0")/../../fixtures/lab.sh"
in_lab storm 34 gcc libc6-dev procps
