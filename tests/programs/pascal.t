#!/bin/sh
# SPDX-License-Identifier: MIT
# Free Pascal's programs, which contain `int $0x80` instructions of their own, under `socketcall run --trap`.
. "$(dirname "$0")/../fixtures/lab.sh"
in_lab pascal 8 netbase procps curl fp-compiler fp-units-net fp-units-fcl
