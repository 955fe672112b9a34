#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/unicorn.c, an emulator on Unicorn: a real static i386 busybox, whose socket calls the library serves, fetches
# a page. The processor is emulated, so this machine's kernel needn't run 32-bit programs.
# Needs no 32-bit programs: they are emulated.
. "$(dirname "$0")/../../fixtures/lab.sh"
need libunicorn-dev gcc libc6-dev perl
build lib
lab_make bookworm busybox-static
prepared

cc -O2 -Wall -Wextra -Werror -Ibuild/include -o "$work/unicorn" examples/unicorn.c build/lib/libsocketcall.a -lunicorn \
	>"$work/log" 2>&1
ok $? "unicorn.c is built of the installed headers and the library"
[ "$(grep -c '' examples/unicorn.c)" -lt 300 ]
ok $? "and has under 300 lines"
busybox=$(tools/lab root bookworm)/usr/bin/busybox

[ "$(timeout 60 "$work/unicorn" "$busybox" echo a guest 2>"$work/log")" = "a guest" ]
ok $? "busybox runs on it"
timeout 60 "$work/unicorn" "$busybox" sh -c 'exit 3' 2>"$work/log"
[ $? = 3 ]
ok $? "and its status is the emulator's"

# Serves one page, once, of more than a buffer's size; the port is the first line.
perl -MIO::Socket::INET -e '
	alarm 120;
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
waited=0
while [ ! -s "$work/port" ] && [ $((waited += 1)) -lt 300 ]; do sleep 0.1; done
timeout 100 "$work/unicorn" "$busybox" wget -q -O - "http://127.0.0.1:$(cat "$work/port")/page" >"$work/fetched" \
	2>"$work/log"
ok $? "busybox wget fetches a page"
wait
cmp "$work/fetched" "$work/port.page" >"$work/log" 2>&1
ok $? "all of it: $(wc -l <"$work/fetched") lines"

# A page that isn't there to be had: the error is the guest's.
timeout 60 "$work/unicorn" "$busybox" wget -q -O - http://127.0.0.1:1/ >"$work/log" 2>&1
[ $? = 1 ] && grep -q 'Connection refused' "$work/log"
ok $? "where nobody listens, busybox is told so"
plan
