/* SPDX-License-Identifier: MIT
 *
 * agent/: serves the containers of a host. A container's profile has i386's socketcall reported (SCMP_ACT_NOTIFY),
 * and the container runtime sends the listener to the agent's socket (the OCI runtime specification,
 * "listenerPath"). At a program's first multiplexed call the agent patches the program, so that the next ones are
 * direct, and has this one made directly, as `run` does where the filter is its own (run/supervise/multiplexed.h).
 * docs/agent-security.md says what is trusted, and what isn't.
 *
 *	agent.[ch]      the first process: accepts connections, each of which gets a process of its own
 *	inbox.[ch]      the socket, and what comes by it; message.[ch], the state that a runtime sends
 *	container.[ch]  serving one container
 *	worker.[ch]     the process that looks at a container's memory; confine.[ch], what processes give up
 *	status.[ch]     what is told of the containers; log.[ch], the log
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/container.h"
#include "run/supervise/supervisor.h"

/* Why an agent doesn't start. */
struct agent_failure {
	enum {
		AGENT_NO_32_BIT, /* the kernel runs no 32-bit programs, or their vDSO isn't of a known form */
		AGENT_NO_SOCKET, /* the socket can't be had */
		AGENT_NO_CALL,   /* a system call is refused without which nothing can be served: `refusal` */
	} what;
	int error; /* -errno */
	struct supervisor_refusal refusal;
};

/* Whether this process may make the system calls that serving takes. 0; or -errno with *failure. */
int agent_try_calls(struct agent_failure *failure);

/*
 * Finds out what this kernel's 32-bit vDSO is, from a 32-bit child. 0; or -errno with *failure. `vdso` is the caller's.
 */
int agent_learn_vdso(struct image *vdso, struct agent_failure *failure);

/*
 * Whether the kernel lets only a process' tracer write to its read-only memory through /proc/PID/mem, or nobody:
 * proc_mem.force_override= of Linux 6.12. ptrace(2) itself always lets the tracer write.
 */
bool agent_only_tracer_writes(void);

/* Opens the socket: the one that systemd has passed, or `path`. The descriptor, or -errno with *failure. */
int agent_open(const char *path, struct agent_failure *failure);

/*
 * Serves until SIGTERM or SIGINT comes. The containers' own processes serve on after that, until the containers end. 0;
 * or -errno, it can't be begun.
 */
int agent_serve(int socket, const struct agent_options *options);

#endif
