# SPDX-License-Identifier: MIT
build/tests/peer: tests/system/agent/peer.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)
