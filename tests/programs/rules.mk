# SPDX-License-Identifier: MIT
# Go programs for 386, which make system calls without a libc: static, stripped, dynamic with cgo, and as PIE with cgo.
GO_BUILD = GO111MODULE=off GOFLAGS= GOARCH=386 go build
GO_PROGRAMS = $(addprefix build/tests/go/,static stripped cgo cgo-pie)
build/tests/go/static: GO_OPTIONS = CGO_ENABLED=0 $(GO_BUILD)
build/tests/go/stripped: GO_OPTIONS = CGO_ENABLED=0 $(GO_BUILD) -ldflags='-s -w'
build/tests/go/cgo: GO_OPTIONS = CGO_ENABLED=1 CC=i686-linux-gnu-gcc $(GO_BUILD)
build/tests/go/cgo-pie: GO_OPTIONS = CGO_ENABLED=1 CC=i686-linux-gnu-gcc $(GO_BUILD) -buildmode=pie
.PHONY: go-programs
go-programs: $(GO_PROGRAMS)
$(GO_PROGRAMS): tests/programs/go/web.go tests/programs/rules.mk
	@mkdir -p $(@D)
	$(GO_OPTIONS) -o $@ $<

# A Windows program that uses Winsock, for Wine.
build/tests/winsock.exe: tests/programs/winsock.c tests/programs/rules.mk
	@mkdir -p $(@D)
	i686-w64-mingw32-gcc -O2 -Wall -Wextra -Werror -o $@ $< -lws2_32

# For late.long: a Go program, which the test packs, and a Go library, which C programs open.
.PHONY: late-programs
late-programs: build/tests/late/calls build/tests/late/libplugin.so
build/tests/late/calls: tests/programs/late/calls.go tests/programs/rules.mk
	@mkdir -p $(@D)
	CGO_ENABLED=0 $(GO_BUILD) -o $@ $<
build/tests/late/libplugin.so: tests/programs/late/plugin.go tests/programs/rules.mk
	@mkdir -p $(@D)
	CGO_ENABLED=1 CC=i686-linux-gnu-gcc $(GO_BUILD) -buildmode=c-shared -o $@ $<
