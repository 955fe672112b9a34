/* SPDX-License-Identifier: MIT */
#include "cli/refusal.h"

#include "process/listener.h"
#include "run/supervise/needed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *describe_obstacle(enum supervisor_obstacle obstacle)
{
	switch (obstacle) {
	case SUPERVISOR_NO_PROCESS:
		return "cannot start the supervisor";
	case SUPERVISOR_NO_MEMORY:
		return "cannot write the memory of other processes";
	case SUPERVISOR_NO_LISTENER:
		return "cannot create a seccomp notification listener";
	case SUPERVISOR_NO_TRACING:
		return "cannot trace a child process";
	case SUPERVISOR_NO_FILTER:
		return "cannot load a seccomp filter";
	}
	return "?";
}

struct refusal_text refusal_describe(const struct supervisor_refusal *refusal)
{
	struct refusal_text text;

	snprintf(text.text, sizeof text.text, "%s (%s%s%s)", describe_obstacle(refusal->obstacle),
		 refusal->call ? needed_name(refusal->call) : "", refusal->call ? ": " : "", strerror(-refusal->error));
	return text;
}

/* Yama's ptrace_scope. A kernel without Yama behaves as with 0. */
static char yama_scope(void)
{
	char scope = '0';
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!read(fd, &scope, 1);
		close(fd);
	}
	return scope;
}

static struct refusal_advice advise(const char *why, const char *change)
{
	struct refusal_advice advice = { .why = why };

	snprintf(advice.change, sizeof advice.change, "%s", change);
	return advice;
}

/*
 * True for status_check_namespace()'s errors: /proc is another PID namespace's, so its process numbers differ from
 * ours.
 */
static bool is_wrong_proc(int error)
{
	return error == ENOENT || error == ESRCH;
}

static struct refusal_advice advise_on_proc(void)
{
	return advise("/proc is not that of this PID namespace", "mount proc in this PID namespace");
}

static struct refusal_advice advise_on_memory(int error)
{
	struct refusal_advice advice = { .why = "cannot write the memory of another process" };

	if (error == EIO)
		return advise("/proc/PID/mem does not write to read-only memory",
			      "boot the kernel with proc_mem.force_override=always (Linux 6.12 or later)");
	if (is_wrong_proc(error))
		return advise_on_proc();
	if (yama_scope() == '0')
		return advise(advice.why, "give it CAP_SYS_PTRACE, make the process dumpable, or have the sandbox "
					  "(Landlock) allow writing files");
	snprintf(advice.change, sizeof advice.change,
		 "set kernel.yama.ptrace_scope, now %c, to 0 (1 is enough for a supervisor above), or give it "
		 "CAP_SYS_PTRACE",
		 yama_scope());
	return advice;
}

static struct refusal_advice advise_on_listener(int error)
{
	if (error == EBUSY)
		return advise("an outer seccomp filter has a listener",
			      "start 'socketcall run' outside of that filter");
	if (!listener_is_supported())
		return advise("the kernel has no usable seccomp notification listeners", "use Linux 5.9 or later");
	return advise(strerror(error), "have the sandbox allow seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER");
}

static struct refusal_advice advise_on_tracing(int error)
{
	if (is_wrong_proc(error))
		return advise_on_proc();
	return advise("cannot trace a child process",
		      yama_scope() > '1' ? "set kernel.yama.ptrace_scope to 0 or 1, or give it CAP_SYS_PTRACE"
					 : "have the sandbox allow ptrace(2)");
}

/* True if a filter gave the error: the kernel itself refuses these calls only for lack of processes or memory. */
static bool is_refused_by_filter(int error)
{
	return error == EPERM || error == ENOSYS || error == EACCES;
}

static struct refusal_advice advise_on_call(const struct supervisor_refusal *refusal)
{
	struct refusal_advice advice = { .why = strerror(-refusal->error) };

	snprintf(advice.change, sizeof advice.change, "have the sandbox allow %s(2)", needed_name(refusal->call));
	return advice;
}

struct refusal_advice refusal_advise(const struct supervisor_refusal *refusal)
{
	if (refusal->call && is_refused_by_filter(-refusal->error))
		return advise_on_call(refusal);
	switch (refusal->obstacle) {
	case SUPERVISOR_NO_MEMORY:
		return advise_on_memory(-refusal->error);
	case SUPERVISOR_NO_LISTENER:
		return advise_on_listener(-refusal->error);
	case SUPERVISOR_NO_FILTER:
		return advise(strerror(-refusal->error), "have the sandbox allow loading seccomp filters");
	case SUPERVISOR_NO_TRACING:
		return advise_on_tracing(-refusal->error);
	case SUPERVISOR_NO_PROCESS:
		break;
	}
	if (is_refused_by_filter(-refusal->error))
		return advise(strerror(-refusal->error), "have the sandbox allow clone(2)");
	return advise(strerror(-refusal->error), "allow more processes (ulimit -u, pids.max) and descriptors");
}
