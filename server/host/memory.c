/* SPDX-License-Identifier: MIT */
#include "server/host/guest.h"

#include <errno.h>

void *socketcall_host_whole(const struct socketcall_host *host, uint64_t address, size_t size, int writable)
{
	size_t there = size;
	void *at = size ? host->at(host->context, address, &there, writable) : NULL;

	return there == size ? at : NULL;
}

int socketcall_host_copy_in(const struct socketcall_host *host, void *to, uint64_t address, size_t size)
{
	const void *from = socketcall_host_whole(host, address, size, 0);

	if (!from)
		return -EFAULT;
	socketcall_host_copy_once(to, from, size);
	return 0;
}

int socketcall_host_copy_out(const struct socketcall_host *host, uint64_t address, const void *from, size_t size)
{
	void *to = socketcall_host_whole(host, address, size, 1);

	if (!to)
		return -EFAULT;
	memcpy(to, from, size);
	return 0;
}

int socketcall_host_read(void *host, uint64_t address, void *to, size_t size)
{
	return socketcall_host_copy_in(host, to, address, size);
}

int socketcall_host_parts_of(const struct socketcall_host *host, uint64_t address, size_t size, int writable,
			     struct iovec *parts)
{
	size_t there = size;
	void *at = size ? host->at(host->context, address, &there, writable) : NULL;

	if (!at || there > size)
		there = 0;
	parts[0] = (struct iovec){ there ? at : NOWHERE, there ? there : size };
	if (there == 0 || there == size)
		return 1;
	parts[1] = (struct iovec){ NOWHERE, size - there };
	return 2;
}
