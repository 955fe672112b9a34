#!/bin/sh
# SPDX-License-Identifier: MIT
# Edits this machine's vDSO image, and thousands of damaged copies of it.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/unit/patch/image.sh
build build/tests/image build/tests/vdso
prepared
build/tests/vdso >"$work/this machine"
image "this machine" 40000
plan
