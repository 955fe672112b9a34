/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define SOCKETCALL_I386_GS
#include "caller/caller.h"
#include "server/host/guest.h"
#include "server/host/operations.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ZEROCOPY = 0x4000000 }; /* MSG_ZEROCOPY: the kernel reads the bytes after the operation has ended */

bool socketcall_host_family_is_known(int family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK ||
	       family == AF_PACKET || family == AF_VSOCK;
}

long socketcall_host_family_of(int fd)
{
	int family = AF_UNSPEC;
	socklen_t size = sizeof family;
	long r = socketcall_getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);

	return r ? r : family;
}

/* For a family that isn't known one that nobody has, so that what else is wrong is found in the kernel's order. */
static int family_to_make(int family)
{
	return socketcall_host_family_is_known(family) ? family : INT_MAX;
}

long socketcall_host_socket(void *server, int family, int type, int protocol)
{
	(void)server;
	return socketcall_socket(family_to_make(family), type, protocol);
}

long socketcall_host_bind(void *server, int fd, uint64_t address, int length)
{
	struct sockaddr_storage name;

	return socketcall_bind(fd, socketcall_host_name_in(server, &name, address, length), (socklen_t)length);
}

long socketcall_host_connect(void *server, int fd, uint64_t address, int length)
{
	struct sockaddr_storage name;

	return socketcall_connect(fd, socketcall_host_name_in(server, &name, address, length), (socklen_t)length);
}

long socketcall_host_listen(void *server, int fd, int backlog)
{
	(void)server;
	return socketcall_listen(fd, backlog);
}

long socketcall_host_accept4(void *server, int fd, uint64_t address, uint64_t length_address, int flags)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof name;
	long r, made;

	if (!address)
		return socketcall_accept4(fd, NULL, NULL, flags);
	made = socketcall_accept4(fd, &name, &length, flags);
	if (made < 0)
		return made;
	r = socketcall_host_name_and_length_out(server, &name, length, address, length_address);
	if (!r)
		return made;
	close((int)made);
	return r;
}

long socketcall_host_getsockname(void *server, int fd, uint64_t address, uint64_t length_address)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof name;
	long r = socketcall_getsockname(fd, &name, &length);

	return r ? r : socketcall_host_name_and_length_out(server, &name, length, address, length_address);
}

long socketcall_host_getpeername(void *server, int fd, uint64_t address, uint64_t length_address)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof name;
	long r = socketcall_getpeername(fd, &name, &length);

	return r ? r : socketcall_host_name_and_length_out(server, &name, length, address, length_address);
}

long socketcall_host_socketpair(void *server, int family, int type, int protocol, uint64_t pair_address)
{
	int pair[2];
	void *to = socketcall_host_whole(server, pair_address, sizeof pair, 1);
	long r = socketcall_socketpair(family_to_make(family), type, protocol, to ? pair : NOWHERE);

	if (!r && to)
		memcpy(to, pair, sizeof pair);
	return r;
}

long socketcall_host_shutdown(void *server, int fd, int how)
{
	(void)server;
	return socketcall_shutdown(fd, how);
}

int socketcall_host_sending(int flags)
{
	return (flags | MSG_NOSIGNAL) & ~ZEROCOPY;
}
