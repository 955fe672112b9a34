# SPDX-License-Identifier: MIT
build/tests/ring: tests/unit/run/ring.c run/ring.c $(TEST_INPUTS)
	$(call test_program,$(SANITIZED))
build/tests/strategy: tests/unit/run/strategy.c run/strategy.c run/witness/doors.c abi/abi.c abi/families.c \
	process/child.c $(TEST_INPUTS)
	$(call test_program,$(SANITIZED) -D_GNU_SOURCE)
build/tests/run-events: tests/unit/run/events.c $(ROOMS_OBJ) $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE)
