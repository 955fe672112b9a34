# SPDX-License-Identifier: MIT
# Each test is linked with the tests' shared files and all of filter/.
FILTER_TESTS = build build_programs equalize filters interpret join sockets
FILTER_SRC = $(wildcard filter/*.c) abi/abi.c $(addprefix tests/unit/filter/,reference.c made.c)
$(FILTER_TESTS:%=build/tests/filter-%): build/tests/filter-%: tests/unit/filter/%.c $(FILTER_SRC) $(TEST_INPUTS)
	$(call test_program,$(SANITIZED))
