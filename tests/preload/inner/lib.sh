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
