# SPDX-License-Identifier: MIT
# build/tests/guest/ROW: what vm.long runs in its guests.
build/tests/guest/%: tests/system/tools/guest.c $(TEST_INPUTS)
	$(call arch_program,$*,-static)
