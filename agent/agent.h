/* SPDX-License-Identifier: MIT
 *
 * agent/: serves the containers of a host. A container's seccomp profile reports i386's socketcall (SCMP_ACT_NOTIFY),
 * and the container runtime sends the listener to the agent's socket ("listenerPath" of the OCI runtime specification).
 * At a program's first multiplexed call the agent patches the program, so that its later calls are direct, and turns
 * this call into the direct one. `run` does the same where the filter is its own (run/supervise/multiplexed.h).
 * docs/agent-security.md says who is trusted, and who isn't.
 *
 *	agent.[ch]      the first process, which starts a child for each connection: the child accepts and serves it
 *	inbox.[ch]      the socket: receives a container's state and listener
 *	message.[ch]    reads the state, which is JSON
 *	container.[ch]  serves one container
 *	worker.[ch]     the processes that read and write containers' memory
 *	confine.[ch]    drops the privileges of servers and workers
 *	status.[ch]     the files behind --status
 *	log.[ch]        the log
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/container.h"
#include "run/supervise/supervisor.h"

/* Why an agent doesn't start. */
struct agent_failure {
	enum {
		AGENT_NO_32_BIT, /* the kernel runs no 32-bit programs, or their vDSO isn't of a known form */
		AGENT_NO_SOCKET, /* the socket can't be opened, or isn't a listening UNIX stream socket */
		AGENT_NO_CALL,   /* a seccomp filter refuses a system call that serving needs: `refusal` */
	} what;
	int error; /* -errno */
	struct supervisor_refusal refusal;
};

/*
 * Tries the system calls that serving needs, since a filter may refuse them to this process. Returns 0; or -errno, with
 * *failure.
 */
int agent_try_calls(struct agent_failure *failure);

/*
 * Starts a 32-bit child, and copies its vDSO, with the edit that patches it, to the caller's *vdso. Returns 0; or
 * -errno, with *failure.
 */
int agent_learn_vdso(struct image *vdso, struct agent_failure *failure);

/*
 * True if a process that isn't the tracer can't write to a process' read-only memory through /proc/PID/mem. The kernel
 * parameter proc_mem.force_override= (Linux 6.12) allows it to everybody, to the tracer, or to nobody. PTRACE_POKEDATA
 * always works.
 */
bool agent_only_tracer_writes(void);

/* Opens the socket that systemd has passed, or else binds one to `path`. Returns it; or -errno, with *failure. */
int agent_open(const char *path, struct agent_failure *failure);

/*
 * Logs where the agent listens, and accepts connections until SIGTERM or SIGINT comes. The processes that serve
 * containers go on after that, until their containers end. Returns 0; or -errno, if serving couldn't begin.
 */
int agent_serve(int socket, const struct agent_options *options);

#endif
