/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define SOCKETCALL_I386_GS
#include "caller/caller.h"
#include "server/host/guest.h"
#include "server/host/operations.h"

#include <limits.h>
#include <sys/socket.h>

long socketcall_host_sendto(void *server, int fd, uint64_t buffer, uint64_t size, int flags, uint64_t address,
			    int length)
{
	struct sockaddr_storage copy;
	const void *name = socketcall_host_name_in(server, &copy, address, length);
	struct kernel_message message = { 0 };
	struct iovec parts[2];

	/* for the kernel, too, longer is as long as this */
	message.iovlen = (size_t)socketcall_host_parts_of(server, buffer, size < INT_MAX ? size : INT_MAX, 0, parts);
	flags = socketcall_host_sending(flags);
	if (message.iovlen == 1)
		return socketcall_sendto(fd, parts->iov_base, parts->iov_len, flags, name, (socklen_t)length);
	if (name && (length < 0 || length > (int)sizeof copy)) /* EINVAL, which it isn't for a message's header */
		return socketcall_sendto(fd, NULL, 0, flags, name, (socklen_t)length);
	message.name = (void *)(uintptr_t)name;
	message.namelen = (socklen_t)length;
	message.iov = parts;
	return socketcall_sendmsg(fd, &message, flags);
}

long socketcall_host_recvfrom(void *server, int fd, uint64_t buffer, uint64_t size, int flags, uint64_t address,
			      uint64_t length_address)
{
	struct sockaddr_storage name;
	struct kernel_message message = { 0 };
	struct iovec parts[2];
	long r, out;

	if (address) {
		message.name = &name;
		message.namelen = sizeof name;
	}
	message.iovlen = (size_t)socketcall_host_parts_of(server, buffer, size < INT_MAX ? size : INT_MAX, 1, parts);
	message.iov = parts;
	if (message.iovlen == 1)
		r = socketcall_recvfrom(fd, parts->iov_base, parts->iov_len, flags, message.name,
					address ? &message.namelen : NULL);
	else
		r = socketcall_recvmsg(fd, &message, flags);
	if (r < 0 || !address)
		return r;
	out = socketcall_host_name_and_length_out(server, &name, message.namelen, address, length_address);
	return out ? out : r;
}
