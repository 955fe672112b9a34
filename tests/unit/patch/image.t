#!/bin/sh
# SPDX-License-Identifier: MIT
# The edit of this machine's own vDSO image; and of thousands of damaged ones.
# Quick in a guest.
cd "$(dirname "$0")/../../.." || exit
. tests/unit/patch/image.sh
make -s build/tests/image build/tests/vdso >&2 || exit
[ -z "${PREPARE:-}" ] || exit 0
build/tests/vdso >"$work/this machine"
image "this machine" 40000
echo "1..$tests"
