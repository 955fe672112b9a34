#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs alike.c, which prints TAP.
# Needs no 32-bit programs: it judges filters, and has the kernel check them.
cd "$(dirname "$0")/../../.." && mkdir -p build/tests &&
	${CC:-cc} -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror -I. -o build/tests/alike \
		tests/unit/filter/equalize.c filter/build.c filter/equalize.c filter/interpret.c filter/reports.c abi/abi.c && exec build/tests/alike
