# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# In a root of the laboratory: the stack can be unwound through the code that the patch puts into the vDSO.
set -u
# shellcheck source=tests/fixtures/inner.sh
. /src/tests/fixtures/inner.sh
here=/src/tests/system/preload/programs
served() { closed /sc/socketcall run "$@"; }
mkdir -p /t/patch/static

for linkage in "" static; do
	to=/t/patch/$linkage
	compile gcc ${linkage:+-$linkage} -fexceptions -o "$to/cancel" $here/cancel.c &&
		compile g++ ${linkage:+-$linkage} -x c++ -o "$to/cancel-cxx" $here/cancel.c -x none &&
		compile gcc ${linkage:+-$linkage} -Wno-unused-result -o "$to/step" $here/step.c &&
		compile gcc ${linkage:+-$linkage} -o "$to/backtrace" $here/backtrace.c || exit
done

# gdb attaches to a program that waits in recv(), and prints its bt. The program sleeps before that, too: at its start,
# until the supervisor has patched it. So it must be in a socket call: recvfrom, or socketcall.
attached() {
	/sc/socketcall closed /sc/socketcall run "$@" wait </dev/null &
	pid=$!
	tries=0
	until case $(cut -d ' ' -f 1 /proc/$pid/syscall) in 371 | 102) true ;; *) false ;; esac &&
		[ "$(sed -n 's/^Name:[[:space:]]*//p' /proc/$pid/status)" = backtrace ]; do
		tries=$((tries + 1))
		if [ $tries -ge 1200 ]; then
			echo "it doesn't wait in recv(): $(cat /proc/$pid/syscall)" >/tmp/gdb
			kill $pid
			wait $pid 2>/dev/null
			return 1
		fi
		sleep 0.05
	done
	gdb -batch -nx -p $pid -ex bt </dev/null >/tmp/gdb 2>&1
	kill $pid
	wait $pid 2>/dev/null
	grep -Eq '^#[0-9]+ .*[ :]main \(' /tmp/gdb
}

for linkage in "" static; do
	to=/t/patch/$linkage
	kind=${linkage:-dynamic}
	same "$kind: a thread cancelled in any blocking call, or at any moment, runs its cleanup handlers" \
		"handlers 0" "$to/cancel"
	same "$kind: … and its destructors in C++" "destructors 0" "$to/cancel-cxx"
	same "$kind: the caller is found from every instruction of a call" "not at all" "$to/step"
	same "$kind: … also with a second thread alive" "not at all" "$to/step" threads
	same "$kind: backtrace() finds main from every blocking call" "no$" "$to/backtrace"
	same "$kind: … also with a second thread alive" "no$" "$to/backtrace" threads
	# The same where the demultiplexer takes its other ways: without direct calls, and if it can't ask the kernel.
	# Static programs of glibc 2.41 have an instruction or two from which the caller isn't found, on the open
	# kernel, too.
	"$to/step" 2>&1 | grep 'found: ' >/tmp/open-found
	for denied in ENOSYS:337,345,359-373,417 EPERM:175; do
		/sc/socketcall run /sc/tests/filter --deny $denied -- "$to/step" >/tmp/steps 2>&1 &&
			grep 'found: ' /tmp/steps >/tmp/found && [ "$(wc -l </tmp/found)" = 13 ] &&
			cmp -s /tmp/found /tmp/open-found
		ok $? "$kind: the caller is found from every instruction if a filter answers $denied" /tmp/steps
	done
	for program in cancel step; do
		closed "$to/$program" >/tmp/plain 2>&1
		grep -q "Function not implemented" /tmp/plain
		ok $? "$kind: closed and not patched, $program fails" /tmp/plain
	done
	attached "$to/backtrace"
	ok $? "$kind: the bt of a gdb that is attached walks through the patch to main" /tmp/gdb
	attached "$to/backtrace" threads
	ok $? "$kind: … also with a second thread alive" /tmp/gdb
	# Its bt doesn't reach main: gdb has read the vDSO before it was patched.
	served gdb -batch -nx -ex run --args "$to/backtrace" abort </dev/null >/tmp/gdb 2>&1
	grep -q SIGABRT /tmp/gdb
	ok $? "$kind: a program that a gdb under run starts is served" /tmp/gdb
done
