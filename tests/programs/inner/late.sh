# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Runs in a root of the laboratory. Where socketcall is closed, each program doesn't print what it prints on the open
# kernel. Under `socketcall run`, under `run --trap`, and where multiplexed calls are reported, it does.
set -u
# shellcheck source=tests/fixtures/inner.sh
. /src/tests/fixtures/inner.sh
here=/src/tests/programs/late
mkdir -p /t/late && cd /t/late || exit
cp /sc/tests/late/calls /sc/tests/late/libplugin.so . &&
	compile gcc -o user $here/user.c &&
	compile gcc -DLINKED -o linked $here/user.c -L. -lplugin -Wl,-rpath,/t/late &&
	compile gcc -o threads $here/threads.c &&
	compile gcc -static -o static $here/threads.c &&
	compile gcc -static-pie -o static-pie $here/threads.c &&
	compile gcc -shared -fPIC -o audit.so $here/audit.c || exit
rm -f ./*.upx
for program in calls static static-pie; do upx -q -o $program.upx $program >/tmp/log 2>&1 || cat /tmp/log; done

bounded() { timeout -k 5 60 "$@" </dev/null; }

# each TEXT COMMAND...: four tests of the command, whose names begin with TEXT.
each() {
	text=$1
	shift
	bounded "$@" >/tmp/open 2>&1
	status=$?
	bounded /sc/socketcall closed "$@" >/tmp/closed 2>&1
	[ $status = 0 ] && ! cmp -s /tmp/open /tmp/closed
	ok $? "$text: works on the open kernel, but not where socketcall is closed" /tmp/open
	bounded /sc/socketcall closed /sc/socketcall run "$@" >/tmp/run 2>&1
	cmp -s /tmp/open /tmp/run
	ok $? "$text: works under run" /tmp/run
	bounded /sc/socketcall closed /sc/socketcall run --trap "$@" >/tmp/run 2>&1
	cmp -s /tmp/open /tmp/run
	ok $? "$text: works under run --trap" /tmp/run
	bounded /sc/tests/reported "$@" >/tmp/run 2>&1
	cmp -s /tmp/open /tmp/run
	ok $? "$text: works where multiplexed calls are reported" /tmp/run
}
each "calls that a Go program makes itself" ./calls
each "the same program, packed" ./calls.upx
each "a static program with threads, packed" ./static.upx
each "a position-independent static program with threads, packed" ./static-pie.upx
each "a Go library that is linked" ./linked
each "a Go library that is opened" ./user ./libplugin.so first
each "a program with LD_AUDIT" env LD_AUDIT=/t/late/audit.so ./threads
