# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Programs for other architectures: sourced by tests/*/*, which then stand in the repository's root folder. ARCHS, if it is
# set, says which rows of tools/arches "all" are: names, or patterns as the shell's.
cd "$(dirname "$0")/../.." || exit

# arches_rows NAME...: these rows, or all.
arches_rows() {
	while read -r row_name row_rest; do
		case $row_name in '' | '#'*) continue ;; esac
		for row_wanted in "$@"; do
			if [ "$row_wanted" = all ]; then arches_chosen "$row_name"; else [ "$row_wanted" = "$row_name" ]; fi &&
				echo "$row_name $row_rest" && break
		done
	done <tools/arches
}

# A pattern that no row matches is an error. Patterns aren't for the names of files here.
set -f
for chosen in ${ARCHS:-}; do
	while read -r row_name _; do
		# shellcheck disable=SC2254  # patterns
		case $row_name in '' | '#'*) ;; $chosen) continue 2 ;; esac
	done <tools/arches
	echo "ARCHS: no architecture is called '$chosen'; in tools/arches there are: $(sed -n 's/^\([^# ]*\) .*/\1/p' tools/arches | tr '\n' ' ')" >&2
	exit 1
done
set +f

arches_chosen() {
	[ -n "${ARCHS:-}" ] || return 0
	set -f
	for chosen in $ARCHS; do
		# shellcheck disable=SC2254  # patterns
		case $1 in $chosen) set +f && return 0 ;; esac
	done
	set +f
	return 1
}

# arches_need NAME...: installs the toolchains and emulators of these rows of tools/arches; of all, if one is "all".
arches_need() {
	# shellcheck disable=SC2046  # a list
	tools/need $(arches_rows "$@" | while read -r _ _ _ _ _ packages; do echo "$packages"; done | tr ' ' '\n' | sort -u) >&2
}

# arches_built, arches_emulated: the names of all that programs can be built for, and of those that something else than this
# machine runs.
arches_built() {
	arches_rows all | while read -r row_name _ _ row_runs _; do [ "$row_runs" = facts ] || echo "$row_name"; done
}
arches_emulated() {
	arches_rows all | while read -r row_name _ _ row_runs _; do
		case $row_runs in - | no | facts) ;; *) echo "$row_name" ;; esac
	done
}

# arch_is NAME: sets name, compiler, flags, runs, emulator (empty where this machine runs it), libc, and static, how programs
# are linked.
# shellcheck disable=SC2034  # they are for who sources this
arch_is() {
	read -r name compiler flags runs libc _ <<-END
		$(arches_rows "$1")
	END
	if [ "$flags" = - ]; then flags=; else flags=$(echo "$flags" | tr , ' '); fi
	if [ "$runs" = - ]; then emulator=; else emulator=$(echo "$runs" | tr , ' '); fi
	if [ "$libc" = shared ]; then static=; else static=-static; fi
}

# What to compile a test program with where there is no C library, after all else.
bare() {
	[ "$libc" != bare ] ||
		echo "-nostdlib -ffreestanding -fno-builtin -fno-stack-protector -fno-pic -I. -isystem tests/bare/include tests/bare/bare.c"
}
