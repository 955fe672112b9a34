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
		return "the supervisor can't be started";
	case SUPERVISOR_NO_MEMORY:
		return "the memory of other processes may not be written here";
	case SUPERVISOR_NO_LISTENER:
		return "a seccomp listener can't be had here";
	case SUPERVISOR_NO_TRACING:
		return "a child may not be traced here";
	case SUPERVISOR_NO_FILTER:
		return "a seccomp filter can't be loaded here";
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

/* Yama's ptrace_scope; without Yama it is as if that were 0. */
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

/* status_check_namespace()'s errors: /proc doesn't know the numbers by which processes are known here. */
static bool is_wrong_proc(int error)
{
	return error == ENOENT || error == ESRCH;
}

static struct refusal_advice advise_on_proc(void)
{
	return advise("/proc isn't that of this PID namespace", "mount it");
}

static struct refusal_advice advise_on_memory(int error)
{
	struct refusal_advice advice = { .why = "the memory of another process may not be written" };

	if (error == EIO)
		return advise("read-only memory may not be written by /proc/PID/mem",
			      "the kernel's command line, proc_mem.force_override=always (Linux 6.12)");
	if (is_wrong_proc(error))
		return advise_on_proc();
	if (yama_scope() == '0')
		return advise(advice.why, "CAP_SYS_PTRACE, a process that may be dumped, or a sandbox (Landlock) that "
					  "lets files be written");
	snprintf(advice.change, sizeof advice.change,
		 "kernel.yama.ptrace_scope, now %c, at 0 (at 1 a supervisor above will do), or CAP_SYS_PTRACE",
		 yama_scope());
	return advice;
}

static struct refusal_advice advise_on_listener(int error)
{
	if (error == EBUSY)
		return advise("an outer seccomp filter has a listener", "start 'socketcall run' outside of it");
	if (!listener_is_supported())
		return advise("the kernel has no seccomp listeners that can be used", "Linux 5.9 or later");
	return advise(strerror(error), "a sandbox that allows seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER");
}

static struct refusal_advice advise_on_tracing(int error)
{
	if (is_wrong_proc(error))
		return advise_on_proc();
	return advise("a child may not be traced", yama_scope() > '1'
							   ? "kernel.yama.ptrace_scope at 0 or 1, or CAP_SYS_PTRACE"
							   : "a sandbox that allows ptrace(2)");
}

/* A filter's error. The kernel's own are for want of processes, descriptors and memory. */
static bool is_refused_by_filter(int error)
{
	return error == EPERM || error == ENOSYS || error == EACCES;
}

static struct refusal_advice advise_on_call(const struct supervisor_refusal *refusal)
{
	struct refusal_advice advice = { .why = strerror(-refusal->error) };

	snprintf(advice.change, sizeof advice.change, "a sandbox that allows %s(2)", needed_name(refusal->call));
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
		return advise(strerror(-refusal->error), "a sandbox that allows seccomp filters to be loaded");
	case SUPERVISOR_NO_TRACING:
		return advise_on_tracing(-refusal->error);
	case SUPERVISOR_NO_PROCESS:
		break;
	}
	if (is_refused_by_filter(-refusal->error))
		return advise(strerror(-refusal->error), "a sandbox that allows clone(2)");
	return advise(strerror(-refusal->error), "more processes (ulimit -u, pids.max) and descriptors");
}
