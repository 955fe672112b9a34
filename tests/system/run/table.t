#!/bin/sh
# SPDX-License-Identifier: MIT
# Each kind of program, started in every way, with socketcall closed by two errors: how run serves it, or why not.
. "$(dirname "$0")/../../fixtures/lab.sh"
build build/tests/doors build/tests/above/socketcall
in_lab table - gcc libc6-dev musl-tools gosu strace
