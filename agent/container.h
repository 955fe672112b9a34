/* SPDX-License-Identifier: MIT
 * Serves one container. Each container has processes of its own: a guard and a server (run/supervise/guard.h), and the
 * server's workers (worker.h). */
#ifndef AGENT_CONTAINER_H
#define AGENT_CONTAINER_H

#include <stdbool.h>

#include "run/patch/image.h"

/* The listenerMetadata that `socketcall profile --audit` writes. */
#define AGENT_AUDIT_METADATA "socketcall-audit"

/* Options that apply to all containers. */
struct agent_options {
	const char *folder; /* of the status files */
	/* This kernel's vDSO and its edit, from agent_learn_vdso(). A process with another vDSO isn't patched. */
	const struct image *vdso;
	bool only_tracer_writes; /* agent_only_tracer_writes() */
	bool verbose;            /* log each patched program, too */
	/*
	 * In containers whose profile has the listenerMetadata AGENT_AUDIT_METADATA, let multiplexed calls through
	 * (SECCOMP_USER_NOTIF_FLAG_CONTINUE), and log the programs that make them.
	 */
	bool audit;
};

/*
 * To be called in a child of the agent, whose standard error is the agent's log. Receives a container's state and
 * listener from the runtime's `connection`, and serves the container until its last process has ended. Returns the
 * exit status for the child.
 */
int agent_serve_connection(int connection, const struct agent_options *options);

#endif
