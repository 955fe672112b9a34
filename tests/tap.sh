# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# For tests in shell: sourced. A folder $work, gone afterwards; what a test has to say for itself goes to $work/log.
tests=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Behind what a test needs: where it is only to be prepared for another machine, that is all (tools/check).
prepared() { [ -z "${PREPARE:-}" ] || exit 0; }
ok() { # STATUS TEXT
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then echo "ok $tests - $2"; else echo "not ok $tests - $2" && sed 's/^/# /' "$work/log"; fi
}
