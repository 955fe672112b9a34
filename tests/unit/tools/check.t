#!/bin/sh
# SPDX-License-Identifier: MIT
# tools/check, in a folder with three tests: one leaves a socket there, one doesn't, and one has a failed assertion.
# Needs no 32-bit programs: the three tests are scripts.
. "$(dirname "$0")/../../fixtures/tap.sh"
export RUNS32=no # tools/runs32 would need more of the tree to find out
mkdir -p "$work/tree/tools"
cp tools/check tools/runs32 "$work/tree/tools"
test_of() { # NAME COMMAND
	printf '#!/bin/sh\n# Needs no 32-bit programs\n%s\necho ok 1\necho 1..1\n' "$2" >"$work/tree/tools/$1"
	chmod +x "$work/tree/tools/$1"
}
test_of leaving.t "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => q(left)) or die'"
test_of other.t :
(cd "$work/tree" && tools/check tools/other.t) >"$work/log" 2>&1 && grep -q '^1 passed, 0 failed' "$work/log"
ok $? "a test that leaves no file passes"
(cd "$work/tree" && tools/check tools/leaving.t) >"$work/log" 2>&1
[ $? = 1 ] && grep -q ': left$' "$work/log" && grep -q '^1 passed, 1 failed' "$work/log"
ok $? "a test that leaves a socket in the repository's folder is a failure"
test_of failing.t 'exec printf "# before\nnot ok 1 - wrong\n# the reason\nok 2 - right\n# after\n1..2\n"'
(cd "$work/tree" && tools/check tools/failing.t) >"$work/log" 2>&1
[ "$(grep -A 1 '^not ok' "$work/log")" = "not ok 1 - wrong
# the reason" ] && ! grep -q '# before\|# after' "$work/log" && grep -q '^1 passed, 1 failed' "$work/log"
ok $? "of a test that fails, the failed assertion is shown with its comments, and no other comment"
plan
