# SPDX-License-Identifier: MIT
# build/tests/guest/ARCH: the program that vm.long runs in its guests.
build/tests/guest/%: tests/system/tools/guest.c $(TEST_INPUTS)
	$(call arch_program,$*,-static)
