# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# In a root of the laboratory: every kind of program, started in every way, prints what it prints on the open kernel,
# and run says how it was served.
set -u
# shellcheck source=tests/fixtures/inner.sh
. /src/tests/fixtures/inner.sh
raw=/src/tests/system/preload/programs/raw.c
mkdir -p /t/kinds
compile gcc -static -o /t/kinds/static $raw && compile gcc -static-pie -o /t/kinds/static-pie $raw &&
	compile gcc -no-pie -fno-pie -o /t/kinds/dynamic $raw && compile gcc -pie -fPIE -o /t/kinds/pie $raw &&
	compile musl-gcc -o /t/kinds/musl $raw && compile musl-gcc -static -o /t/kinds/musl-static $raw || exit
chmod -R a+rX /t/kinds
kinds="static static-pie dynamic pie musl musl-static"
run=/sc/socketcall
user="setpriv --reuid=1000 --regid=1000 --clear-groups"
no_listener="/sc/tests/doors x86_64:317:-:1 --"
nothing="/sc/tests/doors x86_64:317:-:1 x86_64:101:-:1 --"

# cell TEXT SERVED COMMAND...: the last word of COMMAND is the program. SERVED: a pattern of what run says of it.
cell() {
	text=$1 served=$2
	shift 2
	rm -f /tmp/said # the last supervisor may not have written its last line yet
	timeout 60 /sc/socketcall closed --errno "$errno" "$@" >/tmp/out 2>/tmp/said
	status=$?
	# The preload says how it served; that it didn't is an error. bullseye's strace has a remark of its own on large
	# programs.
	grep -v -e '^socketcall run: ' -e '^socketcall-preload\[[0-9]*\]: %gs:0x10 hooked; glibc [0-9.]*: [a-z ]*$' \
		-e '^strace: umoven: ' /tmp/said >/tmp/errors
	{ echo "status $status"; cat /tmp/out /tmp/said; } >/tmp/cell
	[ $status = 0 ] && cmp -s /tmp/out "/t/kinds/$kind.open" && ! [ -s /tmp/errors ] && grep -Eq "$served" /tmp/said
	ok $? "$kind, $errno, $text" /tmp/cell
}

for kind in $kinds; do "/t/kinds/$kind" >"/t/kinds/$kind.open"; done
for errno in ENOSYS EPERM; do
	for kind in $kinds; do
		p=/t/kinds/$kind
		vdso="^socketcall run: [0-9]+ $kind: vdso"
		printf '#!/bin/sh\n%s\n' "$p" >"$p.sh"
		chmod 755 "$p.sh"
		cell "directly" "$vdso" $run run -v "$p"
		cell "above" "$vdso" /sc/tests/above/socketcall run -v "$p"
		cell "with a clean environment" "$vdso" $run run -v env -i "$p"
		cell "by a script" "$vdso" $run run -v "$p.sh"
		cell "in the background" "$vdso" $run run -v sh -c "$p & wait"
		cell "by timeout and setsid" "$vdso" $run run -v timeout 50 setsid -w "$p"
		cell "by su" "$vdso" $run run -v su -s /bin/sh -c "$p" nobody
		cell "by setpriv" "$vdso" $run run -v setpriv --reuid=65534 --regid=65534 --clear-groups "$p"
		cell "by gosu" "$vdso" $run run -v gosu nobody "$p"
		# shellcheck disable=SC2086  # words
		cell "as an ordinary user" "$vdso" $user $run run -v "$p"
		cell "by a run within a run" "$vdso" $run run -v $run run "$p"
		cell "by an ordinary run within --preload-only" "$vdso" $run run --preload-only $run run -v "$p"
		cell "behind a filter of its own" "$vdso" $run run -v /sc/tests/filter --deny EPERM:102 -- "$p"
		cell "by strace within run" "$vdso" $run run -v strace -f -o /dev/null "$p"
		cell "by run within strace" "$vdso" strace -f -o /dev/null $run run -v "$p"
		# shellcheck disable=SC2086
		cell "without a listener" "followed by ptrace" $no_listener $run run -v "$p"
		# shellcheck disable=SC2086
		cell "without a listener, with a clean environment" "followed by ptrace" $no_listener $run run \
			-v env -i "$p"
		# shellcheck disable=SC2086
		case $kind in
		dynamic | pie)
			cell "without listener and ptrace" "only the preload is left, " $nothing $run run -v "$p"
			grep -Eq "^socketcall-preload.*: %gs:0x10 hooked" /tmp/said
			ok $? "$kind, $errno, without listener and ptrace: the preload says that it is hooked" /tmp/said
			;;
		*) # musl's loader knows nothing of $PLATFORM
			/sc/socketcall closed --errno "$errno" $nothing $run run "$p" >/tmp/cell 2>&1
			grep -q "only the preload is left, for dynamic .* that keep their environment$" \
				/tmp/cell &&
				! grep -q 'SYS_socketcall): made' /tmp/cell
			ok $? "$kind, $errno, without listener and ptrace: it isn't reached, and run says so" /tmp/cell
			;;
		esac
	done
done
