# SPDX-License-Identifier: MIT
build/tests/headers: tests/unit/abi/headers.c abi/abi.c $(TEST_INPUTS)
	$(call test_program,-std=c11)
