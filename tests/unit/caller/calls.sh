# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # set by tap.sh
# For tests that run the program `calls` with each choice of doors; they source this file after tap.sh.
. tests/fixtures/arches.sh

# shellcheck disable=SC2034  # scripts that source this file use it
DOORS="DIRECT_FIRST MULTIPLEXED_FIRST DIRECT_ONLY MULTIPLEXED_ONLY"

# calls_build ROW DOORS: builds the program and sets $program, and arch_is's variables. If it can't be built, that is a
# failed assertion.
calls_build() {
	arch_is "$1"
	program=build/tests/calls/$1/$2
	tools/build "$program" && return
	echo "the compiler's messages are above" >"$work/log"
	ok 1 "$1, $2: calls.c builds"
	return 1
}

# A file of the emulator's own faults, each by the assertion that fails because of it: "assertion | why", or "assertion
# | why | where", a pattern. Such an assertion is an expected failure.
faults=/dev/null
# emulated NAME: calls arch_is, and sets the faults of the emulator that runs its programs.
emulated() {
	arch_is "$1"
	case $emulator in
	qemu-*) faults=tests/unit/caller/qemu-user.faults ;;
	*) faults=/dev/null ;;
	esac
}
# expected: copies TAP, and marks the expected failures as TODO.
# shellcheck disable=SC2329  # tap_of calls it
expected() {
	awk -F ' [|] ' -v faults="$faults" '
		BEGIN {
			while ((getline line < faults) > 0) {
				split(line, f, " [|] ")
				if (line !~ /^#/) { why[f[1]] = f[2]; where[f[1]] = f[3] }
			}
		}
		{ fact = $0; sub(/ \(it was -?[0-9]+\)$/, "", fact); sub(/^.*: /, "", fact) }
		fact in why && $0 ~ where[fact] { print $0 " # TODO qemu-user: " why[fact]; next }
		{ print }'
}
