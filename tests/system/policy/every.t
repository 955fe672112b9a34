#!/bin/sh
# SPDX-License-Identifier: MIT
# Sockets of every family and type, at every door of a program of x86-64 and of one of i386, under several lists of
# families: the kernel, which runs the filter, answers as socketcall_policy_judge() says (programs/every.c).
. "$(dirname "$0")/../../fixtures/tap.sh"
build build/tests/policy-every64 build/tests/policy-every32
prepared
for list in 'AF_UNIX AF_INET:STREAM:TCP AF_NETLINK:RAW' 'AF_PACKET AF_SMC' none 'AF_INET AF_INET6:*:UDP 43:1:1'; do
	for bits in 64 32; do
		timeout 300 "build/tests/policy-every$bits" "$list" >"$work/log" 2>&1
		ok $? "$bits bits: '$list': $(tail -n 1 "$work/log")"
	done
done
# socketcall_policy_judge() relies on the type that the kernel makes here.
perl -MSocket -e 'socket my $s, AF_UNIX, SOCK_RAW, AF_UNIX or die $!;
	exit(unpack("i", getsockopt($s, SOL_SOCKET, SO_TYPE)) != SOCK_DGRAM)' >"$work/log" 2>&1
ok $? 'for AF_UNIX with SOCK_RAW, and with protocol AF_UNIX, the kernel makes a socket of SOCK_DGRAM'
plan
