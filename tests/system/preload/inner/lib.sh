# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the inner scripts here share.

# compile COMPILER OPTION...: as test programs are built
compile() {
	compiler=$1
	shift
	"$compiler" -g -O1 -Wall -Wextra -Werror -pthread "$@" -ldl
}

# With socketcall closed.
closed() { /sc/socketcall closed "$@"; }

ok() { # STATUS TEXT [FILE-WITH-DETAILS]
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		[ -z "${3-}" ] || sed 's/^/# /' "$3"
	fi
}

# Everything that the program says natively, it says by served(), the script's own, as well, and natively every line is good.
same() { # TEXT PATTERN-OF-A-BAD-LINE PROGRAM [ARGUMENT]
	text=$1 bad=$2
	shift 2
	"$@" >/tmp/open 2>&1 || { ok 1 "$text (natively it fails)" /tmp/open; return; }
	served "$@" >/tmp/closed 2>&1
	if [ -s /tmp/open ] && ! grep -Eq "$bad" /tmp/open && diff /tmp/open /tmp/closed >/tmp/diff; then
		ok 0 "$text"
	else
		ok 1 "$text" /tmp/diff
	fi
}
