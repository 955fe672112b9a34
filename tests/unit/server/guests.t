#!/bin/sh
# SPDX-License-Identifier: MIT
# Guests of all architectures, served on this machine.
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/guests
exec build/tests/guests
