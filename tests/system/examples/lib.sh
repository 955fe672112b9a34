# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the tests of the examples.
. "$(dirname "$0")/../../fixtures/tap.sh"
. tests/fixtures/arches.sh

# Waits until the server has printed its port, and prints that. Prints nothing if it hasn't within a minute.
echo_port() {
	waited=0
	while [ ! -s "$work/port" ] && [ $((waited += 1)) -lt 600 ]; do sleep 0.1; done
	cat "$work/port"
}

# echo_client LINE: sends the line. True if the same line comes back within a minute; the log has what came.
echo_client() {
	perl -MIO::Socket::INET -e '
		alarm 60;
		my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "connect: $!\n";
		$s->autoflush(1);
		print $s "$ARGV[1]\n";
		print scalar <$s>;' "${port:-1}" "$1" >"$work/log" 2>&1
	grep -qx "$1" "$work/log"
}

# echo_server ARCH: tests that echo.c, built without a libc for that architecture, answers clients and ends at "quit".
echo_server() {
	arch_is "$1"
	rm -f "$work/port"
	# shellcheck disable=SC2086  # a list
	$compiler -O2 $flags -Wall -Wextra -Werror -nostdlib -static -ffreestanding \
		-fno-stack-protector -Ibuild/include \
		-o "$work/echo" examples/echo.c >"$work/log" 2>&1
	ok $? "$1: echo.c builds without a libc"
	# A port in a virtual machine can't be reached from outside.
	case $emulator in tools/*) return ;; esac
	# shellcheck disable=SC2086  # none or one word
	timeout 200 $emulator "$work/echo" >"$work/port" &
	server=$!
	port=$(echo_port)
	echo_client "hello, echo"
	ok $? "$1: the server echoes what a client sends"
	echo_client "quit"
	ok $? "$1: it echoes what a second client sends"
	wait $server
	ok $? "$1: it ends after \"quit\""
}
