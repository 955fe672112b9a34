#!/bin/sh
# SPDX-License-Identifier: MIT
# i386's curl, wget, Perl, and a script that downloads a program and starts it, under `socketcall run --families`: the
# families that are listed work, the others fail.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab policy 17 netbase procps curl wget nginx perl-base
