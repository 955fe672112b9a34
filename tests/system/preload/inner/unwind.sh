# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# In a root of the laboratory: cancellation, backtrace() and gdb can unwind the stack through the hook.
set -u
served() { closed /sc/socketcall run --preload-only "$@"; }
# shellcheck source=tests/fixtures/inner.sh
. /src/tests/fixtures/inner.sh
here=/src/tests/system/preload/programs
mkdir -p /t/unwind

compile gcc -fexceptions -o /t/unwind/cancel $here/cancel.c &&
	compile g++ -x c++ -o /t/unwind/cancel-cxx $here/cancel.c -x none &&
	compile gcc -Wno-unused-result -o /t/unwind/step $here/step.c &&
	compile gcc -o /t/unwind/backtrace $here/backtrace.c || exit

same "a thread cancelled in any blocking call, or at any moment, runs its cleanup handlers" "handlers 0" \
	/t/unwind/cancel
same "… and its destructors in C++" "destructors 0" /t/unwind/cancel-cxx
same "the caller is found from every instruction of a call" "not at all" /t/unwind/step
same "… also with a second thread alive" "not at all" /t/unwind/step threads
same "backtrace() finds main from every blocking call" "no$" /t/unwind/backtrace
same "… backtrace() also with a second thread alive" "no$" /t/unwind/backtrace threads
# The same where the demultiplexer takes its other ways: without direct calls, without recvmmsg for 32-bit times, and if
# it can't ask the kernel.
for denied in ENOSYS:337,345,359-373,417 ENOSYS:337 EPERM:175; do
	/sc/tests/filter --deny $denied -- /sc/socketcall run --preload-only /t/unwind/step >/tmp/steps 2>&1 &&
		[ "$(grep -c 'the caller isn.t found: 0$' /tmp/steps)" = 13 ]
	ok $? "the caller is found from every instruction if a filter answers $denied" /tmp/steps
done
for program in /t/unwind/cancel /t/unwind/step /t/unwind/backtrace; do
	closed $program >/tmp/plain 2>&1
	grep -q "Function not implemented" /tmp/plain
	ok $? "closed without the preload, $program fails" /tmp/plain
done

for threads in "" threads; do
	served gdb -batch -nx -ex run -ex bt --args /t/unwind/backtrace $threads abort </dev/null >/tmp/gdb 2>&1
	grep -Eq '^#[0-9]+ .*[ :]main \(' /tmp/gdb && grep -q SIGABRT /tmp/gdb
	ok $? "gdb's bt walks through the hook to main${threads:+, with a second thread alive}" /tmp/gdb
done
