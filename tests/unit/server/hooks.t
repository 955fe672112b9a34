#!/bin/sh
# SPDX-License-Identifier: MIT
# Hooks of the host's backend: descriptors, identity, system calls, another process.
# Needs no 32-bit programs: the guest is this machine's.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/hooks
cd "$work" && exec "$OLDPWD/build/tests/hooks"
