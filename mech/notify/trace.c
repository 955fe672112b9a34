/* SPDX-License-Identifier: MIT */
#include "mech/notify/trace.h"

#include "mech/notify/pass.h"
#include "mech/notify/start.h"
#include "mech/patch/patch.h"
#include "mech/patch/target.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128 /* linux/ptrace.h, which goes ill with sys/ptrace.h */
#endif

int trace_me(int socket, struct supervisor_refusal *refusal)
{
	int word = 0, none, r = pass_receive(socket, &word, &none);

	if (r)
		return start_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
	return word ? start_refuse(refusal, SUPERVISOR_NO_TRACING, word) : 0;
}

int trace_begin(int socket, pid_t program)
{
	long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	int error = -target_numbered();

	if (!error && ptrace(PTRACE_SEIZE, program, NULL, options))
		error = errno;
	pass_send(socket, error, -1);
	return -error;
}

/* A stopped process doesn't become another one. */
static int still(void *context)
{
	(void)context;
	return 1;
}

int trace_stop(pid_t pid, int status, supervisor_report *report)
{
	int event = status >> 16, signal = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXEC) {
		struct patch_result result = patch_process(pid, still, NULL);

		if (report && !result.no_vdso)
			report(pid, &result);
	}
	if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return 1;
	}
	ptrace(PTRACE_CONT, pid, NULL, event ? 0L : (long)signal);
	return 0;
}
