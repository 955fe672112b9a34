#!/bin/sh
# SPDX-License-Identifier: MIT
# The same as python.t, with the preload alone.
# Not in a guest: too slow there (140 s).
. "$(dirname "$0")/../fixtures/lab.sh"
RUN_OPTIONS=--preload-only
export RUN_OPTIONS
in_lab python 19 netbase procps python3
