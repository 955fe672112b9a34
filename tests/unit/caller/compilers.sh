# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# For tests that compile frames.c and cancel.c by several compilers with several options; they source this file after
# tap.sh.
. tests/unit/caller/calls.sh

# compile_and_run SOURCE TEXT COMPILER OPTION...: compiles the source, and runs it under $emulator.
compile_and_run() {
	compiled_source=$1 compiled_text=$2
	shift 2
	# shellcheck disable=SC2046,SC2086  # lists
	if "$@" $static -pthread -Ibuild/include -I. -o "$work/compiled" "tests/unit/caller/$compiled_source" $(bare) \
		>"$work/log" 2>&1; then
		# shellcheck disable=SC2086  # none or one word
		tap_of "$compiled_text" $emulator "$work/compiled"
	else
		ok 1 "$compiled_text: it compiles"
	fi
}
