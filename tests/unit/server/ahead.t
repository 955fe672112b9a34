#!/bin/sh
# SPDX-License-Identifier: MIT
# What is read ahead of another process's memory: ahead.c.
# Needs no 32-bit programs: the guest is this machine's.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/ahead
exec build/tests/ahead
