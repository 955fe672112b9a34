#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/unicorn, a user-mode emulator: Debian's static busybox of i386 and of s390x (64-bit words, big-endian)
# fetches a page by socket calls that the library serves.
# Needs no 32-bit programs: they are emulated.
. "$(dirname "$0")/../../fixtures/tap.sh"
need libunicorn-dev gcc libc6-dev perl debian-archive-keyring
build lib
if [ "${PREPARE:-}" != list ]; then
	for arch in i386 s390x; do tools/package $arch bookworm busybox-static >/dev/null || exit; done
fi
prepared

emulator() { cc -O2 -Wall -Wextra -Werror -Ibuild/include "$@" -lunicorn >"$work/log" 2>&1; }
emulator -o "$work/unicorn" examples/unicorn/*.c build/lib/libsocketcall.a
ok $? "the emulator is built with the installed headers and the library"
wc -l examples/unicorn/* | awk '$2 != "total" && $1 >= 300' >"$work/log"
[ ! -s "$work/log" ]
ok $? "each of its files has under 300 lines"

# Serves one page, larger than a buffer, to one client. The port is in $work/port, the page in $work/port.page.
serve() {
	rm -f "$work/port" "$work/port.page"
	perl -MIO::Socket::INET -e '
		alarm 300;
		my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die;
		open my $told, ">", "$ARGV[0].new" or die;
		print $told $server->sockport, "\n";
		close $told;
		rename "$ARGV[0].new", $ARGV[0] or die;
		my $client = $server->accept or die;
		while (<$client>) { last if /^\r?\n/ }
		my $page = join "", map { "line $_ of the page\n" } 1 .. 20000;
		print $client "HTTP/1.0 200 OK\r\nContent-Length: ", length $page, "\r\n\r\n", $page;
		open my $copy, ">", "$ARGV[0].page" or die;
		print $copy $page;' "$work/port" &
	server=$!
	waited=0
	while [ ! -s "$work/port" ] && [ $((waited += 1)) -lt 600 ]; do sleep 0.1; done
}

# bounded COMMAND...: the bound is wide, because s390x takes a second of processor time and this machine may be busy.
bounded() { timeout -k 5 240 "$@"; }

for arch in i386 s390x; do
	busybox=$(tools/package $arch bookworm busybox-static)/bin/busybox
	od -An -tu1 -j4 -N2 "$busybox" >"$work/log" # EI_CLASS, EI_DATA of elf(5)
	case $arch:$(tr -s ' ' <"$work/log") in "i386: 1 1" | "s390x: 2 2") true ;; *) false ;; esac
	ok $? "$arch: busybox is a program of this word size and byte order"

	[ "$(bounded "$work/unicorn" "$busybox" echo a guest 2>"$work/log")" = "a guest" ]
	ok $? "$arch: busybox runs on the emulator"
	bounded "$work/unicorn" "$busybox" sh -c 'exit 3' 2>"$work/log"
	[ $? = 3 ]
	ok $? "$arch: the emulator exits with busybox' status"

	serve
	bounded "$work/unicorn" "$busybox" wget -q -O - "http://127.0.0.1:$(cat "$work/port")/page" \
		>"$work/fetched" 2>"$work/log"
	ok $? "$arch: busybox wget fetches a page"
	wait $server
	cmp "$work/fetched" "$work/port.page" >"$work/log" 2>&1
	ok $? "$arch: the page is complete: $(wc -l <"$work/fetched") lines"

	# An error of the host arrives as the guest's error number.
	bounded "$work/unicorn" "$busybox" wget -q -O - http://127.0.0.1:1/ >"$work/log" 2>&1
	[ $? = 1 ] && grep -q 'Connection refused' "$work/log"
	ok $? "$arch: where nobody listens, busybox reports ECONNREFUSED"
done

# The control: an emulator that answers ENOSYS to every socket call.
echo 'long __wrap_socketcall_serve(void *, int, long); long __wrap_socketcall_serve(void *s, int c, long b)
	{ (void)s, (void)c, (void)b; return -38; }' >"$work/enosys.c"
emulator -Wl,--wrap=socketcall_serve -o "$work/closed" examples/unicorn/*.c "$work/enosys.c" build/lib/libsocketcall.a
ok $? "an emulator that serves no socket call is built"
for arch in i386 s390x; do
	bounded "$work/closed" "$(tools/package $arch bookworm busybox-static)/bin/busybox" wget -q -O - \
		http://127.0.0.1:1/ >"$work/log" 2>&1
	[ $? = 1 ] && grep -q 'Function not implemented' "$work/log"
	ok $? "$arch: busybox on it reports ENOSYS, and fetches nothing"
done
plan
