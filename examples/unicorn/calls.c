/* SPDX-License-Identifier: MIT
 * The system calls. The library serves socketcall. The few others are implemented in the simplest way. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "unicorn.h"

enum { MOST_PARTS = 64, MOST_POLLED = 64 };

static long result(long r)
{
	return r == -1 ? -errno : r;
}

static unsigned word_size(void)
{
	return machine.server.arch->guest.word;
}

static long read_or_write(int fd, uint64_t address, uint64_t size, int writes)
{
	void *bytes = guest_bytes(address, size);

	if (!bytes)
		return -EFAULT;
	return result(writes ? write(fd, bytes, size) : read(fd, bytes, size));
}

static long write_vector(int fd, uint64_t address, uint64_t count)
{
	unsigned word = word_size();
	struct iovec here[MOST_PARTS];
	const char *parts = count <= MOST_PARTS ? guest_bytes(address, count * 2 * word) : NULL;

	if (!parts)
		return -EFAULT;
	for (uint64_t i = 0; i < count; i++, parts += 2 * word) {
		size_t size = number_get(parts + word, word);

		here[i] = (struct iovec){ guest_bytes(number_get(parts, word), size), size };
	}
	return result(writev(fd, here, (int)count)); /* EFAULT for a part that isn't in the guest's memory */
}

static long poll_all(uint64_t address, uint64_t count, int timeout)
{
	struct pollfd here[MOST_POLLED];
	char *there = count <= MOST_POLLED ? guest_bytes(address, count * sizeof *here) : NULL;
	long r;

	if (!there)
		return -EFAULT;
	for (uint64_t i = 0; i < count; i++)
		here[i] = (struct pollfd){ .fd = (int)number_get(there + 8 * i, 4),
					   .events = (short)number_get(there + 8 * i + 4, 2) };
	r = result(poll(here, count, timeout));
	for (uint64_t i = 0; i < count; i++)
		number_put(there + 8 * i + 6, 2, (uint16_t)here[i].revents);
	return r;
}

/* brk(2). */
static long grow(uint64_t end)
{
	if (end > machine.data_end) {
		map(machine.data_end, end - machine.data_end);
		machine.data_end = end;
	}
	return (long)machine.data_end;
}

/* mmap(2) of anonymous memory. Files can't be mapped. */
static long map_anywhere(uint64_t size, uint64_t flags)
{
	uint64_t address = machine.mappings_end;

	if (!(flags & MAP_ANONYMOUS))
		return -ENODEV;
	map(address, size);
	machine.mappings_end += (size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	return (long)address;
}

/* s390x's old mmap(2), whose argument is the address of its six arguments. */
static long map_block(uint64_t address)
{
	const char *block = guest_bytes(address, 6 * 8); /* address, size, protection, flags, file, offset */

	return block ? map_anywhere(number_get(block + 8, 8), number_get(block + 3 * 8, 8)) : -EFAULT;
}

static long clock_of(clockid_t clock, uint64_t address, unsigned size)
{
	char *there = guest_bytes(address, 2 * size);
	struct timespec time;

	if (!there)
		return -EFAULT;
	clock_gettime(clock, &time);
	number_put(there, size, (uint64_t)time.tv_sec);
	number_put(there + size, size, (uint64_t)time.tv_nsec);
	return 0;
}

long system_call(enum call call, const uint64_t arguments[ARGUMENTS])
{
	uint64_t a = arguments[0], b = arguments[1], c = arguments[2], d = arguments[3];

	switch (call) {
	case SOCKETCALL:
		return socketcall_serve(&machine.server, (int)a, b);
	case EXIT:
		machine.status = (int)a & 255;
		return uc_emu_stop(machine.cpu);
	case READ:
		return read_or_write((int)a, b, c, 0);
	case WRITE:
		return read_or_write((int)a, b, c, 1);
	case CLOSE:
		return result(close((int)a));
	case TIME:
		return (long)time(NULL);
	case BRK:
		return grow(a);
	case WRITEV:
		return write_vector((int)a, b, c);
	case POLL:
		return poll_all(a, b, (int)c);
	case MMAP:
		return map_anywhere(b, d);
	case MMAP_BLOCK:
		return map_block(a);
	case FCNTL:
		return result(fcntl((int)a, (int)b, c));
	case CLOCK_GETTIME:
		return clock_of((clockid_t)a, b, 4);
	case CLOCK_GETTIME64:
		return clock_of((clockid_t)a, b, 8);
	case SET_THREAD_AREA:
		return set_thread_area(a);
	case NOTHING:
		return 0;
	}
	return -ENOSYS;
}
