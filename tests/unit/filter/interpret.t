#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs interpret.c: what a filter answers to a call that is known in part.
# Needs no 32-bit programs: it runs filters itself, and has the kernel check them.
set -- interpret
. "$(dirname "$0")/compile.sh"
