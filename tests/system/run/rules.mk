# SPDX-License-Identifier: MIT
RUN_PROGRAMS = tests/system/run/programs

build/tests/place: $(addprefix tests/system/run/,place.c place-seen.c) $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)

# Like build/socketcall, but it can't stand beside the program.
build/tests/above/socketcall: $(filter-out %/beside.o,$(CLI_OBJ)) tests/system/run/above.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)
	ln -sfn ../../preload $(@D)/preload

# Two supervisors in one process.
build/tests/trees: $(filter-out $O/cli/cli/%,$(CLI_OBJ)) tests/system/run/trees.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)

# Programs of i386 that are run.
build/tests/loads: $(wildcard $(RUN_PROGRAMS)/loads/*.c) $(TEST_INPUTS)
	$(call arch_program,i386,-D_GNU_SOURCE -pthread)
build/tests/filters build/tests/trap build/tests/traced build/tests/first build/tests/loader: \
		build/tests/%: $(RUN_PROGRAMS)/%.c $(TEST_INPUTS)
	$(call arch_program,i386,-D_GNU_SOURCE -pthread)
build/tests/forge build/tests/appear: build/tests/%: $(RUN_PROGRAMS)/%.c $(TEST_INPUTS)
	$(call test_program,-O2 $(FREESTANDING_I386))
build/tests/sites: $(RUN_PROGRAMS)/sites.S $(TEST_INPUTS)
	$(call test_program,$(FREESTANDING_I386))

build/tests/beyond: $(RUN_PROGRAMS)/beyond.c $(IMAGE_SRC) $(TEST_INPUTS) | $O/patch/code.o
	$(call test_program,$(IMAGE_CFLAGS))

# A supervisor to which multiplexed calls are reported.
build/tests/reported: $(filter-out $O/cli/cli/%,$(CLI_OBJ)) tests/system/run/reported.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE -static)

build/tests/killer build/tests/manager build/tests/process1: build/tests/%: tests/system/run/%.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE)
