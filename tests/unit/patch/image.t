#!/bin/sh
# SPDX-License-Identifier: MIT
# The edit of this machine's own vDSO image; and of thousands of damaged ones.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/unit/patch/image.sh
build build/tests/image build/tests/vdso
prepared
build/tests/vdso >"$work/this machine"
image "this machine" 40000
plan
