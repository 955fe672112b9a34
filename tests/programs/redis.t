#!/bin/sh
# SPDX-License-Identifier: MIT
# redis: server and clients both in the mode that is tested.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab redis 12 netbase procps redis-server redis-tools
