# SPDX-License-Identifier: MIT
# The conformance suite. make [ARCH=i386] conformance-BUILD... makes builds. A build is a folder of programs,
# build/conformance/ARCH/BUILD/PROGRAM: each is compiled once and linked with the build's entry
# (tests/conformance/entry/BUILD.c). ARCH is a row of tools/arches; INTERP and RPATH say where a dynamic program finds
# its libc, if not where its toolchain has it.
ARCH ?= i386
FACTS = tests/conformance
FACTS_OUT = build/conformance/$(ARCH)
FACTS_CC = tests/fixtures/cc $(ARCH)
FACTS_CFLAGS = -O1 -g -std=gnu11 $(WARNINGS) -I. \
	-fno-pie -pthread -fexceptions -MMD -MP

FACTS_KIT = fact kit
FACTS_PROGRAMS = $(filter-out $(FACTS_KIT),$(patsubst $(FACTS)/%.c,%,$(wildcard $(FACTS)/*.c)))
FACTS_ENTRIES = $(patsubst $(FACTS)/entry/%.c,%,$(wildcard $(FACTS)/entry/*.c))

# A dynamic i386 program uses the toolchain's libc, because the machine has only its own architecture's.
comma = ,
FACTS_SYSROOT_i386 = /usr/i686-linux-gnu/lib
INTERP ?= $(if $(FACTS_SYSROOT_$(ARCH)),$(FACTS_SYSROOT_$(ARCH))/ld-linux.so.2)
RPATH ?= $(FACTS_SYSROOT_$(ARCH))
FACTS_DYNAMIC = $(if $(INTERP),-Wl$(comma)--dynamic-linker=$(INTERP)) \
	$(if $(RPATH),-Wl$(comma)--disable-new-dtags$(comma)-rpath$(comma)$(RPATH))
LINK_gs = $(FACTS_DYNAMIC)
LINK_libc = $(if $(INTERP),$(FACTS_DYNAMIC),-static)
# The build `server` is linked with the serving end, compiled for the same architecture.
FACTS_WITH_server = $(patsubst %.c,$(FACTS_OUT)/served/%.o,$(wildcard server/*.c server/host/*.c))
facts_link = $(if $(LINK_$1),$(LINK_$1),-static)

.PHONY: $(FACTS_ENTRIES:%=conformance-%)
define facts_entry
conformance-$1: $(FACTS_PROGRAMS:%=$(FACTS_OUT)/$1/%)
$(FACTS_OUT)/$1/%: $(FACTS_OUT)/obj/%.o $(FACTS_KIT:%=$(FACTS_OUT)/obj/%.o) $(FACTS_OUT)/obj/entry/$1.o $(FACTS_WITH_$1)
	@mkdir -p $$(@D)
	$(FACTS_CC) -no-pie -pthread $$(call facts_link,$1) -o $$@ $$^
endef
$(foreach entry,$(FACTS_ENTRIES),$(eval $(call facts_entry,$(entry))))

$(FACTS_OUT)/obj/%.o: $(FACTS)/%.c $(FACTS)/rules.mk
	@mkdir -p $(@D)
	$(FACTS_CC) $(FACTS_CFLAGS) -c -o $@ $<

$(FACTS_OUT)/served/%.o: %.c $(FACTS)/rules.mk
	@mkdir -p $(@D)
	$(FACTS_CC) -O1 -g -std=gnu11 $(WARNINGS) -I. -fno-pie -MMD -MP -c -o $@ $<

-include $(wildcard $(FACTS_OUT)/served/*/*.d $(FACTS_OUT)/served/*/*/*.d $(FACTS_OUT)/obj/*.d \
	$(FACTS_OUT)/obj/entry/*.d)

# A program that runs the others where there is no shell.
$(FACTS_OUT)/each: $(FACTS)/tools/each.c $(FACTS)/rules.mk
	@mkdir -p $(@D)
	$(FACTS_CC) -O1 -g $(WARNINGS) -static -o $@ $<
