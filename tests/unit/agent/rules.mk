# SPDX-License-Identifier: MIT
build/tests/agent-status: tests/unit/agent/status.c $(ROOMS_OBJ) $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE)
