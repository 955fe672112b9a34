#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall doctor` says of each mechanism what `socketcall run` finds: where all are there, where a sandbox takes
# some.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build all build/tests/listened build/tests/doors
prepared
socketcall=$PWD/build/socketcall

# says WHAT STATUS COMMAND...: doctor ends so, and prints what stands in $work/wanted (patterns, a line each, in order).
says() {
	what=$1 wanted=$2
	shift 2
	timeout 60 "$@" >"$work/log" 2>&1
	status=$?
	echo "(status $status)" >>"$work/log"
	good=0
	[ "$status" = "$wanted" ] || good=1
	while IFS= read -r pattern; do grep -Eq -e "$pattern" "$work/log" || good=1; done <"$work/wanted"
	ok $good "$what"
}

cat >"$work/wanted" <<'END'
^32-bit socketcall, bare    works$
^patch, supervisor beside   yes$
^patch, supervisor above    yes$
^patch, by ptrace           yes$
^trap \(--trap\)              yes$
^preload                    yes, for dynamic programs
END
says "on the open kernel everything is there" 0 "$socketcall" doctor
sed 's/works\$/is closed$/' "$work/wanted" >"$work/closed" && mv "$work/closed" "$work/wanted"
says "closed, too" 0 "$socketcall" closed "$socketcall" doctor
cat >"$work/wanted" <<'END'
^32-bit socketcall, bare    is closed$
^patch, supervisor beside   no: an outer seccomp filter has a listener$
^ +to change that: start 'socketcall run' outside of it$
^patch, supervisor above    no: an outer seccomp filter has a listener$
^patch, by ptrace           yes$
^trap \(--trap\)              yes$
END
says "under somebody's listener ptrace is left" 0 "$socketcall" closed build/tests/listened "$socketcall" doctor
sed -i 's/bare .*/bare    works$/' "$work/wanted"
says "under run, it is the outer run that makes the calls work" 0 "$socketcall" closed "$socketcall" run "$socketcall" \
	doctor

printf '%s\n' "^patch, supervisor above    no: /proc isn't that of this PID namespace$" \
	"^patch, by ptrace           no: /proc isn't that of this PID namespace$" >"$work/wanted"
says "with another PID namespace's /proc nothing can be patched" 0 "$socketcall" closed unshare --user \
	--map-root-user --pid --fork "$socketcall" doctor
printf '%s\n' "^patch, supervisor above    no: Function not implemented$" \
	"^ +to change that: a sandbox that allows seccomp" >"$work/wanted"
says "a filter that answers ENOSYS to seccomp(2) isn't taken for an old kernel" 0 build/tests/doors x86_64:317:-:38 \
	-- "$socketcall" doctor
printf '%s\n' '^patch, by ptrace           yes$' '^trap \(--trap\)              no: Operation not permitted$' \
	'^ +to change that: a sandbox that allows seccomp filters' >"$work/wanted"
says "where no filter can be loaded, int \$0x80 alone isn't reached by ptrace" 0 \
	build/tests/doors x86_64:317:-:1 x86_64:157:0=22:1 -- "$socketcall" doctor
printf '%s\n' "^preload                    yes, .* but not, since memory may not$" \
	"^ +be made executable here, for those of glibc 2.41" >"$work/wanted"
says "where memory may not be made executable the preload has a limit" 0 build/tests/doors 'x86_64:10:2&4:1' \
	-- "$socketcall" doctor
for way in 317 317,101; do
	rules=
	for number in $(echo $way | tr , ' '); do rules="$rules x86_64:$number:-:1"; done
	echo "^socketcall run: memory may not be made executable here: dynamic programs of glibc 2.41" >"$work/wanted"
	# shellcheck disable=SC2086  # rules
	says "… and run says so, too, without system calls $way" 0 build/tests/doors 'x86_64:10:2&4:1' $rules \
		-- "$socketcall" run true
done

mkdir "$work/alone" && cp "$socketcall" "$work/alone/"
printf '%s\n' "^preload                    no: its folder isn't there$" \
	"^ +to change that: put the folder 'preload' beside" >"$work/wanted"
says "without its folder there is no preload" 0 "$work/alone/socketcall" doctor
echo "no argument is wanted, but there is 'me'" >"$work/wanted"
says "an argument is an error" 125 "$socketcall" doctor me
"$socketcall" doctor >/dev/full 2>"$work/log"
[ $? = 125 ]
ok $? "what can't be printed is an error"
plan
