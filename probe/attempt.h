/* SPDX-License-Identifier: MIT
 * One attempt at one door, made by a process of its own, which it may cost. */
#ifndef PROBE_ATTEMPT_H
#define PROBE_ATTEMPT_H

#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/abi.h"
#include "probe/judge.h"

enum attempt_ask {
	ATTEMPT_SOCKET,     /* by `door`: family, type, protocol */
	ATTEMPT_SOCKETPAIR, /* the same */
	ATTEMPT_CALL,       /* `call` by `door`, DOORS_SOCKETCALL or DOORS_I386, so that it does nothing */
	ATTEMPT_ENTRY,      /* something harmless by the entry of `door` */
	ATTEMPT_FILTER,     /* these fill struct doors_kernel */
	ATTEMPT_FILTER_CHECK,
	ATTEMPT_RELEASE,
	ATTEMPT_URING_SETUP,
	ATTEMPT_URING_DISABLED,
};

struct attempt {
	enum attempt_ask ask;
	enum doors_door door;
	int family, protocol;
	int type;     /* 0: each in turn, until one isn't refused as unsuitable */
	bool invalid; /* with a flag bit in the type that no kernel knows */
	enum attempt_submits {
		ATTEMPT_SUBMITS_THERE, /* by the door that made the ring */
		ATTEMPT_SUBMITS_NATIVE,
		ATTEMPT_SUBMITS_I386,
		ATTEMPT_SUBMITS_X32,
		ATTEMPT_SUBMITS_POLLED, /* not by io_uring_enter: the kernel's own thread finds what lies in the ring */
	} submits;                      /* which way the operation goes that io_uring is to do */
	int call;                       /* of ATTEMPT_CALL: 0, or one of the twenty */
	struct doors_answer answer;
};

/* What a child does, in order; a filter may be in the way of what is done besides the attempt itself. */
enum attempt_step {
	ATTEMPT_STARTS,
	ATTEMPT_LEAVES,  /* no core file of what a filter kills, nor a process that waits on when its parent is gone */
	ATTEMPT_CATCHES, /* SIGSYS, so that being trapped can be told from being killed, and SIGSEGV */
	ATTEMPT_ROOM,    /* room for descriptors */
	ATTEMPT_TRIES,
	ATTEMPT_VERIFIES, /* that what was had is a socket */
	ATTEMPT_ENDS,
};

/* Between the child and its parent, in memory that they share, below 4 GiB for what pointers of the 32-bit entries
 * point to. */
struct attempt_slot {
	uint32_t block[SOCKETCALL_WORDS];
	int32_t pair[2];
	struct io_uring_params uring;
	unsigned skip; /* steps to leave out, a bit (1u << step) each */
	volatile enum attempt_step step;
	volatile struct doors_answer answer; /* when `step` is ATTEMPT_ENDS; `where` at once */
};

/* What the child does. Makes one attempt, leaves the answer in `slot`, and exits. */
__attribute__((noreturn)) void attempt_make(const struct attempt *attempt, struct attempt_slot *slot);

/* Of ATTEMPT_URING_SETUP: io_uring_setup() for a ring without an entry. */
int attempt_uring_setup(enum doors_door door, struct attempt_slot *slot);

/* Of ATTEMPT_ENTRY at one of io_uring's doors: io_uring_enter() on descriptor -1. */
int attempt_uring_enter(enum doors_door door);

/*
 * io_uring's SOCKET operation: a descriptor, or -errno, of the ring's calls as long as slot->answer.where isn't
 * DOORS_AT_OPERATION. Not less than ATTEMPT_FAKED, except for that: a call "succeeded" that wasn't made.
 */
enum { ATTEMPT_FAKED = -4096 };
int attempt_uring(const struct attempt *attempt, int type, struct attempt_slot *slot);

#endif
