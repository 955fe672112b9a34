/* SPDX-License-Identifier: MIT */
#include "run/supervise/by_ptrace.h"

#include "filter/filter.h"
#include "filter/load.h"
#include "run/supervise/event.h"
#include "run/supervise/filter_loads.h"
#include "process/pass.h"
#include "process/ptrace.h"
#include "process/registers.h"
#include "process/remote.h"
#include "run/supervise/handshake.h"
#include "run/supervise/int80.h"
#include "run/patch/patch.h"
#include "process/status.h"
#include "filter/reports.h"
#include "filter/traps.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/wait.h>

/* Processes that were told of as having a trapped call; the oldest makes room. */
enum { TOLD_MOST = 64 };
static pid_t told[TOLD_MOST];
static unsigned next_told;

int trace_me(int socket, int traps, struct supervisor_refusal *refusal)
{
	struct sock_filter filter[FILTER_TRAPS_LENGTH], reports[FILTER_REPORTS_LENGTH];
	int word = 0, none, r = pass_receive(socket, &word, &none);

	if (r)
		return start_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
	if (word)
		return start_refuse(refusal, SUPERVISOR_NO_TRACING, word);
	r = traps ? filter_load(filter, filter_traps(filter, abi_arch("i386"))) : 0;
	if (r)
		return start_refuse(refusal, SUPERVISOR_NO_FILTER, -r);
	/* Where there can't be one, filters of programs are what is left alone. */
	filter_load(reports, filter_reports(reports, (struct filter_reported){
							     .start32 = SECCOMP_RET_ALLOW,
							     .load = SECCOMP_RET_TRACE | FILTER_MARKER,
							     .start64 = SECCOMP_RET_ALLOW,
						     }));
	return 0;
}

int trace_begin(int socket, pid_t program)
{
	int error = -status_check_namespace();

	if (!error && ptrace(PTRACE_SEIZE, program, NULL, (long)REMOTE_TRACED))
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

/* Of another program in the same process it is to be told again. */
static void forget(pid_t process)
{
	for (unsigned i = 0; i < TOLD_MOST; i++)
		if (told[i] == process)
			told[i] = 0;
}

/* Tells of a process' first trapped call. */
static void tell(pid_t thread, const struct supervisor_options *options)
{
	pid_t process = status_process(thread);

	for (unsigned i = 0; i < TOLD_MOST; i++)
		if (told[i] == process)
			return;
	told[next_told++ % TOLD_MOST] = process;
	event_tell(options, (struct supervisor_event){ .kind = SUPERVISOR_INT80_TURNED, .pid = process });
}

/*
 * Whether thread `pid`, whose stop was taken, is still in it. A process' first thread may be gone: when another thread execs,
 * that one gets its number, and has a stop of its own, which is to be taken yet.
 */
static int still_stopped(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) && !info.si_pid;
}

/*
 * Makes it sure that requests reach the stopped thread `pid` or nobody, until it is let go on: ptrace knows threads by number
 * alone. A thread that is to stop at its end keeps its number until it is let go from there. 0: it is gone already.
 */
static int hold(pid_t pid)
{
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (long)REMOTE_HELD);
	return still_stopped(pid);
}

/* Whether the thread has stopped for the filter loaded here, and not for one of the program's, which has no tracer. */
static int is_load(pid_t pid)
{
	unsigned long data = 0;

	return !ptrace(PTRACE_GETEVENTMSG, pid, NULL, &data) && data == FILTER_MARKER;
}

int trace_stop(pid_t pid, int status, const struct supervisor_options *options)
{
	int event = status >> 16, signal = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXEC) {
		struct patch_result result = patch_process(pid, still, NULL);
		struct registers32 registers;

		forget(pid);
		if (options->report && registers_get(pid, &registers) == -ENOTSUP)
			event_tell(options, (struct supervisor_event){ .kind = SUPERVISOR_NATIVE, .pid = pid });
		else
			event_tell_patch(options, pid, &result);
	}
	if ((event == PTRACE_EVENT_SECCOMP || (!event && signal == SIGSYS)) && !hold(pid))
		return 0;
	if (event == PTRACE_EVENT_SECCOMP) {
		if (!is_load(pid))
			remote_refuse(pid);
		else if (loads_stopped(pid, options))
			return 0;
	}
	if (!event && signal == SIGSYS) {
		enum trap_outcome outcome = trap_turn(pid);

		if (outcome == TRAP_TURNED && options->report)
			tell(pid, options);
		if (outcome != TRAP_OTHER)
			signal = 0;
	}
	if (!still_stopped(pid))
		return 0;
	if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return 1;
	}
	ptrace(PTRACE_CONT, pid, NULL, event ? 0L : (long)signal);
	return 0;
}
