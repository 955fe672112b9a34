#!/bin/sh
# SPDX-License-Identifier: MIT
# The hooks for a guest in another process: process.c.
# Needs no 32-bit programs: the guest is this machine's.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/process
exec build/tests/process
