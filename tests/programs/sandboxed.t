#!/bin/sh
# SPDX-License-Identifier: MIT
# Daemons that load their own seccomp filters, made by libseccomp: chrony's filter kills, tor's filter traps.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab sandboxed 9 netbase procps curl chrony tor
