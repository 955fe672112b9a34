/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "served.h"
#include "sequence.h"

#include "server/host.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	const char *mutant;
	struct socketcall_server server;
	struct socketcall_host_context host;
	unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
} served; /* at file scope, since a twin serves one guest */

/* 64-bit guests are compared with x86-64's kernel, whose user addresses end here (TASK_SIZE_MAX). */
#define USERS_END 0x7ffffffff000U

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

/* Gives access to no more than one page at a time, as most servers do. */
static void *at_page(void *context, uint64_t address, size_t *size, int writable)
{
	size_t to_end = PAGE - address % PAGE;

	*size = *size < to_end ? *size : to_end;
	return at(context, address, size, writable);
}

static size_t read_pages(void *context, uint64_t address, void *to, size_t size)
{
	const void *from = at(context, address, &size, 0);

	if (!from)
		return 0;
	memcpy(to, from, size);
	return size;
}

static size_t write_pages(void *context, uint64_t address, const void *from, size_t size)
{
	void *to = at(context, address, &size, 1);

	if (!to)
		return 0;
	memcpy(to, from, size);
	return size;
}

bool served_start(const char *guest, const char *mutant)
{
	static const char *const mutants[] = { SERVED_MUTANTS };
	bool known = !mutant;

	for (size_t i = 0; mutant && i < sizeof mutants / sizeof *mutants; i++)
		known |= !strcmp(mutant, mutants[i]);
	served.mutant = mutant;
	served.server = (struct socketcall_server){
		.arch = socketcall_arch(guest),
		.memory = { read_pages, write_pages, getenv("BY_COPIES") ? NULL : at_page, NULL },
		.backend = &socketcall_host_backend,
		.context = &served.host,
		.scratch = served.scratch,
		.scratch_size = sizeof served.scratch,
	};
	if (served.server.arch && served.server.arch->guest.word == 8)
		served.server.memory_end = USERS_END;
	return known && served.server.arch;
}

static bool mutant_is(const char *name)
{
	return served.mutant && !strcmp(served.mutant, name);
}

/* Returns what a server with the fault answers in place of r. Each fault is rare, as real ones are. */
static int64_t mutated(int call, int64_t r, uint32_t *sigpipes)
{
	if (mutant_is("errno") && r == -ENOTCONN)
		return -EINVAL;
	if (mutant_is("byte") && call == SOCKETCALL_RECVMSG && r == 7)
		*(volatile char *)(uintptr_t)(ARENA + PAGE + 17) ^= 1;
	if (mutant_is("descriptor") && call == SOCKETCALL_SOCKET && r >= 0)
		dup((int)r);
	if (mutant_is("flags") && call == SOCKETCALL_GETSOCKOPT && r == 0)
		return 1;
	if (mutant_is("sigpipe") && r == -EPIPE)
		*sigpipes = !*sigpipes;
	return r;
}

int64_t served_call(int call, uint64_t block, uint32_t *sigpipes)
{
	int64_t r = socketcall_serve(&served.server, call, block);

	*sigpipes = (uint32_t)served.server.sigpipe;
	return mutated(call, r, sigpipes);
}
