#!/bin/sh
# SPDX-License-Identifier: MIT
# curl, wget, Perl and a script that downloads and starts a program, all of i386, under `socketcall run --families`:
# what is allowed works as ever, and what isn't fails.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab policy 17 netbase procps curl wget nginx perl-base
