/* SPDX-License-Identifier: MIT */
#include "probe/attempt.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct ring {
	int fd;
	struct io_uring_params params;
	char *submissions, *completions;
	struct io_uring_sqe *entries;
};

static unsigned *at(char *ring, unsigned offset)
{
	return (unsigned *)(void *)(ring + offset);
}

static void *map(const struct ring *ring, size_t size, off_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, offset);

	return p == MAP_FAILED ? NULL : p;
}

static int map_ring(struct ring *ring)
{
	const struct io_uring_params *p = &ring->params;

	ring->submissions = map(ring, p->sq_off.array + p->sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	if (!ring->submissions)
		return -errno;
	ring->completions = map(ring, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	if (!ring->completions)
		return -errno;
	ring->entries = map(ring, p->sq_entries * sizeof *ring->entries, IORING_OFF_SQES);
	return ring->entries ? 0 : -errno;
}

static bool completed(const struct ring *ring)
{
	const struct io_cqring_offsets *off = &ring->params.cq_off;

	return __atomic_load_n(at(ring->completions, off->tail), __ATOMIC_ACQUIRE) != *at(ring->completions, off->head);
}

/*
 * The kernel's thread sleeps when it first finds the ring empty, which is a race, and io_uring_enter would wake it. So
 * does a second ring that is to be served by it (io_uring/sqpoll.c, io_sq_thread_park); then it looks for a second.
 */
static void wake(const struct ring *ring)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQPOLL | IORING_SETUP_ATTACH_WQ,
		.wq_fd = (unsigned)ring->fd,
	};

	syscall(SYS_io_uring_setup, 1, &params);
}

/* Waits for the kernel's thread without end: whoever waits for this process has the patience. */
static int submit(const struct ring *ring, const struct attempt *attempt)
{
	static const struct timespec nap = { .tv_nsec = 200000 };
	const struct io_sqring_offsets *off = &ring->params.sq_off;

	*at(ring->submissions, off->array) = 0;
	__atomic_store_n(at(ring->submissions, off->tail), 1, __ATOMIC_RELEASE);
	if (!attempt->sqpoll)
		return syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 ? -errno : 0;
	wake(ring);
	while (!completed(ring))
		if (nanosleep(&nap, NULL))
			sched_yield();
	return 0;
}

int attempt_uring(const struct attempt *attempt, int type, struct attempt_slot *slot)
{
	struct ring ring = { .params.flags = attempt->sqpoll ? IORING_SETUP_SQPOLL : 0 };
	const struct io_uring_cqe *done;
	int r;

	slot->answer.where = DOORS_AT_SETUP;
	ring.fd = (int)syscall(SYS_io_uring_setup, 1, &ring.params);
	if (ring.fd < 0)
		return -errno;
	if (!ring.params.sq_entries)
		return ATTEMPT_FAKED;
	slot->answer.where = DOORS_AT_MMAP;
	r = map_ring(&ring);
	if (r)
		return r;
	/* What socket(2) takes lies in fd, off and len (io_uring/net.c, io_socket_prep). */
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
	if (!completed(&ring))
		return ATTEMPT_FAKED;
	slot->answer.where = DOORS_AT_OPERATION;
	done = (const struct io_uring_cqe *)(const void *)(ring.completions + ring.params.cq_off.cqes);
	return done->res;
}
