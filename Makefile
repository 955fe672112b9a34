# SPDX-License-Identifier: MIT
# make            builds everything a user runs, in build/; V=1 prints whole commands
# make demo       runs real programs in a small Debian i386 root: open, closed, and closed under `socketcall run`
# make check      runs the tests; make check-all: the longer ones, too; make campaign: fuzzing, for hours
#                 (tests/README.md)
# make fuzz-diff  makes random calls, and compares the kernel's answers with the library's: N= SEED= GUESTS=
#                 (tests/README.md)
# make amalgamation  writes the serving end as two files, in build/amalgamation (docs/vendoring.md)
# make bench      measures times, as ratios to the kernel's own call
# make conformance  checks what socketcall(2) does, on this kernel or under any RUN: BUILD= RUN= BASELINE=1
#                 (docs/conformance.md)
# make install    DESTDIR= PREFIX=/usr/local SYSTEMUNITDIR= USERUNITDIR=; make uninstall
# make lint       checks what a compiler doesn't: includes (HACKING.md), the lengths of lines and files, clang-tidy, …

.DELETE_ON_ERROR:
.SUFFIXES:

PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
CFLAGS ?= -O2 -g
VERSION := $(shell sed -n '1s/^# *//p' NEWS)

# -Wswitch-enum: a switch over an enum has a case for each of its values, so that a new one is noticed.
WARNINGS = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef \
	-Wswitch-enum
BASE = -std=gnu11 $(WARNINGS) -I. -MMD -MP
O = build/obj

# A recipe prints a short line, such as "CC cli/run.c"; with V=1 its commands; under `make -s` nothing.
# $(call say,WHAT,FILE) prints the line and begins the command that it is about; $Q begins a command that has no line.
V ?= 0
IS_SILENT = $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(filter-out 0,$V),,@$(if $(IS_SILENT),,printf '%-5s%s\n' '$1' '$2';))
Q = $(if $(filter-out 0,$V),,@)

.PHONY: all everything clean install uninstall check check-all campaign bench demo lint
all: everything
	$(if $(IS_SILENT),,@echo "build/ has the command (build/socketcall), the library and the manual." \
		"Next: build/socketcall doctor, or sudo make install")
everything: build/socketcall preload lib man

# ---- build/socketcall: static, so that it runs in any root ---------------------------------------------------------

STATIC = -static
CLI_ROOMS = abi agent cli filter policy process probe run run/supervise run/patch run/witness
CLI_SRC = $(foreach room,$(CLI_ROOMS),$(wildcard $(room)/*.c)) run/preload/locate.c
CLI_OBJ = $(CLI_SRC:%.c=$O/cli/%.o)
CLI_CFLAGS = $(CFLAGS) $(BASE) -D_GNU_SOURCE -fstack-protector-strong -DSOCKETCALL_VERSION='"$(VERSION)"' \
	-DPATCH_CODE='"$O/patch/code.o"' -DWITNESS_PROGRAM='"$O/witness/witness"'

build/socketcall: $(CLI_OBJ)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(STATIC) -o $@ $(CLI_OBJ)

$O/cli/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CLI_CFLAGS) -c -o $@ $<

# The command contains both: the object file whose code `run` puts into 32-bit programs, and the witness.
CODE_CFLAGS = -g0 $(BASE) -m32 -march=i686 -idirafter /usr/include/$(MULTIARCH)
$O/patch/code.o: run/patch/code.S Makefile
	@mkdir -p $(@D)
	$(call say,AS,$<)$(CC) $(CODE_CFLAGS) -c -o $@ $<
$O/witness/witness: run/witness/witness.S Makefile
	@mkdir -p $(@D)
	$(call say,AS,$<)$(CC) $(CODE_CFLAGS) -nostdlib -static -no-pie -s -Wl,--build-id=none,-z,noexecstack -o $@ $<
$O/cli/run/patch/object.o: $O/patch/code.o
$O/cli/run/witness/witness.o: $O/witness/witness

# ---- build/preload: one folder for each value that ld.so expands $PLATFORM to --------------------------------------

PRELOAD = libsocketcall-preload.so
PLATFORMS_I386 = i386 i486 i586
PLATFORMS_X86_64 = haswell xeon_phi

PRELOAD_SRC = $(filter-out run/preload/twin.c run/preload/locate.c,$(wildcard run/preload/*.c run/preload/*.S))
PRELOAD_OBJ = $(patsubst run/preload/%,$O/preload/%.o,$(basename $(PRELOAD_SRC)))
# With -m32, Debian's compiler looks for <asm/…> in the folder of 32-bit libraries, which may not be installed. The
# 64-bit folder's headers are correct for -m32, too.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
# Freestanding, for any i686. -mgeneral-regs-only: the program's vector registers must not change.
# -fasynchronous-unwind-tables: an unwinder can start at every instruction.
PRELOAD_CFLAGS = $(CFLAGS) $(BASE) -m32 -march=i686 -ffreestanding -fPIC -fvisibility=hidden -mgeneral-regs-only \
	-idirafter /usr/include/$(MULTIARCH) -fno-stack-protector -fcf-protection=none -fasynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns
PRELOAD_LDFLAGS = -shared -nostdlib -Wl,-soname,$(PRELOAD),-z,now,-z,relro,-z,noexecstack,--build-id,--no-undefined
HOOK_LDFLAGS = -Wl,-z,initfirst,-z,nodelete,--version-script,run/preload/export.map

.PHONY: preload
preload: build/preload/i686/$(PRELOAD) build/preload/x86_64/$(PRELOAD) \
	$(PLATFORMS_I386:%=build/preload/%) $(PLATFORMS_X86_64:%=build/preload/%)

$O/preload/%.o: run/preload/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(PRELOAD_CFLAGS) -c -o $@ $<
$O/preload/%.o: run/preload/%.S Makefile
	@mkdir -p $(@D)
	$(call say,AS,$<)$(CC) $(PRELOAD_CFLAGS) -c -o $@ $<

build/preload/i686/$(PRELOAD): $(PRELOAD_OBJ) run/preload/export.map
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) -m32 $(PRELOAD_LDFLAGS) $(HOOK_LDFLAGS) -o $@ $(PRELOAD_OBJ)
build/preload/x86_64/$(PRELOAD): run/preload/twin.c Makefile
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(PRELOAD_LDFLAGS) -o $@ $<
$(PLATFORMS_I386:%=build/preload/%): build/preload/i686/$(PRELOAD)
	$Qln -sfn i686 $@
$(PLATFORMS_X86_64:%=build/preload/%): build/preload/x86_64/$(PRELOAD)
	$Qln -sfn x86_64 $@

# ---- build/include, build/lib: the library; `make lib CC=...` after `make clean` for another architecture ----------

ABI_HEADERS = $(wildcard abi/*.def abi/*/*.def) abi/calls.h abi/native.h abi/undefine.h
CALLER_HEADERS = caller.h $(patsubst caller/%,%,$(wildcard caller/entry/*.h))
HEADERS = build/include/socketcall.h \
	$(patsubst %,build/include/socketcall/%,$(ABI_HEADERS) $(CALLER_HEADERS) server.h marshal.h host.h \
	format.h policy.h)
LIB_MAP = caller/libsocketcall.map
LIB_SRC = caller/socketcall.c $(wildcard server/*.c server/format/*.c server/host/*.c)
LIB_OBJ = $(LIB_SRC:%.c=$O/lib/%.o)
# Policies are for x86-64 kernels, so only the library for x86 has them. They use files that aren't public (filter/,
# abi/); `objcopy` makes those functions local, so that the archive exports the public names alone.
LIB_POLICY_SRC = $(wildcard policy/*.c) abi/abi.c abi/families.c filter/build.c
LIB_POLICY_OBJ = $(LIB_POLICY_SRC:%.c=$O/lib/%.o)
LIB_POLICY = $(if $(filter x86_64-% i386-% i486-% i586-% i686-%,$(shell $(CC) -dumpmachine)),$O/lib/policy.o)
SONAME = libsocketcall.so.0
LIB_LDFLAGS = -shared -Wl,-soname,$(SONAME),--version-script,$(LIB_MAP),-z,now,-z,relro,--no-undefined
LIBS = build/lib/libsocketcall.a build/lib/$(SONAME)

.PHONY: lib headers
lib: headers $(LIBS)
headers: $(HEADERS)

build/include/socketcall.h: caller/socketcall.h
	@mkdir -p $(@D)
	$Qcp $< $@
build/include/socketcall/abi/%: abi/%
	@mkdir -p $(@D)
	$Qcp $< $@
build/include/socketcall/%.h: caller/%.h
	@mkdir -p $(@D)
	$Qcp $< $@
build/include/socketcall/%.h: server/%.h
	@mkdir -p $(@D)
	$Qcp $< $@
build/include/socketcall/policy.h: policy/policy.h
	@mkdir -p $(@D)
	$Qcp $< $@

# The serving end makes no system call and needs no libc, so it is compiled freestanding. These files do need a libc.
$O/lib/caller/socketcall.o $(LIB_POLICY_OBJ) $(filter $O/lib/server/host/%,$(LIB_OBJ)): \
	HOSTED = -fstack-protector-strong
$O/lib/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(BASE) -fPIC $(or $(HOSTED),-ffreestanding -fno-stack-protector) -c -o $@ $<

$O/lib/policy.o: $(LIB_POLICY_OBJ)
	$(call say,LINK,$@)$(CC) -r -nostdlib -o $@ $(LIB_POLICY_OBJ)
	$Q$(shell $(CC) -print-prog-name=objcopy) --wildcard \
		$(foreach own,abi build entry json policy,--localize-symbol='$(own)_*') $@
build/lib/libsocketcall.a: $(LIB_OBJ) $(LIB_POLICY)
	@mkdir -p $(@D)
	$Qrm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $(LIB_OBJ) $(LIB_POLICY)
build/lib/$(SONAME): $(LIB_OBJ) $(LIB_POLICY) $(LIB_MAP)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) $(LIB_LDFLAGS) -o $@ $(LIB_OBJ) $(LIB_POLICY)
	$Qln -sfn $(SONAME) build/lib/libsocketcall.so

# ---- build/amalgamation: the serving end as two files (docs/vendoring.md) -------------------------------------------

.PHONY: amalgamation
amalgamation:
	@mkdir -p build/amalgamation
	tools/amalgamate build/amalgamation

# ---- build/man: socketcall(7)'s tables are generated from abi/ -----------------------------------------------------

MAN = $(patsubst man/%,build/man/%,$(wildcard man/*.[1-8]) $(patsubst %.in,%,$(wildcard man/*.in)))
.PHONY: man
man: $(MAN)

$O/calls-mdoc: tools/calls-mdoc.c abi/abi.c $(wildcard abi/*.h abi/*.def abi/*/*.def)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS) $(BASE) -MF $@.d -o $@ tools/calls-mdoc.c abi/abi.c
build/man/%: man/%
	@mkdir -p $(@D)
	$Qcp $< $@
build/man/socketcall.7: man/socketcall.7.in $O/calls-mdoc Makefile
	@mkdir -p $(@D)
	$(call say,GEN,$@)$O/calls-mdoc > $O/calls.mdoc
	$Q$O/calls-mdoc arches > $O/arches.mdoc
	$Qsed -e '/@CALLS@/{r $O/calls.mdoc' -e 'd}' -e '/@ARCHES@/{r $O/arches.mdoc' -e 'd}' $< > $@

# ---- Installing ----------------------------------------------------------------------------------------------------

LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BIN = $(DESTDIR)$(PREFIX)/bin
LIB = $(DESTDIR)$(LIBDIR)
INCLUDE = $(DESTDIR)$(INCLUDEDIR)
COMPANIONS = $(DESTDIR)$(PREFIX)/lib/socketcall
MANUAL = $(DESTDIR)$(PREFIX)/share/man
# systemd looks for units below /usr and /usr/local (systemd.unit(5)).
SYSTEMUNITDIR ?= $(PREFIX)/lib/systemd/system
USERUNITDIR ?= $(PREFIX)/lib/systemd/user
UNITS = socketcall-agent.service socketcall-agent.socket

install: everything
	install -d '$(BIN)' '$(COMPANIONS)/preload/i686' '$(COMPANIONS)/preload/x86_64'
	install -d '$(MANUAL)/man1' '$(MANUAL)/man3' '$(MANUAL)/man5' '$(MANUAL)/man7'
	install -m 755 build/socketcall '$(BIN)'
	for p in i686 x86_64; do install -m 644 build/preload/$$p/$(PRELOAD) '$(COMPANIONS)/preload/'$$p; done
	for p in $(PLATFORMS_I386); do ln -sfn i686 '$(COMPANIONS)/preload/'$$p; done
	for p in $(PLATFORMS_X86_64); do ln -sfn x86_64 '$(COMPANIONS)/preload/'$$p; done
	for page in $(MAN); do install -m 644 $$page '$(MANUAL)/man'$${page##*.}; done
	install -d '$(LIB)/pkgconfig' '$(INCLUDE)'
	for header in $(HEADERS:build/include/%=%); do \
		install -D -m 644 build/include/$$header '$(INCLUDE)'/$$header || exit; done
	install -m 644 $(LIBS) '$(LIB)'
	ln -sfn $(SONAME) '$(LIB)/libsocketcall.so'
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
		caller/socketcall.pc.in >'$(LIB)/pkgconfig/socketcall.pc'
	install -d '$(DESTDIR)$(SYSTEMUNITDIR)' '$(DESTDIR)$(USERUNITDIR)'
	for unit in $(UNITS); do \
		sed 's|@BIN@|$(PREFIX)/bin|' systemd/$$unit >'$(DESTDIR)$(SYSTEMUNITDIR)'/$$unit && \
		sed 's|@BIN@|$(PREFIX)/bin|' systemd/user/$$unit >'$(DESTDIR)$(USERUNITDIR)'/$$unit || exit; done

uninstall:
	rm -f '$(BIN)/socketcall'
	for page in $(notdir $(MAN)); do rm -f '$(MANUAL)'/man?/$$page; done
	rm -f '$(LIB)/libsocketcall.'* '$(LIB)/pkgconfig/socketcall.pc' '$(INCLUDE)/socketcall.h'
	rm -rf '$(COMPANIONS)' '$(INCLUDE)/socketcall'
	for unit in $(UNITS); do \
		rm -f '$(DESTDIR)$(SYSTEMUNITDIR)'/$$unit '$(DESTDIR)$(USERUNITDIR)'/$$unit; done

# ---- Tests: each target first installs missing packages by tools/need ------------------------------------------------

BUILD_PACKAGES = gcc libc6-dev
LAB_PACKAGES = $(BUILD_PACKAGES) debootstrap debian-archive-keyring iproute2 mount util-linux
PROBE_PACKAGES = bubblewrap crun runc golang-github-containers-common
CHECK_PACKAGES = $(LAB_PACKAGES) $(PROBE_PACKAGES) perl binutils mandoc
LINT_PACKAGES = $(CHECK_PACKAGES) clang-tidy clang-format cppcheck shellcheck
VM_PACKAGES = $(BUILD_PACKAGES) gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-system-x86 qemu-system-misc \
	debian-archive-keyring apparmor cpio kmod xz-utils zstd
TESTS = $(wildcard tests/*/*.t tests/*/*/*.t)
LONG_TESTS = $(wildcard tests/*/*.long tests/*/*/*.long)
CAMPAIGNS = $(wildcard tests/*/*.campaign tests/*/*/*.campaign)

.PHONY: vm-packages
vm-packages:
	tools/need $(VM_PACKAGES)

include tests/rules.mk

check:
	tools/need $(CHECK_PACKAGES)
	$(MAKE) everything
	tools/check --quick $(TESTS)

# ARCHS="sparc64 m68k" runs only the tests that use tools/arches, for these rows only; shell patterns are possible.
ARCHS =
ARCH_TESTS = $(shell grep -lE 'arches_(built|emulated|rows all)' $(LONG_TESTS))
# Where 32-bit programs run only in guests (tools/check), which are slow, tests use one root of the laboratory.
check-all:
	tools/need $(LINT_PACKAGES) $(VM_PACKAGES)
	$(MAKE) everything
ifeq ($(ARCHS),)
	$(MAKE) lint
	LAB_SUITES="$$(tools/runs32 && echo bullseye bookworm trixie || echo bookworm)" \
		tools/check $(TESTS) $(LONG_TESTS)
else
	ARCHS='$(ARCHS)' tools/check $(ARCH_TESTS)
endif

# Hours of fuzzing, for an idle machine: not in CI.
campaign:
	tools/need $(CHECK_PACKAGES)
	$(MAKE) everything
	tools/check $(CAMPAIGNS)

# The conformance suite alone, for any kernel, emulator or sandbox. BUILD: names from tests/conformance/entry/*.c; RUN:
# a command that runs each program; BASELINE=1: prints what differs without RUN; ARCH: a row of tools/arches; KNOWN: a
# file of tests/conformance/known.
BUILD ?= $(if $(filter i386,$(ARCH)),vdso gs int80) direct libc caller
RUN ?=
BASELINE ?=
KNOWN ?=
.PHONY: conformance
conformance:
	tools/need perl $(wordlist 6,99,$(shell tools/arch-rows $(ARCH))) \
		$(if $(findstring socketcall,$(RUN)),$(BUILD_PACKAGES))
	$(if $(findstring socketcall,$(RUN)),$(MAKE) everything)
	$(MAKE) ARCH=$(ARCH) $(BUILD:%=conformance-%)
	PATH="$(CURDIR)/build:$$PATH" tests/conformance/run $(if $(RUN),--with '$(RUN)') $(if $(BASELINE),--baseline) \
		$(if $(KNOWN),--known $(KNOWN)) $(BUILD:%=build/conformance/$(ARCH)/%)

# Makes random calls by the kernel's own door and through the library, and compares the results
# (tests/differential/main.c): N calls from SEED on, for each guest in GUESTS. The library is compiled for 32 bits for
# "i386", for 64 bits for "i386-64". MUTANT: the library has this fault, which must be found.
N ?= 100000
SEED ?= 1
GUESTS ?= $(shell tools/runs32 && echo i386 i386-64 mips ppc) x86_64 s390x alpha
MUTANT ?=
.PHONY: fuzz-diff
fuzz-diff:
	tools/need $(BUILD_PACKAGES)
	$(MAKE) $(DIFFERENTIAL_PROGRAMS)
	tests/differential/run "$(GUESTS)" $(N) $(SEED) $(MUTANT)

bench:
	tools/need $(LAB_PACKAGES) gcc-i686-linux-gnu libc6-dev-i386-cross
	$(MAKE) everything
	tools/bench

demo:
	tools/demo

# The files that clang-tidy checks, each with its flags. It gets one file at a time, because when it is given several it
# no longer recognises va_start().
TIDIED = $(foreach f,$(CLI_SRC) tools/calls-mdoc.c tools/vm-init.c,tidy-cli/$f) $(LIB_SRC:%=tidy-lib/%) \
	$(patsubst %,tidy-preload/%,$(filter %.c,$(PRELOAD_SRC)) run/preload/twin.c)
# Debian 12's version: other versions of clang-format and clang-tidy have other rules.
CLANG_VERSION = 14
PROCESSORS := $(shell nproc)

# server/dispatch.h has a label for each row of abi/calls.def; it jumps only to those that make other calls.
# mandoc looks for referenced pages in the system's manual, where ours aren't installed: that message is dropped.
lint: everything
	tools/check-includes
	tools/check-lines
	tools/check-manual
	tools/check-links
	! mandoc -Tlint $(MAN) 2>/dev/null | grep -v 'referenced manual not found'
	cppcheck --quiet -j $(PROCESSORS) --error-exitcode=1 --suppress=toomanyconfigs -U__ASSEMBLER__ \
		--suppress=unusedLabelSwitch:abi/calls.def \
		--enable=warning,portability --inline-suppr -I. \
		abi agent caller cli filter policy probe process run server tools
	shellcheck -x -P SCRIPTDIR $(shell git ls-files | xargs grep -lE '^#!/bin/sh|^# shellcheck shell=sh')
	if clang-format --version | grep -q 'version $(CLANG_VERSION)\.'; then $(MAKE) lint-clang; \
		else echo "clang-format and clang-tidy $(CLANG_VERSION) are not installed: their checks did not run"; fi

.PHONY: lint-clang $(TIDIED)
lint-clang:
	clang-format --dry-run --Werror \
		$(filter-out run/demux/asm.h run/demux/demux.h,$(shell git ls-files '*.c' '*.h'))
	$(MAKE) -j $(PROCESSORS) --output-sync $(TIDIED)
$(filter tidy-cli/%,$(TIDIED)): tidy-cli/%:
	clang-tidy --quiet $* -- $(CLI_CFLAGS)
$(filter tidy-lib/%,$(TIDIED)): tidy-lib/%:
	clang-tidy --quiet $* -- $(CFLAGS) $(BASE)
$(filter tidy-preload/%,$(TIDIED)): tidy-preload/%:
	clang-tidy --quiet $* -- $(filter-out -fno-tree%,$(PRELOAD_CFLAGS))

clean:
	rm -rf build

-include $(CLI_OBJ:.o=.d) $O/patch/code.d $O/witness/witness.d $(PRELOAD_OBJ:.o=.d) $(LIB_OBJ:.o=.d) \
	$(LIB_POLICY_OBJ:.o=.d)
