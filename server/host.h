/* SPDX-License-Identifier: MIT
 *
 * A ready table of operations: performs a guest's calls on real sockets of this process. For guests with this machine's
 * own word size, byte order and constants; what lies behind their pointers is taken as this machine's structures.
 *
 *   struct socketcall_host host = { at, context };
 *   struct socketcall_memory memory = { socketcall_host_read, &host };
 *   … socketcall_decode(&guest, &memory, call, block, &request) … socketcall_dispatch(&socketcall_host, &host,
 *   &request)
 *
 * The guest's descriptors are this process's own, so a process serves one guest, and has nothing open that the guest
 * may not use. Judge a request (socketcall_decode(3)) before it is dispatched: here the guest gets what this process
 * gets.
 *
 * A guest that changes its memory meanwhile gains nothing: structures are copied once, and what was copied is what is
 * used; the bytes of messages are read and written in place by the kernel, within what `at` allowed. Memory that the
 * guest can take away, such as a file that it can cut short, it can kill this process by: that is for the server to
 * rule out.
 */
#ifndef SOCKETCALL_HOST_H
#define SOCKETCALL_HOST_H

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The guest's memory as this process sees it. */
struct socketcall_host {
	/*
	 * Where the guest's `address` lies here, for reading or, if `writable`, writing; null where it doesn't. *size
	 * is how many bytes are wanted, 1 or more, and is lowered to how many of them lie there in one piece. What it
	 * allowed must stay mapped until the operation returns, and is not used after that.
	 */
	void *(*at)(void *context, uint64_t address, size_t *size, int writable);
	void *context; /* the first argument of it */
};

/*
 * The operations; `server` is a struct socketcall_host. They answer as Linux does, with these exceptions:
 *   - sockets are made of the families UNIX, INET, INET6, NETLINK, PACKET and VSOCK; any other is EAFNOSUPPORT. Control
 *     data to and from sockets of another, which came by SCM_RIGHTS, are EOPNOTSUPP
 *   - options that aren't known to hold no address of memory, and to keep to their length, are ENOPROTOOPT; known are
 *     those of SOL_SOCKET, and of IP, IPv6, TCP, UDP, raw, ICMPv6 and netlink most. No MSG_ZEROCOPY, nor SO_ZEROCOPY
 *   - an option's value, up to 4096 bytes, and control data, have to lie in one piece, or else EFAULT, even where fewer
 *     bytes are used
 *   - there is no SIGPIPE, which would be this process's, but EPIPE alone: signalling the guest is the server's
 *   - recvmmsg: an error after the first message isn't kept for the next call
 *   - an address that no user's memory can have is as any other where nothing is: EFAULT when it is used, not before
 * There is no close among the twenty calls: what a guest makes or is sent stays open until the server closes it.
 */
extern const struct socketcall_operations socketcall_host;

/* A struct socketcall_memory's read(), for a struct socketcall_host. */
int socketcall_host_read(void *host, uint64_t address, void *to, size_t size);

#ifdef __cplusplus
}
#endif

#endif
