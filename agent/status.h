/* SPDX-License-Identifier: MIT
 * What an agent's processes tell of the containers that they serve. Each container
 * has a file, a struct agent_status, in one folder; who serves the container has it mapped and holds a lock on it.
 * So it outlives the agent's first process, and whoever may read the folder can read it without asking anybody. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/message.h"

enum {
	AGENT_REFUSALS = 16,  /* of a container's refused calls so many are remembered, the last ones */
	AGENT_LATENCIES = 24, /* classes of first calls' latencies: class i is of 2^i to 2^(i+1) microseconds */
	AGENT_COMM_SIZE = 16, /* of a program's name (proc(5), comm) */
};

/* Why a multiplexed call was answered ENOSYS. */
enum agent_reason {
	AGENT_CANNOT_TRACE,   /* its thread can't be traced: a debugger has it, or ptrace(2) isn't permitted */
	AGENT_CANNOT_WRITE,   /* its memory can't be opened or written, or its stack pointer leads nowhere */
	AGENT_NO_VDSO,        /* its process has no 32-bit vDSO */
	AGENT_OTHER_VDSO,     /* its process' vDSO isn't the one of this kernel */
	AGENT_NO_DIRECT_CALL, /* the kernel has no direct call for it, or a filter refuses it */
	AGENT_NOT_SEEN,       /* its process isn't in the agent's PID namespace, or below that */
	AGENT_NO_ANSWER,      /* the process that looks at its memory was lost, or did not answer in time */
	AGENT_AUDITED,        /* none: it was let through, and is here because it was made (--audit) */
	AGENT_UNKNOWN_CALL,   /* it is a call that this agent has no business with: the profile reports too much */
	AGENT_REASONS,
};

struct agent_refusal {
	int64_t time; /* CLOCK_REALTIME, seconds */
	int32_t pid;  /* of the thread, in the agent's PID namespace */
	uint32_t reason;
	char program[AGENT_COMM_SIZE]; /* printable */
};

enum { AGENT_STATUS_VERSION = 0x53430002 };

struct agent_status {
	uint32_t version;
	int32_t pid; /* of whoever serves */
	int64_t since;
	char container[AGENT_NAME_SIZE], metadata[AGENT_NAME_SIZE]; /* struct agent_message's */
	/* Counts of: programs that were patched, of these with glibc's stubs and Go's; calls that were turned;
	 * programs' own filters that were extended, or left alone; calls that got ENOSYS; servers that were
	 * killed. */
	uint64_t patched, stubs, go, turned, filters_extended, filters_left, refused, server_ends;
	uint64_t audited;                              /* programs whose multiplexed calls were let through: --audit */
	uint64_t remembered;                           /* calls that were refused, and programs that were audited */
	struct agent_refusal refusals[AGENT_REFUSALS]; /* the last one is refusals[(remembered - 1) % AGENT_REFUSALS] */
	uint64_t latencies[AGENT_LATENCIES];           /* how many first calls, from their report to their answer */
};

/*
 * Makes a container's file in `folder`, which it creates with mode 0700 if it isn't there. The status, mapped and
 * shared with the processes that are forked from now on, and *lock, a descriptor that holds the lock as long as
 * one of them has it; or a null pointer, with errno: then who serves has none, which is no reason not to serve.
 */
struct agent_status *agent_status_new(const char *folder, const struct agent_message *message, int *lock);

/* Removes the file. To be called by the last one who serves the container. */
void agent_status_remove(const char *folder, const struct agent_status *status);

/* Adds a refusal, or with AGENT_AUDITED a program that is audited. `program` is made printable. */
void agent_status_refuse(struct agent_status *status, pid_t pid, const char *program, enum agent_reason reason);

/* Adds a first call's latency. */
void agent_status_took(struct agent_status *status, uint64_t microseconds);

/*
 * Calls each(context, status) for each container that is served; files that nobody serves any more are removed. 0, what
 * each() returned if that isn't 0, or -errno of opening the folder.
 */
int agent_status_each(const char *folder, int (*each)(void *context, const struct agent_status *status), void *context);

/* The latency in microseconds that `per_mille` of a container's first calls didn't exceed, rounded up to a class'
 * end. */
uint64_t agent_status_latency(const struct agent_status *status, unsigned per_mille);

/* "it has no 32-bit vDSO": a reason in words. */
const char *agent_reason_text(enum agent_reason reason);

#endif
