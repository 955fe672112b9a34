#!/bin/sh
# SPDX-License-Identifier: MIT
# Cancellation, cleanup handlers, destructors, backtraces.
. "$(dirname "$0")/../../fixtures/lab.sh"
in_lab unwind 14 gcc g++ libc6-dev gdb-minimal
