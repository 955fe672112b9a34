/* SPDX-License-Identifier: MIT
 * A server in the caller's own process: the call is decoded, dispatched and performed on real sockets. */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <sys/uio.h>
#include <unistd.h>

/* Can this one byte be read, and written when it is to be? */
static int served_byte(char *at, int writable)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { at, 1 };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1 &&
	       (!writable || process_vm_writev(getpid(), &here, 1, &there, 1, 0) == 1);
}

/* The guest's addresses are this process's own. */
static void *served_at(void *context, uint64_t address, size_t *size, int writable)
{
	char *at = (char *)(uintptr_t)address;
	uint64_t there = 0;

	(void)context;
	while (there < *size && served_byte(at + there, writable))
		there += 4096 - ((address + there) & 4095);
	*size = there < *size ? there : *size;
	return there ? at : NULL;
}

static long served(int call, const unsigned long *args)
{
	static const struct socketcall_guest guest = SOCKETCALL_GUEST_NATIVE;
	struct socketcall_host host = { served_at, NULL };
	struct socketcall_memory memory = { socketcall_host_read, &host };
	struct socketcall_request request;
	int r = socketcall_decode(&guest, &memory, call, (uintptr_t)args, &request);

	return r ? r : socketcall_dispatch(&socketcall_host, &host, &request);
}
