# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154  # set by tap.sh
# Runs the program `calls` on an architecture, once for each choice of doors: sourced by the tests here, behind tap.sh.
. tests/fixtures/arches.sh

# shellcheck disable=SC2034  # for who sources this
DOORS="DIRECT_FIRST MULTIPLEXED_FIRST DIRECT_ONLY MULTIPLEXED_ONLY"

# calls_build ROW DOORS: builds it, as $program; that it doesn't is a failure of the test. Sets what arch_is does.
calls_build() {
	arch_is "$1"
	program=build/tests/calls/$1/$2
	tools/build "$program" && return
	echo "the compiler's messages are above" >"$work/log"
	ok 1 "$1, $2: calls.c builds"
	return 1
}

# The emulators' own faults, each by the fact that it breaks: "fact | why", or "fact | why | where", a pattern. An
# assertion that one breaks is an expected failure.
faults=/dev/null
# emulated NAME: arch_is, and the faults of what runs its programs.
emulated() {
	arch_is "$1"
	case $emulator in
	qemu-*) faults=tests/unit/caller/qemu-user.faults ;;
	*) faults=/dev/null ;;
	esac
}
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
