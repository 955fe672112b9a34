/* SPDX-License-Identifier: MIT */
#include "process/memory.h"

#include "abi/i386.h"
#include "process/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

int memory_read(const struct process *process, uint32_t at, void *bytes, size_t size)
{
	ssize_t n = pread(process->memory, bytes, size, at);

	return n < 0 ? -errno : (size_t)n == size ? 0 : -EFAULT;
}

int memory_read_as_itself(const struct process *process, uint32_t at, void *bytes, size_t size)
{
	struct iovec to = { bytes, size }, from = { (void *)(uintptr_t)at, size };
	ssize_t n = process_vm_readv(process->pid, &to, 1, &from, 1, 0);

	if (n < 0 && errno != EFAULT)
		return memory_read(process, at, bytes, size);
	return n >= 0 && (size_t)n == size ? 0 : -EFAULT;
}

/*
 * Writes by PTRACE_POKEDATA. By it a tracer can write to read-only memory even where /proc/PID/mem can't be opened for
 * writing, or where proc_mem.force_override= doesn't let it write to read-only memory. PTRACE_POKEDATA writes whole
 * words, at any address. A word begins here at the first byte to be written, so that up to 8 bytes, such as a call
 * instruction, are written by one request, and a SIGKILL of this process can't cut them. At the end of a page, the word
 * ends where the page does, because the next page may be another mapping. Words that already have the wanted content
 * are skipped. Returns 0; or -EIO, also if this process doesn't trace the other.
 */
static int poke(const struct process *process, uint32_t at, const unsigned char *bytes, size_t size)
{
	while (size) {
		uint32_t left = I386_PAGE - at % I386_PAGE; /* in this page */
		uint32_t skip = left < sizeof(long) ? (uint32_t)sizeof(long) - left : 0, first = at - skip;
		size_t part = sizeof(long) - skip < size ? sizeof(long) - skip : size;
		long word;

		if (memory_read(process, first, &word, sizeof word))
			return -EIO;
		if (memcmp((unsigned char *)&word + skip, bytes, part) != 0) {
			memcpy((unsigned char *)&word + skip, bytes, part);
			if (ptrace(PTRACE_POKEDATA, process->pid, (uintptr_t)first, word))
				return -EIO;
		}
		at += part;
		bytes += part;
		size -= part;
	}
	return 0;
}

int memory_write(const struct process *process, uint32_t at, const void *bytes, size_t size)
{
	ssize_t n;

	if (process->is_read_only)
		return poke(process, at, bytes, size) ? -EACCES : 0;
	n = pwrite(process->memory, bytes, size, at);
	if (n < 0)
		return errno == EIO ? poke(process, at, bytes, size) : -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}

int memory_try_write(pid_t pid)
{
	static const char byte = 1; /* in read-only memory, at the same address in a fork of this process */
	int fd, r = status_check_namespace();

	if (r)
		return r;
	fd = process_open_file(pid, "mem", O_RDWR);
	if (fd < 0)
		return fd;
	if (pwrite(fd, &byte, 1, (off_t)(uintptr_t)&byte) != 1)
		r = -errno;
	close(fd);
	return r;
}
