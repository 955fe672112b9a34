# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# For tests in shell: sourced. A folder $work, gone afterwards; what a test has to say for itself goes to $work/log.
tests=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ok() { # STATUS TEXT
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then echo "ok $tests - $2"; else echo "not ok $tests - $2" && sed 's/^/# /' "$work/log"; fi
}
