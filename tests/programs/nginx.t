#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx in each mode, against a curl in mode open: tests the server.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab nginx 12 netbase procps curl nginx
