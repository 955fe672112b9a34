# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Compiles tests/unit/filter/$1.c and filter/, with the sanitizers, and runs it; it prints TAP.
cd "$(dirname "$0")/../../.." && mkdir -p build/tests &&
	${CC:-cc} -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror -I. \
		-o "build/tests/filter-$1" "tests/unit/filter/$1.c" tests/unit/filter/reference.c tests/unit/filter/made.c \
		filter/*.c abi/abi.c && exec "build/tests/filter-$1"
