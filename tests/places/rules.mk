# SPDX-License-Identifier: MIT
# The programs of docs/where.md's tables, and what starts them. build/where must be at /where where they run, since
# dynamic programs look for their ld.so and libc there. A machine that runs no 32-bit programs can build them, too.
PLACES = tests/places
PLACES_OUT = build/where
PLACES_CFLAGS = -O1 -g -std=gnu11 -D_GNU_SOURCE $(WARNINGS)
PLACES_SUITE_2.31 = bullseye
PLACES_SUITE_2.36 = bookworm
PLACES_SUITE_2.41 = trixie

# $(call places_compile,2.41): a compiler with the headers and libraries of that glibc.
places_compile = root=$$(tools/sysroot $(PLACES_SUITE_$1)) && i686-linux-gnu-gcc -m32 --sysroot="$$root" \
	-isystem "$$root/usr/include/x86_64-linux-gnu" -isystem "$$root/usr/include" \
	-B"$$root/usr/lib32/" -L"$$root/usr/lib32" \
	$(PLACES_CFLAGS) -s -fexceptions -pthread
places_dynamic = -Wl,--dynamic-linker=/where/$1/ld-linux.so.2,--disable-new-dtags,-rpath,/where/$1

$(PLACES_OUT)/runner $(PLACES_OUT)/guest: $(PLACES_OUT)/%: $(PLACES)/%.c $(PLACES)/rules.mk
	@mkdir -p $(@D)
	$(CC) $(PLACES_CFLAGS) -static -s -o $@ $<

$(PLACES_OUT)/static: $(PLACES)/program.c $(PLACES)/calls.c $(PLACES)/calls.h $(PLACES)/rules.mk tools/sysroot
	@mkdir -p $(@D)
	$(call places_compile,2.41) -static -o $@ $(filter %.c,$^)
$(PLACES_OUT)/daemon $(PLACES_OUT)/daemon-exec: $(PLACES_OUT)/static
	ln -sfn static $@

$(PLACES_OUT)/glibc-%: $(PLACES)/program.c $(PLACES)/calls.c $(PLACES)/calls.h $(PLACES)/rules.mk \
		$(PLACES_OUT)/%/libc.so.6
	$(call places_compile,$*) $(call places_dynamic,$*) -o $@ $(filter %.c,$^)
$(PLACES_OUT)/threads: $(PLACES)/threads.c $(PLACES)/calls.c $(PLACES)/calls.h $(PLACES)/rules.mk \
		$(PLACES_OUT)/2.41/libc.so.6
	$(call places_compile,2.41) $(call places_dynamic,2.41) -o $@ $(filter %.c,$^)

# glibc opens libgcc_s for cancellation. Before 2.34, pthreads are in libpthread.
$(PLACES_OUT)/%/libc.so.6: tools/sysroot
	@mkdir -p $(@D)
	root=$$(tools/sysroot $(PLACES_SUITE_$*)) && cd "$$root/usr/lib32" && \
		cp -L ld-linux.so.2 libpthread.so.0 libgcc_s.so.1 libc.so.6 $(abspath $(@D))
	touch $@

$(PLACES_OUT)/go: $(PLACES)/go/table.go
	@mkdir -p $(@D)
	GO111MODULE=off GOFLAGS= GOARCH=386 CGO_ENABLED=0 go build -ldflags='-s -w' -o $@ $<
