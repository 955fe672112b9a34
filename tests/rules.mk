# SPDX-License-Identifier: MIT
# How the tests' programs are compiled: included by the Makefile. Each room's own are in its rules.mk. Tests have them
# made by tools/build, and find them in build/tests.

# The flags of all; and those of programs that look for what they do wrong by themselves.
TEST_CFLAGS = -O1 -g -std=gnu11 $(WARNINGS) -I.
SANITIZED = -fsanitize=address,undefined -fno-sanitize-recover=all

# A change of any header or rule has all test programs built again: gcc keeps no list of them for a program of several
# files.
TEST_INPUTS := $(wildcard *.mk */rules.mk */*/rules.mk */*/*/rules.mk */*.h */*/*.h */*/*/*.h tests/*/*/*/*.h \
	tests/*/*/*/*/*.h */*.def */*/*.def */*/*/*.def)

# $(call test_program,OPTION...): a recipe that compiles and links all sources and objects among the prerequisites for
# this machine; $(call arch_program,ROW,OPTION...) does for a row of tools/arches, and links as its programs can be run.
define test_program
@mkdir -p $(@D)
$(CC) $(TEST_CFLAGS) $1 -o $@ $(filter %.c %.S %.o,$^)
endef
define arch_program
@mkdir -p $(@D)
tests/fixtures/cc $1 --link $(TEST_CFLAGS) $2 -o $@ $(filter %.c %.S %.o,$^)
endef

# Programs of i386 that need no C library of 32 bits, and are linked with none.
FREESTANDING_I386 = -m32 -march=i686 -idirafter /usr/include/$(MULTIARCH) -ffreestanding -fno-builtin \
	-fno-stack-protector \
	-fcf-protection=none -nostdlib -static -no-pie -Wl,--build-id=none

# What is made on the way to a program is kept.
.SECONDARY:

include tests/fixtures/rules.mk $(wildcard tests/unit/*/rules.mk tests/system/*/rules.mk) tests/conformance/rules.mk \
	tests/differential/rules.mk tests/fuzz/rules.mk tests/foreign/rules.mk \
	tests/programs/rules.mk tests/places/rules.mk
