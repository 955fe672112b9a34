# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Programs for other architectures: sourced by tests/*/*, which then stand in the repository's root folder.
cd "$(dirname "$0")/../.." || exit

# arches_need NAME...: installs the toolchains and emulators of these rows of tools/arches; of all, if one is "all".
arches_need() {
	# shellcheck disable=SC2046  # a list
	tools/need $(arches_rows "$@" | while read -r _ _ _ _ packages; do echo "$packages"; done | tr ' ' '\n' | sort -u) >&2
}

# arches_rows NAME...: these rows, or all.
arches_rows() {
	while read -r row_name row_rest; do
		case $row_name in '' | '#'*) continue ;; esac
		case " $* " in *" all "* | *" $row_name "*) echo "$row_name $row_rest" ;; esac
	done <tools/arches
}

# arch_is NAME: sets name, compiler, flags and emulator.
# shellcheck disable=SC2034  # they are for who sources this
arch_is() {
	read -r name compiler flags emulator _ <<-END
		$(arches_rows "$1")
	END
	[ "$flags" != - ] || flags=
	[ "$emulator" != - ] || emulator=
}
