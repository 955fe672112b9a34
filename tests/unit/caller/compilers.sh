# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# frames.c and cancel.c by a compiler and its options: sourced by the tests here.
. "$(dirname "$0")/calls.sh"

# compiled SOURCE TEXT COMPILER OPTION...: builds and runs it, under $emulator.
compiled() {
	compiled_source=$1 compiled_text=$2
	shift 2
	program=build/tests/compiled
	mkdir -p build/tests
	# shellcheck disable=SC2046,SC2086  # lists
	if "$@" $static -pthread -Ibuild/include -o $program "tests/unit/caller/$compiled_source" $(bare) >"$out" 2>&1; then
		# shellcheck disable=SC2086  # none or one word
		calls_tap "$compiled_text" $emulator $program
	else
		echo "not ok - $compiled_text: it compiles" | tee -a "$facts"
		sed 's/^/# /' "$out"
	fi
}
