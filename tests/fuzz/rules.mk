# SPDX-License-Identifier: MIT
# libFuzzer targets (served.c), which only clang can build.
FUZZED = tests/fuzz/served.c $(wildcard server/*.c server/format/*.c)
FUZZ_CFLAGS = -O1 -g -std=gnu11 -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_TARGETS = MARSHAL CONTROL OPTIONS FORMAT
$(FUZZ_TARGETS:%=build/tests/fuzz-%): build/tests/fuzz-%: $(FUZZED) $(TEST_INPUTS)
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -DTARGET=$* -o $@ $(FUZZED)
build/tests/fuzz-wrong: $(FUZZED) $(TEST_INPUTS)
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -DTARGET=MARSHAL -DSHORT=200000 -o $@ $(FUZZED)
