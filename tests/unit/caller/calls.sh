# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Runs calls.c on an architecture, once for each choice of doors: sourced by the tests here.
. "$(dirname "$0")/../../fixtures/arches.sh"

# shellcheck disable=SC2034  # for who sources this
DOORS="DIRECT_FIRST MULTIPLEXED_FIRST DIRECT_ONLY MULTIPLEXED_ONLY"
status=0
facts=$(mktemp)
out=$(mktemp)
trap 'rm -f "$facts" "$out"' EXIT

# calls_build NAME DOORS: builds calls.c for it, as $program; that it doesn't is a failure of the test.
calls_build() {
	arch_is "$1"
	program=build/tests/calls-$1-$2
	mkdir -p build/tests
	# shellcheck disable=SC2046,SC2086  # lists
	make -s headers >&2 && $compiler -O2 $flags -Wall -Wextra -Werror -Wshadow $static "-DSOCKETCALL_$2" \
		-Ibuild/include -Ibuild/include/socketcall -o "$program" tests/unit/caller/calls.c $(bare) && return
	echo "not ok - $1, $2: calls.c builds" | tee -a "$facts"
	return 1
}

# calls_tap PREFIX COMMAND...: runs it and passes its TAP on, with the prefix and without numbers. What is listed in $faults
# is an expected failure.
calls_tap() {
	prefix=$1
	shift
	timeout -s KILL 300 "$@" >"$out" 2>&1
	ended=$?
	sed -n "s/^\(not \)\{0,1\}ok [0-9]* - /\1ok - $prefix: /p" "$out" | expected | tee -a "$facts"
	if ! tail -n 1 "$out" | grep -q '^1\.\.[1-9]' || [ $ended -gt 1 ]; then
		echo "not ok - $prefix: the program runs to its end" | expected | tee -a "$facts"
		tail -n 1 "$facts" | grep -q ' # TODO ' || status=1
		sed 's/^/# /' "$out" | tail -n 5
	fi
}

# The emulators' own faults, each by the fact that it breaks: "fact | why", or "fact | why | where", a pattern.
faults=/dev/null
# emulated NAME: arch_is, and the faults of what runs its programs.
emulated() {
	arch_is "$1"
	case $emulator in
	qemu-*) faults=tests/unit/caller/qemu-user.faults ;;
	*) faults=/dev/null ;;
	esac
}
expected() {
	awk -F ' [|] ' -v faults="$faults" '
		BEGIN { while ((getline line < faults) > 0) { split(line, f, " [|] "); if (line !~ /^#/) { why[f[1]] = f[2]; where[f[1]] = f[3] } } }
		{ fact = $0; sub(/ \(it was -?[0-9]+\)$/, "", fact); sub(/^.*: /, "", fact) }
		fact in why && $0 ~ where[fact] { print $0 " # TODO qemu-user: " why[fact]; next }
		{ print }'
}

calls_plan() {
	echo "1..$(wc -l <"$facts")"
	exit $status
}
