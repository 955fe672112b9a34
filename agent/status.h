/* SPDX-License-Identifier: MIT
 * The status of served containers, which `socketcall agent --status` shows. Each container has a file, a struct
 * agent_status, in one folder. The processes that serve the container have the file mapped, and hold a lock on it
 * (flock(2)), which says that the container is still served. So the status doesn't depend on the agent's first process,
 * and a reader of the folder needs no answer from any process. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/message.h"

enum {
	AGENT_REFUSALS = 16,  /* how many of a container's refusals are remembered: the last ones */
	AGENT_LATENCIES = 24, /* classes of first calls' latencies: class i is 2^i to 2^(i+1) microseconds */
	AGENT_COMM_SIZE = 16, /* bytes of a program's name (proc(5), comm) */
};

/* Why a call was answered with ENOSYS; or, AGENT_AUDITED, why a program is remembered though no call was refused. */
enum agent_reason {
	AGENT_CANNOT_TRACE,   /* the thread can't be traced: it has a tracer, or ptrace(2) isn't permitted */
	AGENT_CANNOT_WRITE,   /* the memory can't be opened or written, or the stack points to unmapped memory */
	AGENT_NO_VDSO,        /* the process has no 32-bit vDSO */
	AGENT_OTHER_VDSO,     /* the process' vDSO isn't this kernel's */
	AGENT_NO_DIRECT_CALL, /* the kernel has no direct call for this call, or a filter refuses the direct call */
	AGENT_NOT_SEEN,       /* the process isn't in the agent's PID namespace, nor in one below that */
	AGENT_NO_ANSWER,      /* the worker ended, or didn't answer in time */
	AGENT_AUDITED,        /* --audit: the call was let through; the program is remembered because it made one */
	AGENT_UNKNOWN_CALL,   /* the profile reports a system call that this agent doesn't serve */
	AGENT_REASONS,        /* how many there are */
};

/* A refused call or, with AGENT_AUDITED, an audited program. */
struct agent_refusal {
	int64_t time;                  /* CLOCK_REALTIME, seconds */
	int32_t pid;                   /* of the thread, in the agent's PID namespace */
	uint32_t reason;               /* enum agent_reason */
	char program[AGENT_COMM_SIZE]; /* printable */
};

enum { AGENT_STATUS_VERSION = 0x53430003 /* "SC", and version 3 of the struct below */ };

struct agent_status {
	uint32_t version;
	int32_t pid;                                                /* of the process that made the file */
	int64_t since;                                              /* CLOCK_REALTIME, seconds: when serving began */
	char container[AGENT_NAME_SIZE], metadata[AGENT_NAME_SIZE]; /* from struct agent_message */
	/* Counts: */
	uint64_t patched;                        /* patched programs */
	uint64_t stubs, go;                      /* patched stubs of glibc, and of Go */
	uint64_t turned;                         /* programs' first multiplexed calls by `int $0x80`, turned */
	uint64_t filters_extended, filters_left; /* programs' own filters that were extended, and left alone */
	uint64_t refused;                        /* calls that got ENOSYS */
	uint64_t server_ends;                    /* servers that were killed */
	uint64_t audited;                        /* programs whose multiplexed calls were let through: --audit */

	uint64_t remembered; /* how many refusals have been added: refused + audited */
	/* A ring, for agent_status_refusal(). One more than are shown, because one may be half-written. */
	struct agent_refusal refusals[AGENT_REFUSALS + 1];
	uint64_t latencies[AGENT_LATENCIES]; /* first calls by class of latency, from receipt to answer */
};

/*
 * Makes a container's file in `folder`, which is created with mode 0700 if it doesn't exist. Returns the mapped
 * status, which later children of this process share, with a descriptor in *lock that holds the lock until the last of
 * these processes has closed it; or a null pointer, with errno and -1 in *lock. A container without a file can still be
 * served.
 */
struct agent_status *agent_status_new(const char *folder, const struct agent_message *message, int *lock);

/* Removes the file. To be called by the last process that serves the container. */
void agent_status_remove(const char *folder, const struct agent_status *status);

/*
 * Adds a refused call or, with AGENT_AUDITED, an audited program. Makes a printable copy of `program`. If this process
 * is killed meanwhile, the last AGENT_REFUSALS refusals are still whole.
 */
void agent_status_add_refusal(struct agent_status *status, pid_t pid, const char *program, enum agent_reason reason);

/*
 * Returns refusal number `i`, counted from 0 since serving began. It must be one of the last AGENT_REFUSALS: `i` is
 * less than status->remembered, by AGENT_REFUSALS at most.
 */
const struct agent_refusal *agent_status_refusal(const struct agent_status *status, uint64_t i);

/* Adds a first call's latency. */
void agent_status_add_latency(struct agent_status *status, uint64_t microseconds);

/*
 * Calls each(context, status) for each container that is served, until a call returns another value than 0. Removes
 * files without a lock, whose containers aren't served any more. Returns 0, that other value, or -errno of opening the
 * folder.
 */
int agent_status_each(const char *folder, int (*each)(void *context, const struct agent_status *status), void *context);

/*
 * Returns the latency in microseconds that `per_mille` thousandths of the first calls didn't exceed, rounded up to its
 * class' end; 0 if there were no calls.
 */
uint64_t agent_status_latency(const struct agent_status *status, unsigned per_mille);

/* Returns a reason in words, for messages: "it has no 32-bit vDSO". */
const char *agent_reason_text(enum agent_reason reason);

#endif
