#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs headers.c, which prints TAP.
# Needs no 32-bit programs: it prints facts.
cd "$(dirname "$0")/../../.." && mkdir -p build/tests &&
	${CC:-cc} -std=c11 -Wall -Wextra -Werror -I. -o build/tests/headers tests/unit/abi/headers.c abi/abi.c && exec build/tests/headers
