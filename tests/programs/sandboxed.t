#!/bin/sh
# SPDX-License-Identifier: MIT
# Daemons that load seccomp filters of their own, made by libseccomp: chrony's kills, tor's traps.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab sandboxed 9 netbase procps curl chrony tor
