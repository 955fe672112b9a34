#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs judge.c, which prints TAP.
# Needs no 32-bit programs: it judges made-up answers.
cd "$(dirname "$0")/../../.." && mkdir -p build/tests &&
	${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I. -o build/tests/judge tests/unit/probe/judge.c probe/judge.c && exec build/tests/judge
