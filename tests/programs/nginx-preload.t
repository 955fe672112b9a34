#!/bin/sh
# SPDX-License-Identifier: MIT
# The same as nginx.t, with the preload alone.
. "$(dirname "$0")/../fixtures/lab.sh"
RUN_OPTIONS=--preload-only
export RUN_OPTIONS
in_lab nginx 12 netbase procps curl nginx
