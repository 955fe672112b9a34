# SPDX-License-Identifier: MIT
# The programs that record images of foreign guests, and that replay them (README.md).
FOREIGN = mips mipsel s390x ppc sparc64 m68k parisc

build/tests/foreign: tests/foreign/replay.c abi/abi.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) $(SANITIZED))
build/tests/foreign-static: tests/foreign/replay.c abi/abi.c $(SERVER_SRC) $(TEST_INPUTS) $(HEADERS)
	$(call test_program,$(SERVER_TEST_CFLAGS) -static)
build/tests/foreign-recorder.so: tests/foreign/recorder.c $(TEST_INPUTS)
	$(call test_program,-shared -fPIC)
$(FOREIGN:%=build/tests/foreign-program-%): build/tests/foreign-program-%: tests/foreign/program.c $(TEST_INPUTS)
	$(call arch_program,$*,)
# replay.c for the kernel maps the recorded program's memory at its own addresses, so it is linked to others.
FOREIGN_AWAY = -Wl,-Ttext-segment=0x60000000
$(FOREIGN:%=build/tests/foreign-kernel-%): build/tests/foreign-kernel-%: \
	tests/foreign/replay.c abi/abi.c $(TEST_INPUTS) $(HEADERS)
	$(call arch_program,$*,-DKERNEL -Ibuild/include $(FOREIGN_AWAY))
