#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx against a curl that is always open: what is tested is the server.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab nginx 12 netbase procps curl nginx
