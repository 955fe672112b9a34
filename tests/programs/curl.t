#!/bin/sh
# SPDX-License-Identifier: MIT
# curl against an nginx that is always open: what is tested is the client.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab curl 10 netbase procps curl nginx openssl
