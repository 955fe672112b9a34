# SPDX-License-Identifier: MIT
build/tests/strategy build/tests/ring: build/tests/%: tests/unit/run/%.c run/%.c $(TEST_INPUTS)
	$(call test_program,$(SANITIZED))
