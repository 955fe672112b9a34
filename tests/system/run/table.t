#!/bin/sh
# SPDX-License-Identifier: MIT
# Kinds of programs, each started in every way, with socketcall closed by two errors: how it is served, or why it isn't.
. "$(dirname "$0")/../../fixtures/lab.sh"
build build/tests/doors build/tests/above/socketcall
in_lab table - gcc libc6-dev musl-tools gosu strace
