# SPDX-License-Identifier: MIT
# Each test is linked with all of policy/ and what that needs.
POLICY_TESTS = constant families mistakes profile words
POLICY_TESTED = $(wildcard policy/*.c) abi/abi.c abi/families.c \
	$(addprefix filter/,build.c closed.c interpret.c join.c reports.c sockets.c)
$(POLICY_TESTS:%=build/tests/policy-%): build/tests/policy-%: tests/unit/policy/%.c $(POLICY_TESTED) $(TEST_INPUTS)
	$(call test_program,$(SANITIZED))
build/tests/policy-oracle: tests/unit/policy/oracle.c $(POLICY_TESTED) $(TEST_INPUTS)
	$(call test_program,$(SANITIZED) -D_GNU_SOURCE) -lseccomp
build/tests/policy-fuzz: tests/unit/policy/fuzz.c $(POLICY_TESTED) $(TEST_INPUTS)
	$(call test_program,$(SANITIZED) -DFUZZ_ROUNDS=40000)
build/tests/policy-libfuzzer: tests/unit/policy/fuzz.c $(POLICY_TESTED) $(TEST_INPUTS)
	@mkdir -p $(@D)
	clang $(TEST_CFLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^)
