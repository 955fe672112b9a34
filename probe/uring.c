/* SPDX-License-Identifier: MIT */
#include "probe/attempt.h"
#include "abi/x86.h"
#include "probe/calls.h"

#include <asm/unistd.h>
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

struct ring {
	int fd;
	struct io_uring_params *params; /* in the slot, since pointers of the 32-bit entry have 32 bits */
	char *submissions, *completions;
	struct io_uring_sqe *entries;
};

/* Makes a call of io_uring by the entry of that door. `number32` is the call's number on i386, `number` on x86-64. */
static int call_uring(enum doors_door door, int number32, int number, const long words[4])
{
	switch (door) {
	case DOORS_IO_URING_I386:
		return call_i386(number32, words[0], words[1], words[2], words[3]);
	case DOORS_IO_URING_X32:
		return (int)call_native(number | __X32_SYSCALL_BIT, words[0], words[1], words[2], words[3]);
	case DOORS_IO_URING:
	case DOORS_NATIVE:
	case DOORS_NATIVE_HIGH:
	case DOORS_I386:
	case DOORS_I386_HIGH:
	case DOORS_SOCKETCALL:
	case DOORS_X32:
		break;
	}
	return (int)call_native(number, words[0], words[1], words[2], words[3]);
}

static int call_setup(enum doors_door door, unsigned entries, struct io_uring_params *params)
{
	const long words[] = { entries, (long)(uintptr_t)params, 0, 0 };

	return call_uring(door, I386_IO_URING_SETUP, X86_64_IO_URING_SETUP, words);
}

/* The last two arguments of io_uring_enter, a signal mask and its size, are 0. */
static int call_enter(enum doors_door door, int fd, unsigned entries, unsigned wanted, unsigned flags)
{
	const long words[] = { fd, entries, wanted, flags };

	return call_uring(door, I386_IO_URING_ENTER, X86_64_IO_URING_ENTER, words);
}

int attempt_uring_setup(enum doors_door door, struct attempt_slot *slot)
{
	return call_setup(door, 0, &slot->uring);
}

int attempt_uring_enter(enum doors_door door)
{
	return call_enter(door, -1, 0, 0, 0);
}

static unsigned *at(char *ring, unsigned offset)
{
	return (unsigned *)(void *)(ring + offset);
}

static void *map(const struct ring *ring, size_t size, off_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, offset);

	return p == MAP_FAILED ? NULL : p;
}

/* Maps the ring's three areas. Returns false, with errno set, if one cannot be mapped. */
static bool map_ring(struct ring *ring)
{
	const struct io_uring_params *p = ring->params;

	ring->submissions = map(ring, p->sq_off.array + p->sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	if (!ring->submissions)
		return false;
	ring->completions = map(ring, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	if (!ring->completions)
		return false;
	ring->entries = map(ring, p->sq_entries * sizeof *ring->entries, IORING_OFF_SQES);
	return ring->entries != NULL;
}

static bool is_completed(const struct ring *ring)
{
	const struct io_cqring_offsets *off = &ring->params->cq_off;

	return __atomic_load_n(at(ring->completions, off->tail), __ATOMIC_ACQUIRE) != *at(ring->completions, off->head);
}

/*
 * The kernel's polling thread may find the ring empty before the operation is in it, and then sleeps. io_uring_enter
 * would wake it, but is refused. Attaching a second ring to the thread wakes it too (io_uring/sqpoll.c,
 * io_sq_thread_park); the thread then polls for a second before it sleeps again.
 */
static void wake(const struct ring *ring, enum doors_door door)
{
	struct io_uring_params before = *ring->params;

	*ring->params = (struct io_uring_params){
		.flags = IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ,
		.wq_fd = (unsigned)ring->fd,
	};
	call_setup(door, 1, ring->params);
	*ring->params = before;
}

/* The door whose io_uring_enter submits the operation. */
static enum doors_door door_of_submission(const struct attempt *attempt)
{
	switch (attempt->submits) {
	case ATTEMPT_SUBMITS_NATIVE:
		return DOORS_IO_URING;
	case ATTEMPT_SUBMITS_I386:
		return DOORS_IO_URING_I386;
	case ATTEMPT_SUBMITS_X32:
		return DOORS_IO_URING_X32;
	case ATTEMPT_SUBMITS_THERE:
	case ATTEMPT_SUBMITS_POLLED:
		break;
	}
	return attempt->door;
}

/* Submits the operation. Waits for the polling thread without a limit: the parent kills this process in time. */
static int submit(const struct ring *ring, const struct attempt *attempt)
{
	static const struct timespec nap = { .tv_nsec = 200000 };
	const struct io_sqring_offsets *off = &ring->params->sq_off;

	*at(ring->submissions, off->array) = 0;
	__atomic_store_n(at(ring->submissions, off->tail), 1, __ATOMIC_RELEASE);
	if (attempt->submits != ATTEMPT_SUBMITS_POLLED) {
		int r = call_enter(door_of_submission(attempt), ring->fd, 1, 1, IORING_ENTER_GETEVENTS);

		return r < 0 ? r : 0;
	}
	wake(ring, attempt->door);
	while (!is_completed(ring))
		if (nanosleep(&nap, NULL))
			sched_yield();
	return 0;
}

int attempt_uring(const struct attempt *attempt, int type, struct attempt_slot *slot)
{
	struct ring ring = { .params = &slot->uring };
	const struct io_uring_cqe *done;
	int r;

	slot->answer.where = DOORS_AT_SETUP;
	ring.params->flags = attempt->submits == ATTEMPT_SUBMITS_POLLED ? IORING_SETUP_SQPOLL : 0;
	ring.fd = call_setup(attempt->door, 1, ring.params);
	if (ring.fd < 0)
		return ring.fd;
	if (!ring.params->sq_entries)
		return ATTEMPT_FAKED;
	slot->answer.where = DOORS_AT_MMAP;
	if (!map_ring(&ring))
		return -errno;
	/* The arguments of socket(2) are passed in fd, off and len (io_uring/net.c, io_socket_prep). */
	*ring.entries = (struct io_uring_sqe){
		.opcode = IORING_OP_SOCKET,
		.fd = attempt->family,
		.off = (unsigned)type,
		.len = (unsigned)attempt->protocol,
	};
	slot->answer.where = DOORS_AT_ENTER;
	r = submit(&ring, attempt);
	if (r)
		return r;
	if (!is_completed(&ring))
		return ATTEMPT_FAKED;
	slot->answer.where = DOORS_AT_OPERATION;
	done = (const struct io_uring_cqe *)(const void *)(ring.completions + ring.params->cq_off.cqes);
	return done->res;
}
