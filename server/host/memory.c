/* SPDX-License-Identifier: MIT
 * Memory hooks: of this process, and of another. */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Both stop where memory ends: process_vm_readv(2) and process_vm_writev(2) copy page by page. */
static size_t copied(int pid, uint64_t address, void *here, size_t size, bool out)
{
	size_t done = 0;

	if (address > UINTPTR_MAX)
		return 0;
	while (done < size) {
		struct iovec ours = { (char *)here + done, size - done };
		struct iovec theirs = { (void *)(uintptr_t)(address + done), size - done };
		ssize_t r = out ? process_vm_writev(pid, &ours, 1, &theirs, 1, 0)
				: process_vm_readv(pid, &ours, 1, &theirs, 1, 0);

		if (r <= 0)
			break;
		done += (size_t)r;
	}
	return done;
}

/* ---- The same process -------------------------------------------------------------------------------------------- */

static size_t read_here(void *context, uint64_t address, void *to, size_t size)
{
	(void)context;
	return copied(getpid(), address, to, size, false);
}

static size_t write_here(void *context, uint64_t address, const void *from, size_t size)
{
	(void)context;
	return copied(getpid(), address, (void *)(uintptr_t)from, size, true);
}

/* The kernel finds out what is there. */
static void *at_here(void *context, uint64_t address, size_t *size, int writable)
{
	(void)context;
	(void)size;
	(void)writable;
	return address > UINTPTR_MAX ? NULL : (void *)(uintptr_t)address;
}

const struct socketcall_memory_hooks socketcall_same_process = { read_here, write_here, at_here, NULL };

/* ---- Another process --------------------------------------------------------------------------------------------- */

/* What is read ahead lies in one page, so it is there or not as a whole. */

static size_t read_there(void *context, uint64_t address, void *to, size_t size)
{
	struct socketcall_process *process = context;
	uint64_t offset = address % sizeof process->memory;

	if (!process->remembers || size > sizeof process->memory - offset)
		return copied(process->pid, address, to, size, false);
	if (!process->remembered || process->remembered_at != address - offset) {
		process->remembered_at = address - offset;
		process->remembered = copied(process->pid, address - offset, process->memory, sizeof process->memory,
					     false) == sizeof process->memory;
	}
	if (!process->remembered) /* there is no such page */
		return 0;
	memcpy(to, process->memory + offset, size);
	return size;
}

static size_t write_there(void *context, uint64_t address, const void *from, size_t size)
{
	struct socketcall_process *process = context;

	process->remembered = 0;
	return copied(process->pid, address, (void *)(uintptr_t)from, size, true);
}

void socketcall_process_memory(struct socketcall_process *process, struct socketcall_memory_hooks *memory)
{
	*memory = (struct socketcall_memory_hooks){ read_there, write_there, NULL, process };
}

/* ---- Bytes that end where memory does ---------------------------------------------------------------------------- */

void *socketcall_host_wall(struct wall *wall, const void *bytes, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
	char *memory = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	*wall = (struct wall){ memory, whole + page };
	if (mprotect(memory + whole, page, PROT_NONE)) {
		socketcall_host_wall_end(wall);
		return NULL;
	}
	memcpy(memory + whole - size, bytes, size);
	return memory + whole - size;
}

void socketcall_host_wall_end(const struct wall *wall)
{
	munmap(wall->memory, wall->size);
}
