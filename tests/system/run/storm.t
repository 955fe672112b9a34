#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs started in every way, under signals, a thousand at a time; what that does to the supervisor, and what its
# death does to them.
# Not in a guest: too slow there.
# Alone: it keeps all processors busy, and waits for what many processes do.
. "$(dirname "$0")/../../fixtures/lab.sh"
build build/tests/above/socketcall
in_lab storm 34 gcc libc6-dev procps
