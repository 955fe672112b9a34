# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

python() { in_mode python3 /src/tests/programs/inner/python.py "$@"; }
# both SUBJECT SENTENCE: runs the subject in modes open and run, and compares the output.
both() {
	mode=open
	step "$1" python "$1"
	mode=run
	step "$1" python "$1"
	same "$1" "$2"
}

mode=closed
fails "closed, socket fails" "OSError: [Errno 38] Function not implemented" python tcp
fails "closed, asyncio fails" "OSError: [Errno 38] Function not implemented" python streams
fails "closed, multiprocessing fails" "OSError: [Errno 38] Function not implemented" python pipe
both tcp "python3's socket under socketcall run: TCP"
both ipv6 "TCP over IPv6"
both udp "UDP, connected and not"
both unix "UNIX sockets, by path and by abstract name"
both pairs "socketpair, of each type"
both fds "descriptors are passed by send_fds and recv_fds"
both messages "sendmsg and recvmsg, with ancillary data and MSG_TRUNC"
both options "options and addresses, and every errno of a call that is refused"
both names "getaddrinfo, of numbers and of hosts"
both timeouts "timeouts, and calls that don't block"
both threads "32 threads, each with blocking calls"
both streams "asyncio's streams"
both datagrams "asyncio's datagrams"
both subprocess "asyncio's subprocesses"
both pipe "multiprocessing's Pipe, and Listener and Client"
both workers "multiprocessing's Pool and Manager, by fork, spawn and forkserver"
