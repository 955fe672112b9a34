/* SPDX-License-Identifier: MIT */
#include "server/host/guest.h"

#include <errno.h>

const void *socketcall_host_name_in(const struct socketcall_host *host, struct sockaddr_storage *copy, uint64_t address,
				    int length)
{
	if (!address)
		return NULL;
	if (length <= 0 || length > (int)sizeof *copy)
		return copy;
	return socketcall_host_copy_in(host, copy, address, (size_t)length) ? NOWHERE : copy;
}

int socketcall_host_name_out(const struct socketcall_host *host, const struct sockaddr_storage *name, socklen_t length,
			     uint64_t address, int room)
{
	int fits = room < (int)length ? room : (int)length;

	if (fits < 0)
		return -EINVAL;
	return fits ? socketcall_host_copy_out(host, address, name, (size_t)fits) : 0;
}

int socketcall_host_name_and_length_out(const struct socketcall_host *host, const struct sockaddr_storage *name,
					socklen_t length, uint64_t address, uint64_t length_address)
{
	int room, r = socketcall_host_copy_in(host, &room, length_address, sizeof room);

	if (!r)
		r = socketcall_host_name_out(host, name, length, address, room);
	return r ? r : socketcall_host_copy_out(host, length_address, &length, sizeof length);
}
