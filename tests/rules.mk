# SPDX-License-Identifier: MIT
# How the tests' programs are compiled. The Makefile includes this file, which includes each room's rules.mk. Tests call
# tools/build to make the programs, and find them in build/tests.

# TEST_CFLAGS are for all programs; SANITIZED are added for those that the compiler's sanitizers watch.
TEST_CFLAGS = -O1 -g -std=gnu11 $(WARNINGS) -I.
SANITIZED = -fsanitize=address,undefined -fno-sanitize-recover=all

# A change of any header or rule rebuilds all test programs: gcc -MMD writes no list of headers when one command
# compiles and links several files.
TEST_INPUTS := $(wildcard *.mk */rules.mk */*/rules.mk */*/*/rules.mk */*.h */*/*.h */*/*/*.h tests/*/*/*/*.h \
	tests/*/*/*/*/*.h */*.def */*/*.def */*/*/*.def)

# The objects of all rooms but cli/, as the command has them: for tests of files that need many others.
ROOMS_OBJ = $(filter-out $O/cli/cli/%,$(CLI_OBJ))

# $(call test_program,OPTION...): a recipe that compiles and links all sources and objects among the prerequisites for
# this machine. $(call arch_program,ROW,OPTION...) does the same for a row of tools/arches, and links statically or
# dynamically, whichever that row's emulator can run.
define test_program
@mkdir -p $(@D)
$(call say,CC,$@)$(CC) $(TEST_CFLAGS) $1 -o $@ $(filter %.c %.S %.o,$^)
endef
define arch_program
@mkdir -p $(@D)
$(call say,CC,$@)tests/fixtures/cc $1 --link $(TEST_CFLAGS) $2 -o $@ $(filter %.c %.S %.o,$^)
endef

# For i386 programs without a C library, so that no 32-bit one has to be installed.
FREESTANDING_I386 = -m32 -march=i686 -idirafter /usr/include/$(MULTIARCH) -ffreestanding -fno-builtin \
	-fno-stack-protector \
	-fcf-protection=none -nostdlib -static -no-pie -Wl,--build-id=none

# Keeps intermediate files.
.SECONDARY:

include tests/fixtures/rules.mk $(wildcard tests/unit/*/rules.mk tests/system/*/rules.mk) tests/conformance/rules.mk \
	tests/differential/rules.mk tests/fuzz/rules.mk tests/foreign/rules.mk \
	tests/programs/rules.mk tests/places/rules.mk
