/* SPDX-License-Identifier: MIT
 * Serving one container, by two processes of its own: a guard and a server (run/supervise/guard.h), and the server's
 * worker (worker.h). */
#ifndef AGENT_CONTAINER_H
#define AGENT_CONTAINER_H

#include <stdbool.h>

#include "run/patch/image.h"

/* What `socketcall profile --audit` writes as listenerMetadata. */
#define AGENT_AUDIT_METADATA "socketcall-audit"

/* What containers have in common. */
struct agent_options {
	const char *folder; /* of the status files */
	/* This kernel's vDSO and its edit, seen in a process of the agent's own. No other one is patched. */
	const struct image *vdso;
	bool only_tracer_writes; /* agent_only_tracer_writes() */
	bool verbose;            /* each patched program is told of, too */
	/*
	 * In containers whose profile has the listenerMetadata AGENT_AUDIT_METADATA multiplexed calls are let through
	 * (SECCOMP_USER_NOTIF_FLAG_CONTINUE), and only told of.
	 */
	bool audit;
};

/*
 * In a process of its own, whose standard error is the agent's log: receives a container's state and listener from the
 * runtime's `connection`, and serves the container until its last process has ended. Returns the process' exit status.
 */
int agent_serve_connection(int connection, const struct agent_options *options);

#endif
