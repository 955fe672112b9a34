# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The host's half of a test that runs in the laboratory: sourced by tests/*/*.t.
#
# in_lab NAME COUNT PACKAGE...   for each suite in $LAB_SUITES (default: bookworm) runs inner/NAME.sh, beside the
#                                test, in the suite's root with those packages. It prints COUNT tests without
#                                numbers, or, where COUNT is a dash, as many as it has for that suite; it has
#                                $LAB_TIMEOUT s (300)

in_lab() {
	name=$1
	count=$2
	shift 2
	tests=$(cd "$(dirname "$0")" && pwd)
	lab=$tests/../../tools/lab
	status=0

	[ "${PREPARE:-}" != list ] || { echo "$*"; exit; }
	# shellcheck disable=SC2086  # a list
	set -- ${LAB_SUITES:-bookworm} -- "$@"
	suites=
	while [ "$1" != -- ]; do
		suites="$suites $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	[ "$count" = - ] || echo "1..$(($(set -- $suites; echo $#) * count))"
	make -s -C "$tests/../.." build/tests/filter >&2 || exit
	log=$(mktemp)
	for suite in $suites; do
		if ! "$lab" make "$suite" "$@" >&2; then
			echo "not ok - $suite: the packages can be had: $*"
			status=1
			continue
		fi
		[ -z "${PREPARE:-}" ] || continue
		{
			timeout -s KILL "${LAB_TIMEOUT:-300}" "$lab" run "$suite" sh "/src/tests/${tests##*/}/inner/$name.sh" "$suite" </dev/null ||
				echo "# $suite: tests/${tests##*/}/inner/$name.sh ended with status $?"
		} | tee -a "$log"
		if tail -n 1 "$log" | grep -q '^# .* ended with status '; then status=1; fi
	done
	[ -z "${PREPARE:-}" ] || exit $status
	[ "$count" != - ] || echo "1..$(grep -cE '^(not )?ok' "$log")"
	rm -f "$log"
	exit $status
}
