/* SPDX-License-Identifier: MIT
 * Memory hooks for this process and for another, and copies that end at an inaccessible page. */
#define _GNU_SOURCE
#include "server/host/host.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Returns how many bytes could be copied. process_vm_readv(2) and process_vm_writev(2) copy page by page, so they stop
 * at the first page that can't be accessed. */
static size_t copy_memory(int pid, uint64_t address, void *here, size_t size, bool out)
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
	return copy_memory(getpid(), address, to, size, false);
}

static size_t write_here(void *context, uint64_t address, const void *from, size_t size)
{
	(void)context;
	return copy_memory(getpid(), address, (void *)(uintptr_t)from, size, true);
}

/* Returns unmapped addresses, too: only the kernel uses them, and answers EFAULT. */
static void *at_here(void *context, uint64_t address, size_t *size, int writable)
{
	(void)context;
	(void)size;
	(void)writable;
	return address > UINTPTR_MAX ? NULL : (void *)(uintptr_t)address;
}

const struct socketcall_memory_hooks socketcall_same_process = { read_here, write_here, at_here, NULL };

/* ---- Another process --------------------------------------------------------------------------------------------- */

/* Reads whole blocks of 1 KiB ahead. Such a block lies in one page, so all of it can be read, or nothing of it. */
static size_t read_there(void *context, uint64_t address, void *to, size_t size)
{
	struct socketcall_process *process = context;
	uint64_t offset = address % sizeof process->memory;

	if (!process->remembers || size > sizeof process->memory - offset)
		return copy_memory(process->pid, address, to, size, false);
	if (!process->remembered || process->remembered_at != address - offset) {
		process->remembered_at = address - offset;
		process->remembered = copy_memory(process->pid, address - offset, process->memory,
						  sizeof process->memory, false) == sizeof process->memory;
	}
	if (!process->remembered) /* the page can't be read */
		return 0;
	memcpy(to, process->memory + offset, size);
	return size;
}

static size_t write_there(void *context, uint64_t address, const void *from, size_t size)
{
	struct socketcall_process *process = context;

	process->remembered = 0;
	return copy_memory(process->pid, address, (void *)(uintptr_t)from, size, true);
}

void socketcall_process_memory(struct socketcall_process *process, struct socketcall_memory_hooks *memory)
{
	*memory = (struct socketcall_memory_hooks){ read_there, write_there, NULL, process };
}

/* ---- Copies that end at an inaccessible page --------------------------------------------------------------------- */

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
