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
 * True if thread `pid` is still in the stop that waitpid() has returned. When a thread that isn't the thread-group
 * leader calls exec, the leader ends, and the other thread takes over its number. That thread then has a stop of its
 * own under this number, which waitpid() hasn't returned yet, and which waitid() with WNOWAIT shows here.
 */
static bool is_still_stopped(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) && !info.si_pid;
}

/*
 * Makes sure that ptrace requests can't reach another thread than the stopped thread `pid`, until it is let go on.
 * ptrace names threads by number alone, and a number can be given to another thread when its owner has ended. With
 * PTRACE_O_TRACEEXIT a thread stops once more before it ends, and keeps its number until it is let go on from that
 * stop. Returns false if the thread has ended already.
 */
static bool hold_thread(pid_t pid)
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

/* For patch_process(): a stopped, traced thread keeps its number. */
static bool is_stopped(void *context)
{
	(void)context;
	return true;
}

/* After exec the process is another program, whose first turned call is an event again. */
static void forget_told(struct supervisor *supervisor, pid_t process)
{
	struct status_identity identity = status_identify(process);
	struct int80_told *told = ring_find(&supervisor->int80_told, &identity, NULL);

	if (told)
		ring_forget(&supervisor->int80_told, told);
}

static struct resumption at_exec(struct supervisor *supervisor, pid_t pid)
{
	struct patch_result result = patch_process(&supervisor->patcher, pid, 0, is_stopped, NULL);
	struct registers32 registers;

	/* An `int $0x80` of the program's own is only worth mentioning if it isn't trapped. */
	result.has_other &= !supervisor->int80_trapped;
	forget_told(supervisor, pid);
	if (supervisor->options.on_event && registers_get(pid, &registers) == -ENOTSUP)
		supervisor_tell(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_NATIVE, .pid = pid });
	else
		supervisor_tell_patched(supervisor, pid, &result);
	return resume_with(0);
}

/* ---- SECCOMP_RET_TRACE ------------------------------------------------------------------------------------------- */

/* True if our own filter stopped the thread because it loads a filter: SECCOMP_RET_TRACE has the marker as its data. */
static bool is_filter_load(pid_t pid)
{
	unsigned long data = 0;

	return !ptrace(PTRACE_GETEVENTMSG, pid, NULL, &data) && data == FILTER_MARKER;
}

static struct resumption at_seccomp(struct supervisor *supervisor, pid_t pid)
{
	if (!hold_thread(pid))
		return resume_none();
	/*
	 * A filter of the program's own answered SECCOMP_RET_TRACE. As the program sees it, there is no tracer, and
	 * then the kernel makes such a call fail with ENOSYS.
	 */
	if (!is_filter_load(pid))
		remote_refuse(pid);
	else if (filter_load_traced(supervisor, pid))
		return resume_none();
	return resume_with(0);
}

/* ---- SIGSYS ------------------------------------------------------------------------------------------------------ */

static struct resumption at_sigsys(struct supervisor *supervisor, pid_t pid)
{
	if (!hold_thread(pid))
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
