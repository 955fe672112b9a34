# SPDX-License-Identifier: MIT
build/tests/peer: tests/system/agent/peer.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)
build/tests/fuse: tests/system/agent/programs/fuse.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)
build/tests/covered: tests/system/agent/programs/covered.c $(TEST_INPUTS)
	$(call arch_program,i386,-D_GNU_SOURCE)
build/tests/int80-64: tests/system/agent/programs/int80-64.c $(TEST_INPUTS)
	$(call test_program,-fPIE -pie)
