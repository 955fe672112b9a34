#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs ring.c, which prints TAP.
# Needs no 32-bit programs: it is a data structure.
cd "$(dirname "$0")/../../.." && mkdir -p build/tests &&
	${CC:-cc} -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror -I. \
		-o build/tests/ring tests/unit/run/ring.c run/ring.c && exec build/tests/ring
