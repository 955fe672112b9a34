# SPDX-License-Identifier: MIT
# The differential test: `differential` generates calls, starts two twins that make them, and compares the results.
DIFFERENTIAL = $(addprefix tests/differential/,\
	main.c cases.c compare.c expect.c generate.c guests.c maker.c options.c things.c)
TWIN = $(addprefix tests/differential/,twin.c world.c served.c)

build/tests/differential: $(DIFFERENTIAL) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,-I.)
build/tests/twin-x86_64: $(TWIN) $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,-static $(SERVER_TEST_CFLAGS))
build/tests/twin-i386: $(TWIN) $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call arch_program,i386,$(SERVER_TEST_CFLAGS))
DIFFERENTIAL_PROGRAMS = build/tests/differential build/tests/twin-x86_64 \
	$(shell tools/runs32 && echo build/tests/twin-i386)
