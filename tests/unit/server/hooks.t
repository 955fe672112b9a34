#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs hooks.c: the hooks of the host's backend for descriptors, identity, system calls and another process.
# Needs no 32-bit programs: the guest is this machine's.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/hooks
cd "$work" && exec "$OLDPWD/build/tests/hooks"
