#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall doctor` must say about each mechanism what `socketcall run` finds: on the open kernel, and in sandboxes
# that refuse the calls of some mechanisms.
# Quick in a guest.
. "$(dirname "$0")/../../fixtures/tap.sh"
build all build/tests/listened build/tests/doors build/tests/landlocked
prepared
socketcall=$PWD/build/socketcall

# says WHAT STATUS COMMAND...: the command exits with STATUS, and its output matches each line of $work/wanted, which
# are extended regular expressions.
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

# agrees WHAT COMMAND...: runs `COMMAND... socketcall doctor` and `COMMAND... socketcall run --verbose`. doctor must
# print the messages that run prints.
agrees() {
	what=$1
	shift
	timeout 60 "$@" "$socketcall" doctor >"$work/doctor" 2>&1
	timeout 60 "$@" "$socketcall" run --verbose true 2>&1 >/dev/null | cat >"$work/run"
	sed -nE 's/^run( -v)? says +//p' "$work/doctor" >"$work/foretold"
	sed -nE '/^socketcall run: [0-9]+ /!s/^socketcall run: //p' "$work/run" >"$work/said"
	cat "$work/doctor" "$work/run" >"$work/log"
	grep -q '^run takes  ' "$work/doctor" && cmp -s "$work/foretold" "$work/said"
	ok $? "$what: run prints the messages that doctor says it would"
}

cat >"$work/wanted" <<'END'
^socketcall, without run    works$
^direct calls, without run  work$
^patch, supervisor beside   yes$
^patch, supervisor above    yes$
^patch, by ptrace           yes$
^trap \(--trap\)              yes$
^preload                    yes, for dynamic programs
^run takes                  patch, supervisor beside$
END
says "on the open kernel every mechanism works" 0 "$socketcall" doctor
sed 's/works\$/is closed$/' "$work/wanted" >"$work/closed" && mv "$work/closed" "$work/wanted"
says "where socketcall is closed, every mechanism works, too" 0 "$socketcall" closed "$socketcall" doctor
cat >"$work/wanted" <<'END'
^socketcall, without run    is closed$
^patch, supervisor beside   no: an outer seccomp filter has a listener$
^ +to change that: start 'socketcall run' outside of that filter$
^patch, supervisor above    no: an outer seccomp filter has a listener$
^patch, by ptrace           yes$
^trap \(--trap\)              yes$
END
says "under an outer filter with a listener, only the mechanisms by ptrace work" 0 \
	"$socketcall" closed build/tests/listened "$socketcall" doctor
sed -i 's/^^socketcall, without run .*/^socketcall, without run    works$/' "$work/wanted"
says "inside run, bare calls work because of the outer run" 0 "$socketcall" closed "$socketcall" run "$socketcall" \
	doctor

printf '%s\n' "^patch, supervisor above    no: /proc is not that of this PID namespace$" \
	"^patch, by ptrace           no: /proc is not that of this PID namespace$" >"$work/wanted"
says "with the /proc of another PID namespace, nothing can be patched" 0 "$socketcall" closed unshare --user \
	--map-root-user --pid --fork "$socketcall" doctor
printf '%s\n' "^patch, supervisor above    no: Function not implemented$" \
	"^ +to change that: have the sandbox allow seccomp" >"$work/wanted"
says "a filter that answers ENOSYS to seccomp(2) is not taken for an old kernel" 0 build/tests/doors x86_64:317:-:38 \
	-- "$socketcall" doctor
printf '%s\n' '^patch, by ptrace           yes$' '^trap \(--trap\)              no: Operation not permitted$' \
	'^ +to change that: have the sandbox allow loading seccomp filters' >"$work/wanted"
says "where no filter can be loaded, ptrace patches programs, but --trap does not work" 0 \
	build/tests/doors x86_64:317:-:1 x86_64:157:0=22:1 -- "$socketcall" doctor
printf '%s\n' "^preload                    yes, .* except multi-threaded ones with$" \
	"^ +glibc 2.41 or later, because memory cannot be made executable here" >"$work/wanted"
says "where memory cannot be made executable, the preload does not work for glibc 2.41" 0 \
	build/tests/doors 'x86_64:10:2&4:1' \
	-- "$socketcall" doctor
for way in 317 317,101; do
	rules=
	for number in $(echo $way | tr , ' '); do rules="$rules x86_64:$number:-:1"; done
	echo "^socketcall run: memory cannot be made executable here: multi-threaded dynamic programs" >"$work/wanted"
	# shellcheck disable=SC2086  # rules
	says "… and run says so, without system calls $way" 0 build/tests/doors 'x86_64:10:2&4:1' $rules \
		-- "$socketcall" run true
done

# ---- Filters and other properties of sandboxes ----

agrees "where nothing is closed" env
agrees "closed" "$socketcall" closed
printf '%s\n' '^socketcall, without run    is closed$' '^direct calls, without run  work$' \
	'^patch, supervisor beside   yes$' '^run takes                  patch, supervisor beside$' >"$work/wanted"
for action in kill trap; do
	says "a filter that ${action}s for socketcall closes it" 0 \
		build/tests/doors "i386:102:-:$action" -- "$socketcall" doctor
	agrees "a filter with $action for socketcall" build/tests/doors "i386:102:-:$action" --
done
echo '^trap \(--trap\)              no: an outer filter kills the caller, which outranks a trap$' >"$work/wanted"
says "--trap does not work under a filter that kills for socketcall" 0 \
	build/tests/doors i386:102:-:kill -- "$socketcall" doctor
echo '^socketcall run: --trap: an outer filter kills the caller, which outranks a trap: programs .* are not reached$' \
	>"$work/wanted"
says "… and run says so" 0 build/tests/doors i386:102:-:kill -- "$socketcall" run --trap true

printf '%s\n' "^socketcall, without run    unknown: a filter kills every 32-bit program here$" \
	'^run takes                  nothing: it starts programs as they are$' >"$work/wanted"
says "a filter that kills all 32-bit programs is not reported as a closed socketcall" 1 \
	build/tests/doors i386:0-600:-:kill -- \
	"$socketcall" doctor
agrees "where all 32-bit programs are killed" build/tests/doors i386:0-600:-:kill --

direct='i386:359-373:-:1 i386:337:-:1 i386:345:-:1'
printf '%s\n' '^socketcall, without run    works$' \
	'^direct calls, without run  are refused: all calls \(Operation not permitted\)$' \
	'^patch, supervisor beside   no: an outer filter refuses the direct calls$' \
	'^trap \(--trap\)              no: an outer filter refuses the direct' \
	'^preload                    no: an outer filter refuses the direct calls' \
	'^run takes                  nothing: it starts programs as they are$' >"$work/wanted"
# shellcheck disable=SC2086  # rules
says "where the direct calls are refused and socketcall is open, nothing is patched" 0 \
	build/tests/doors $direct -- "$socketcall" doctor
# shellcheck disable=SC2086
agrees "where the direct calls are refused and socketcall is open" build/tests/doors $direct --
witness=build/obj/witness/witness # exits with 0 if its multiplexed call reaches the kernel
for option in "" --trap --preload; do
	# shellcheck disable=SC2086
	timeout 60 build/tests/doors $direct -- "$socketcall" run $option "$witness" >"$work/log" 2>&1 &&
		! [ -s "$work/log" ]
	ok $? "… and run${option:+ }$option leaves a working program alone, and prints nothing"
done
agrees "where one direct call is refused" build/tests/doors i386:362:-:1 --
timeout 60 build/tests/doors i386:373:-:1 -- "$socketcall" run "$witness" >"$work/log" 2>&1
ok $? "where one direct call is refused, a program can still make this call by socketcall"
agrees "where a family is refused to direct calls alone" build/tests/doors i386:359:0:1:97 --
printf '%s\n' '^socketcall, without run    is closed$' \
	'^run takes                  nothing: it starts programs as they are$' >"$work/wanted"
# shellcheck disable=SC2086  # rules
says "where the direct calls and the multiplexed shutdown(), which is tried, are refused, other calls work" 0 \
	build/tests/doors i386:102:0=13:1 $direct -- "$socketcall" doctor
printf '%s\n' '^run says                   .*both by socketcall and directly, .*: all calls \(Function not' \
	'^run takes                  nothing: it starts programs as they are$' >"$work/wanted"
# shellcheck disable=SC2086
says "where both doors are closed, nothing helps" 1 build/tests/doors i386:102:-:38 $direct -- "$socketcall" doctor
# shellcheck disable=SC2086
agrees "where both doors are closed" build/tests/doors i386:102:-:38 $direct --
echo '^run says                   .*both by socketcall and directly, .*: connect \(Permission denied\)$' \
	>"$work/wanted"
says "where both doors are closed to one call, doctor names it" 0 build/tests/doors i386:102:-:38 i386:362:-:13 -- \
	"$socketcall" doctor
agrees "where both doors are closed to one call" build/tests/doors i386:102:-:38 i386:362:-:13 --

printf '%s\n' '^socketcall, without run    is closed$' '^patch, supervisor beside   yes$' >"$work/wanted"
for rules in x86_64:319:-:38 x86_64:319:-:1 x86_64:319:-:kill 'x86_64:322:-:1' 'x86_64:319:-:38 x86_64:322:-:38'; do
	# shellcheck disable=SC2086
	says "the witness needs neither memfd_create() nor execveat() ($rules)" 0 \
		build/tests/doors i386:102:-:38 $rules -- "$socketcall" doctor
done
agrees "without memfd_create()" build/tests/doors i386:102:-:38 x86_64:319:-:38 --
# Each PID namespace has a sysctl vm.memfd_noexec of its own (Linux 6.3).
if unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec' 2>"$work/log"; then
	# shellcheck disable=SC2016  # for the shell inside
	set -- unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && "$@"' sh \
		"$socketcall" closed
	says "the witness needs no executable memory file" 0 "$@" "$socketcall" doctor
	agrees "where memory files aren't executable" "$@"
fi
printf '%s\n' \
	"^socketcall, without run    unknown: cannot run a 32-bit program to try it \(Function not impl" \
	'^direct calls, without run  work$' "^patch, supervisor beside   unknown: cannot run a 32-bit" >"$work/wanted"
says "where no file can be made for the witness, doctor cannot tell, and exits with 0" 0 \
	"$socketcall" closed build/tests/doors \
	x86_64:319:-:38 'x86_64:257:2&64:13' -- "$socketcall" doctor # openat() with O_CREAT
if build/tests/landlocked true 2>"$work/log"; then
	timeout 60 "$socketcall" closed build/tests/landlocked "$socketcall" doctor >"$work/log" 2>&1
	! grep -q "vDSO\|vdso" "$work/log" && grep -q "Landlock" "$work/log"
	ok $? "Landlock is not taken for a kernel without a vDSO"
	agrees "under Landlock" "$socketcall" closed build/tests/landlocked
fi
for action in 1 kill; do
	printf '%s\n' '^patch, supervisor beside   yes$' '^patch, by ptrace           no: Operation not permitted$' \
		'^ +to change that: have the sandbox allow .*waitid' >"$work/wanted"
	says "a supervisor above needs waitid() and is not started without it ($action)" 0 \
		"$socketcall" closed build/tests/doors x86_64:247:-:$action -- "$socketcall" doctor
	agrees "without waitid() ($action)" "$socketcall" closed build/tests/doors x86_64:247:-:$action --
	timeout 60 build/tests/doors x86_64:247:-:$action -- "$socketcall" run --trap true >"$work/log" 2>&1
	ok $? "… and no tree hangs"
done
# shellcheck disable=SC3045  # dash has it
(ulimit -f 0 && exec timeout 60 "$socketcall" run true) 2>&1 | cat >"$work/log"
! [ -s "$work/log" ]
ok $? "run starts a program where no file may be written (RLIMIT_FSIZE)"
# shellcheck disable=SC3045
(ulimit -f 0 && exec timeout 60 "$socketcall" doctor) 2>&1 | cat >"$work/log"
grep -q "^socketcall, without run    unknown: .*(File too large)$" "$work/log"
ok $? "doctor says that no file may be written"
# shellcheck disable=SC3045
(ulimit -s 20 && exec "$socketcall" run "$socketcall" --version) >"$work/log" 2>&1
ok $? "20 KiB of stack are enough for a supervisor"
# The limit is for all processes of a user, so each command runs as a user that no other test has: even the supervisor
# of the command before may still be there.
user=$((1000000 + $$ * 10))
mkdir "$work/any" && cp -r "$socketcall" build/preload "$work/any/" && chmod -R a+rX "$work"
for processes in 1 2 3 4 5; do
	timeout 60 prlimit --nproc=$processes:$processes setpriv --reuid=$((user + processes)) --regid=54321 \
		--clear-groups --bounding-set=-all "$work/any/socketcall" run true >"$work/log" 2>&1
	! grep -v "cannot start the supervisor (Resource temporarily unavailable): " "$work/log"
	ok $? "where the limit is $processes processes, run reports EAGAIN"
done

mkdir "$work/alone" && cp "$socketcall" "$work/alone/"
printf '%s\n' "^preload                    no: its folder is not found$" \
	"^ +to change that: put the folder 'preload' beside" >"$work/wanted"
says "without the folder 'preload', the preload does not work" 0 "$work/alone/socketcall" doctor
printf '%s\n' '^socketcall, without run    is closed$' '^preload                    no: ' \
	'^run takes                  patch, supervisor beside$' >"$work/wanted"
says "… and where both doors are closed to shutdown(), which is tried, other calls work without the preload" 0 \
	build/tests/doors i386:102:-:38 i386:373:-:1 -- "$work/alone/socketcall" doctor
echo "unexpected argument 'me'" >"$work/wanted"
says "doctor takes no argument: 125" 125 "$socketcall" doctor me
"$socketcall" doctor >/dev/full 2>"$work/log"
[ $? = 125 ]
ok $? "a full disk is 125"
plan
