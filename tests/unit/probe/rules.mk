# SPDX-License-Identifier: MIT
build/tests/judge: tests/unit/probe/judge.c probe/judge.c $(TEST_INPUTS)
	$(call test_program)
