# SPDX-License-Identifier: MIT
build/tests/process-threads: tests/unit/process/threads.c process/threads.c process/remote.c process/registers.c \
	process/status.c process/proc.c process/owner.c process/child.c $(TEST_INPUTS)
	$(call test_program,$(SANITIZED) -D_GNU_SOURCE -pthread)
build/tests/process-poke: tests/unit/process/poke.c $(ROOMS_OBJ) $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -Xlinker --wrap=ptrace)
