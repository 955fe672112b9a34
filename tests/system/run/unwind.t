#!/bin/sh
# SPDX-License-Identifier: MIT
# Cancellation, cleanup handlers, destructors, backtraces and debuggers in patched programs, static ones among them.
. "$(dirname "$0")/../../fixtures/lab.sh"
in_lab unwind 26 gcc g++ libc6-dev gdb-minimal
