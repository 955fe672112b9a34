# SPDX-License-Identifier: MIT
POLICY_PROGRAMS = tests/system/policy/programs
POLICY_SRC = $(wildcard policy/*.c) filter/build.c filter/load.c abi/abi.c abi/families.c

# Each is compiled for x86-64 and for i386.
POLICY_BOTH = verdicts flip make hostile every
$(POLICY_BOTH:%=build/tests/policy-%64): build/tests/policy-%64: $(POLICY_PROGRAMS)/%.c $(POLICY_SRC) $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -pthread)
$(POLICY_BOTH:%=build/tests/policy-%32): build/tests/policy-%32: $(POLICY_PROGRAMS)/%.c $(POLICY_SRC) $(TEST_INPUTS)
	$(call arch_program,i386,-D_GNU_SOURCE -pthread)

build/tests/policy-seize: $(POLICY_PROGRAMS)/seize.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)
