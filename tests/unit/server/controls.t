#!/bin/sh
# SPDX-License-Identifier: MIT
# Control messages that the kernel makes, as guests of all architectures receive them.
# Needs no 32-bit programs: the guests are made up.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/controls
exec build/tests/controls
