#!/bin/sh
# SPDX-License-Identifier: MIT
# A thousand programs, started in every way, under signals: all must be served, and the supervisor must not grow. Then
# the supervisor is killed.
# Not in a guest: too slow there.
# Alone: it keeps all processors busy, and waits for what many processes do.
. "$(dirname "$0")/../../fixtures/lab.sh"
build build/tests/above/socketcall
in_lab storm 34 gcc libc6-dev procps
