# SPDX-License-Identifier: MIT
SERVER_SRC = $(wildcard server/*.c server/*/*.c)
SERVER_TEST_CFLAGS = -Ibuild/include -Ibuild/include/socketcall

build/tests/decode: tests/unit/server/decode.c server/decode.c server/dispatch.c $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))

# Guests of all architectures; several guests in a process, each with its own descriptors; calls that would block.
build/tests/guests: tests/unit/server/guests.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))

build/tests/controls: tests/unit/server/controls.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/options: tests/unit/server/options.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/names: tests/unit/server/names.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/random: tests/unit/server/random.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/waiting: tests/unit/server/waiting.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/rights: tests/unit/server/rights.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/hooks: tests/unit/server/hooks.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))

build/tests/ahead: tests/unit/server/ahead.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/process: tests/unit/server/process.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))

# The calling end's test with a server in between, and hostile guests: for this machine, with sanitizers, and for i386.
build/tests/served-x86_64: $(CALLS_SRC) $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,-DSERVED $(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/served-i386: $(CALLS_SRC) $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call arch_program,i386,-DSERVED $(SERVER_TEST_CFLAGS))
build/tests/hostile-x86_64: tests/unit/server/hostile.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,-pthread $(SERVER_TEST_CFLAGS) -fsanitize=undefined -fno-sanitize-recover=all)
build/tests/hostile-i386: tests/unit/server/hostile.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call arch_program,i386,-pthread $(SERVER_TEST_CFLAGS))

# With musl, because its structures differ from the kernel's in padding.
build/tests/hostile-musl: CC = musl-gcc
build/tests/hostile-musl: tests/unit/server/hostile.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,-static -pthread -idirafter /usr/include -idirafter /usr/include/$(MULTIARCH) \
		$(SERVER_TEST_CFLAGS))

# Random calls under strace, described by socketcall_format().
FORMATTED = tests/unit/server/formatted.c $(wildcard server/format/*.c) server/decode.c \
	$(addprefix tests/differential/,generate.c guests.c maker.c options.c things.c world.c)
build/tests/formatted-x86_64: $(FORMATTED) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,-static $(SERVER_TEST_CFLAGS))
build/tests/formatted-i386: $(FORMATTED) $(TEST_INPUTS) $(HEADERS)
	$(call arch_program,i386,-static $(SERVER_TEST_CFLAGS))
