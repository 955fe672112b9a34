#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs strategy.c, which prints TAP.
# Needs no 32-bit programs: the ways are made up.
cd "$(dirname "$0")/../../.." && mkdir -p build/tests &&
	${CC:-cc} -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror -I. \
		-o build/tests/strategy tests/unit/run/strategy.c run/strategy.c && exec build/tests/strategy
