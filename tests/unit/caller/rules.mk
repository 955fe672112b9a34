# SPDX-License-Identifier: MIT
CALLS_SRC = $(addprefix tests/unit/caller/,calls.c connections.c transfers.c)
CALLER_TEST_CFLAGS = -O2 -Ibuild/include -Ibuild/include/socketcall

# build/tests/calls/ROW/DOORS: for a row of tools/arches, and a choice of doors of socketcall/caller.h
# (SOCKETCALL_DOORS).
build/tests/calls/%: $(CALLS_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call arch_program,$(patsubst %/,%,$(dir $*)),$(CALLER_TEST_CFLAGS) -DSOCKETCALL_$(notdir $*))

build/tests/numbers: tests/unit/caller/numbers.c abi/abi.c $(TEST_INPUTS)
	$(call test_program)
