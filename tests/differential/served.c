/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "served.h"
#include "sequence.h"

#include "server/host.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static struct {
	struct socketcall_guest guest;
	const char *mutant;
} served; /* a twin serves one guest */

static void *at(void *context, uint64_t address, size_t *size, int writable)
{
	static const unsigned char pages[PAGES] = PAGES_ARE;
	uint64_t offset = address - ARENA, there = 0;

	(void)context;
	if (address < ARENA || offset >= PAGES * PAGE)
		return NULL;
	while (there < *size) {
		uint64_t page = (offset + there) / PAGE;

		if (page >= PAGES || pages[page] < (writable ? WRITABLE : READABLE))
			break;
		there += PAGE - (offset + there) % PAGE;
	}
	if (there < *size)
		*size = (size_t)there;
	return there ? (void *)(uintptr_t)address : NULL;
}

bool served_start(const char *guest, const char *mutant)
{
	static const char *const mutants[] = { SERVED_MUTANTS };
	bool known = !mutant;

	for (size_t i = 0; mutant && i < sizeof mutants / sizeof *mutants; i++)
		known |= !strcmp(mutant, mutants[i]);
	if (!known || strcmp(guest, sizeof(long) == 8 ? "x86_64" : "i386"))
		return false;
	served.guest = (struct socketcall_guest)SOCKETCALL_GUEST_NATIVE;
	served.mutant = mutant;
	return true;
}

static bool mutant_is(const char *name)
{
	return served.mutant && !strcmp(served.mutant, name);
}

/* What a server of that fault answers, in place of r. Each fault is seldom, as real ones are. */
static int64_t mutated(int call, int64_t r, uint32_t *sigpipes)
{
	if (mutant_is("errno") && r == -ENOTCONN)
		return -EINVAL;
	if (mutant_is("byte") && call == SOCKETCALL_RECVMSG && r == 7)
		*(volatile char *)(uintptr_t)(ARENA + PAGE + 17) ^= 1;
	if (mutant_is("descriptor") && call == SOCKETCALL_ACCEPT4 && r >= 0)
		dup((int)r);
	if (mutant_is("flags") && call == SOCKETCALL_GETSOCKOPT && r == 0)
		return 1;
	if (mutant_is("sigpipe") && r == -EPIPE)
		*sigpipes = !*sigpipes;
	return r;
}

int64_t served_call(int call, uint64_t block, uint32_t *sigpipes)
{
	struct socketcall_host host = { at, NULL };
	struct socketcall_memory memory = { socketcall_host_read, &host };
	struct socketcall_request request;
	int64_t r = socketcall_decode(&served.guest, &memory, call, block, &request);

	*sigpipes = 0;
	if (!r)
		r = socketcall_dispatch(&socketcall_host, &host, &request);
	return mutated(call, r, sigpipes);
}
