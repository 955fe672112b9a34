#!/bin/sh
# SPDX-License-Identifier: MIT
# The same as openssh.t, with the preload alone.
# Not in a guest: too slow there.
. "$(dirname "$0")/../fixtures/lab.sh"
RUN_OPTIONS=--preload-only
export RUN_OPTIONS
in_lab openssh 13 netbase procps openssh-client openssh-server redis-server redis-tools
