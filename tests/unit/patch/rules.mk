# SPDX-License-Identifier: MIT
# The program that edits vDSO images is built with the sanitizers.
IMAGE_SRC = run/patch/image.c run/patch/frames.c run/patch/object.c
IMAGE_CFLAGS = -D_GNU_SOURCE $(SANITIZED) -DPATCH_CODE='"$O/patch/code.o"'
build/tests/image: tests/unit/patch/image.c $(IMAGE_SRC) $(TEST_INPUTS) | $O/patch/code.o
	$(call test_program,$(IMAGE_CFLAGS))

# Prints this kernel's vDSO image.
build/tests/vdso: tests/unit/patch/vdso.c $(TEST_INPUTS)
	$(call test_program,$(FREESTANDING_I386))

build/tests/patch-sites: tests/unit/patch/sites.c run/patch/sites.c $(TEST_INPUTS)
	$(call test_program,-D_GNU_SOURCE $(SANITIZED))
