#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs build.c: the writer of filters: its jumps, and its errors.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
set -- build
. "$(dirname "$0")/compile.sh"
