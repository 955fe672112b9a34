/* SPDX-License-Identifier: MIT
 * One attempt at one door. A child process makes it, because a filter may kill the process that makes it. */
#ifndef PROBE_ATTEMPT_H
#define PROBE_ATTEMPT_H

#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/abi.h"
#include "probe/judge.h"

enum attempt_ask {
	ATTEMPT_SOCKET,     /* socket() at `door`, with family, type, protocol */
	ATTEMPT_SOCKETPAIR, /* socketpair(), likewise */
	ATTEMPT_CALL,       /* `call` at `door`, DOORS_SOCKETCALL or DOORS_I386, with arguments that are refused */
	ATTEMPT_ENTRY,      /* a harmless system call by the entry of `door` */
	/* What the kernel is asked for the members of struct doors_kernel with these names: */
	ATTEMPT_FILTER,         /* prctl(PR_GET_SECCOMP): whether a filter is loaded */
	ATTEMPT_FILTER_CHECK,   /* an operation that prctl() doesn't have: whether a filter answers for prctl() */
	ATTEMPT_RELEASE,        /* its release */
	ATTEMPT_URING_SETUP,    /* io_uring_setup() by the entry of `door` */
	ATTEMPT_URING_DISABLED, /* the sysctl kernel.io_uring_disabled */
};

struct attempt {
	enum attempt_ask ask;
	enum doors_door door;
	int family, protocol;
	int type;     /* 0: stream, datagram, raw and seqpacket in turn, until the family has the type */
	bool invalid; /* set a flag bit in the type that no kernel knows */
	enum attempt_submits {
		ATTEMPT_SUBMITS_THERE,  /* by io_uring_enter of the door that created the ring */
		ATTEMPT_SUBMITS_NATIVE, /* by x86-64's io_uring_enter */
		ATTEMPT_SUBMITS_I386,   /* by i386's */
		ATTEMPT_SUBMITS_X32,    /* by x32's */
		ATTEMPT_SUBMITS_POLLED, /* without io_uring_enter: the kernel's polling thread finds the operation */
	} submits;                      /* how the operation is submitted to io_uring */
	int call;                       /* of ATTEMPT_CALL: 0, or one of the twenty */
	struct doors_answer answer;
};

/*
 * What a child does, in order. A filter may kill the child for a step other than the attempt itself; another child then
 * leaves that step out.
 */
enum attempt_step {
	ATTEMPT_STARTS,   /* nothing yet */
	ATTEMPT_LEAVES,   /* arranges to leave no core file, and to die with its parent */
	ATTEMPT_CATCHES,  /* installs a handler for SIGSYS, which tells a trap from a kill, and for SIGSEGV */
	ATTEMPT_ROOM,     /* makes room for descriptors */
	ATTEMPT_TRIES,    /* makes the attempt */
	ATTEMPT_VERIFIES, /* checks that the new descriptor is a socket */
	ATTEMPT_ENDS,     /* has stored the answer */
};

/* What the child and its parent share. It lies below 4 GiB, since the 32-bit entries' pointers point into it. */
struct attempt_slot {
	uint32_t block[SOCKETCALL_WORDS];
	int32_t pair[2];
	struct io_uring_params uring;
	pid_t parent;  /* the parent's PID */
	unsigned skip; /* steps to leave out, a bit (1u << step) each */
	volatile enum attempt_step step;
	volatile struct doors_answer answer; /* when `step` is ATTEMPT_ENDS; `where` at once */
};

/* What the child does: makes the attempt, stores the answer in `slot`, and exits. */
__attribute__((noreturn)) void attempt_make(const struct attempt *attempt, struct attempt_slot *slot);

/* For ATTEMPT_URING_SETUP: io_uring_setup() for a ring with 0 entries. Returns what the call returns, or -errno. */
int attempt_uring_setup(enum doors_door door, struct attempt_slot *slot);

/* For ATTEMPT_ENTRY at one of io_uring's doors: io_uring_enter() on descriptor -1. Returns what the call returns. */
int attempt_uring_enter(enum doors_door door);

/*
 * io_uring's SOCKET operation. Returns a descriptor, or -errno. The error is the operation's if slot->answer.where is
 * DOORS_AT_OPERATION, and otherwise that of the call which `where` names. ATTEMPT_FAKED, which is no error number: a
 * call returned success, but did nothing, so a filter answered ERRNO(0).
 */
enum { ATTEMPT_FAKED = -4096 };
int attempt_uring(const struct attempt *attempt, int type, struct attempt_slot *slot);

#endif
