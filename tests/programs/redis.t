#!/bin/sh
# SPDX-License-Identifier: MIT
# redis: the server and its clients, both in the same mode.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab redis 12 netbase procps redis-server redis-tools
