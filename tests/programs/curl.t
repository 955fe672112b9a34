#!/bin/sh
# SPDX-License-Identifier: MIT
# curl in each mode, against an nginx in mode open: tests the client.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab curl 10 netbase procps curl nginx openssl
