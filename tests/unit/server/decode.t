#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs decode.c, which prints TAP.
# Needs no 32-bit programs: it is fed bytes.
. "$(dirname "$0")/../../fixtures/arches.sh"
mkdir -p build/tests && make -s headers >&2 &&
	${CC:-cc} -g -std=gnu11 -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror -Ibuild/include \
		-Ibuild/include/socketcall -I. -o build/tests/decode tests/unit/server/decode.c server/decode.c server/dispatch.c &&
	exec build/tests/decode
