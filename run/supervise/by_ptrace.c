/* SPDX-License-Identifier: MIT */
#include "run/supervise/by_ptrace.h"

#include "filter/filter.h"
#include "process/ptrace.h"
#include "process/registers.h"
#include "process/remote.h"
#include "process/status.h"
#include "run/patch/patch.h"
#include "run/supervise/answer.h"
#include "run/supervise/filter_loads.h"
#include "run/supervise/int80.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/*
 * Whether thread `pid`, whose stop waitpid() has told, is still in that stop. A process' first thread may be gone:
 * when another thread execs, it takes over the first one's number, and has a stop of its own, which waitpid()
 * hasn't told yet.
 */
static bool is_still_stopped(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) && !info.si_pid;
}

/*
 * Makes sure that requests reach the stopped thread `pid` or nobody, until it goes on: ptrace names threads by
 * their numbers alone. With PTRACE_O_TRACEEXIT a thread that ends stops once more, and keeps its number until it is
 * let go from there. False when it is gone already.
 */
static bool hold(pid_t pid)
{
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (long)REMOTE_HELD);
	return is_still_stopped(pid);
}

static struct resumption resume_with(int signal)
{
	return (struct resumption){ .how = RESUME_CONTINUE, .signal = signal };
}

static struct resumption resume_none(void)
{
	return (struct resumption){ .how = RESUME_NONE };
}

/* ---- Exec -------------------------------------------------------------------------------------------------------- */

/* For patch_process(). A stopped process stays the one that it is. */
static bool is_stopped(void *context)
{
	(void)context;
	return true;
}

/* The next program of this process is told of anew. */
static void forget_reported(struct supervisor *supervisor, pid_t process)
{
	struct status_identity identity = status_identify(process);
	struct int80_reported *reported = ring_find(&supervisor->int80_reported, &identity, NULL);

	if (reported)
		ring_forget(&supervisor->int80_reported, reported);
}

static struct resumption at_exec(struct supervisor *supervisor, pid_t pid)
{
	struct patch_result result = patch_process(&supervisor->patcher, pid, 0, is_stopped, NULL);
	struct registers32 registers;

	result.has_other =
		false; /* with a filter that traps such calls they are reached, and told of when they are made */
	forget_reported(supervisor, pid);
	if (supervisor->options.report && registers_get(pid, &registers) == -ENOTSUP)
		supervisor_tell(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_NATIVE, .pid = pid });
	else
		supervisor_tell_patched(supervisor, pid, &result);
	return resume_with(0);
}

/* ---- A filter that asks the tracer ------------------------------------------------------------------------------- */

/* Whether the thread has stopped because of the supervisor's own filter, which reports loads (filter/reports.h). */
static bool is_filter_load(pid_t pid)
{
	unsigned long data = 0;

	return !ptrace(PTRACE_GETEVENTMSG, pid, NULL, &data) && data == FILTER_MARKER;
}

static struct resumption at_seccomp(struct supervisor *supervisor, pid_t pid)
{
	if (!hold(pid))
		return resume_none();
	/* A filter of the program's own asks a tracer that the program knows. It has none: that is ENOSYS. */
	if (!is_filter_load(pid))
		remote_refuse(pid);
	else if (filter_load_traced(supervisor, pid))
		return resume_none();
	return resume_with(0);
}

/* ---- SIGSYS ------------------------------------------------------------------------------------------------------ */

static struct resumption at_sigsys(struct supervisor *supervisor, pid_t pid)
{
	if (!hold(pid))
		return resume_none();
	switch (int80_turn(supervisor, pid)) {
	case INT80_NOT_OURS:
		return resume_with(SIGSYS);
	case INT80_TURNED:
		supervisor_tell_int80(supervisor, pid);
		break;
	case INT80_REFUSED:
		break;
	}
	return resume_with(0);
}

/* ---- Every stop -------------------------------------------------------------------------------------------------- */

static struct resumption deal_with(struct supervisor *supervisor, pid_t pid, int status)
{
	int event = status >> 16, signal = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXEC)
		return at_exec(supervisor, pid);
	if (event == PTRACE_EVENT_SECCOMP)
		return at_seccomp(supervisor, pid);
	if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
		return (struct resumption){ .how = RESUME_LISTEN };
	if (event)
		return resume_with(0);
	return signal == SIGSYS ? at_sigsys(supervisor, pid) : resume_with(signal);
}

bool trace_stop(struct supervisor *supervisor, pid_t pid, int status)
{
	struct resumption resumption = deal_with(supervisor, pid, status);

	if (resumption.how == RESUME_NONE || !is_still_stopped(pid))
		return false;
	if (resumption.how == RESUME_LISTEN) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return true;
	}
	ptrace(PTRACE_CONT, pid, NULL, (long)resumption.signal);
	return false;
}
