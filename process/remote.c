/* SPDX-License-Identifier: MIT */
#include "process/remote.h"

#include "abi/i386.h"
#include "abi/kernel.h"
#include "process/child.h"
#include "process/ptrace.h"
#include "process/status.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	SYSCALL_STOP =
		SIGTRAP | 0x80,  /* with PTRACE_O_TRACESYSGOOD, the signal of a stop at a call's beginning or end */
	PAUSE_FIRST = 20 * 1000, /* nanoseconds; each pause is twice as long as the one before, up to: */
	PAUSE_MOST = 5 * 1000 * 1000,
	PAUSES_BRIEF = 9, /* ten milliseconds in all: the bound of REMOTE_BRIEFLY */
	PATIENCE = 2,     /* seconds: then wait_for_stop() requests a stop */
};

/* A stop of a traced thread, as waitpid() reports it. */
struct stop {
	int event;  /* PTRACE_EVENT_*; 0: before a signal is delivered, or at the beginning or end of a system call */
	int signal; /* event 0: which signal, or SYSCALL_STOP */
	bool requested; /* the thread ran for two seconds without a stop, so wait_for_stop() has requested one */
};

int remote_try_ptrace(bool *allowed)
{
	int status = 0, r;
	pid_t pid = child_quiet();

	if (pid == 0) {
		ptrace(PTRACE_SEIZE, getpid(), NULL, NULL); /* always EPERM, but a filter may kill this child */
		_exit(child_try_waitid() ? 1 : 0);
	}
	if (pid < 0)
		return -errno;
	r = child_wait(pid, &status);
	if (!r)
		*allowed = WIFEXITED(status) && !WEXITSTATUS(status);
	return r;
}

int remote_attach(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)REMOTE_ATTACHED))
		return -errno;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	return 0;
}

int remote_attach_if(pid_t pid, bool (*is_still)(void *context), void *context)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)REMOTE_ATTACHED))
		return -errno;
	if (is_still(context)) {
		ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		return 0;
	}
	/* `pid` is another thread now, so detach. PTRACE_DETACH works only on a stopped thread: stop it first. */
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (!remote_wait(pid, 0))
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return -ESRCH;
}

/*
 * True when PATIENCE has passed since `begin`. The pauses can't be counted instead: on a busy machine each takes
 * several times as long as requested, and SIGCHLD cuts it short.
 */
static bool is_patience_over(const struct timespec *begin)
{
	struct timespec now = *begin;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - begin->tv_sec - (now.tv_nsec < begin->tv_nsec) >= PATIENCE;
}

/* Sleeps for `time`, or with REMOTE_BY_SIGNAL until SIGCHLD. Returns true if it slept for the whole time. */
static bool slept_whole_time(const struct timespec *time, unsigned how)
{
	sigset_t child;
	int signal;

	if (how & REMOTE_BY_SIGNAL) {
		sigemptyset(&child);
		sigaddset(&child, SIGCHLD);
		signal = sigtimedwait(&child, NULL, time);
		if (signal == SIGCHLD)
			return false;
		if (signal < 0 && errno == EAGAIN)
			return true;
		/* An outer filter refuses sigtimedwait(), which therefore hasn't slept. */
	}
	nanosleep(time, NULL);
	return true;
}

/*
 * True for a stop that comes when the thread ends or its process execs. The caller's own loop over its children must
 * take this stop.
 */
static bool is_exit_or_exec(const siginfo_t *info)
{
	int event = info->si_status >> 8;

	return event == PTRACE_EVENT_EXEC || event == PTRACE_EVENT_EXIT;
}

/*
 * Waits until thread `pid` stops, and takes that stop (the next waitpid() doesn't return it again). Returns 0 with
 * *stop; or -ESRCH when the thread ends. This end is left for the function that reaps the thread.
 *
 * This polls, because a blocking waitid() could wait for ever. waitid() reports a dead thread-group leader only after
 * all other threads of the process have been reaped. If another thread execs, that thread takes over the leader's
 * number, and waitid() never reports the dead leader. So when the pauses have reached their full length, this function
 * also checks whether this process still traces the thread. That is false for a dead thread, and for another thread
 * that has taken over the number and isn't traced.
 *
 * A thread that was continued to make a call may run other code without end instead. So after two seconds this function
 * requests a stop. With REMOTE_BRIEFLY it returns -EAGAIN after some ten milliseconds.
 */
static int wait_for_stop_as(unsigned how, pid_t pid, struct stop *stop)
{
	struct timespec pause = { .tv_nsec = PAUSE_FIRST }, begin = { 0 };
	bool is_requested = false;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (unsigned paused = 0;;) {
		siginfo_t info = { 0 };
		int status;

		if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL))
			return -ESRCH;
		if (info.si_pid) {
			if ((info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) || is_exit_or_exec(&info))
				return -ESRCH;
			if (waitpid(pid, &status, WNOHANG | __WALL) != pid)
				return -ESRCH;
			*stop = (struct stop){
				.event = status >> 16,
				.signal = WSTOPSIG(status),
				.requested = is_requested,
			};
			return 0;
		}
		if (pause.tv_nsec == PAUSE_MOST && !status_is_traced_by_us(pid))
			return -ESRCH;
		if (how & REMOTE_BRIEFLY && paused == PAUSES_BRIEF)
			return -EAGAIN;
		if (!is_requested && is_patience_over(&begin)) {
			ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
			is_requested = true;
		}
		if (!slept_whole_time(&pause, how))
			continue;
		paused++;
		pause.tv_nsec = pause.tv_nsec * 2 > PAUSE_MOST ? PAUSE_MOST : pause.tv_nsec * 2;
	}
}

static int wait_for_stop(pid_t pid, struct stop *stop)
{
	return wait_for_stop_as(0, pid, stop);
}

void remote_refuse(pid_t pid)
{
	registers_answer(pid, -ENOSYS);
}

/*
 * Sets whether the kernel kills the thread's process if this process ends (PTRACE_O_EXITKILL). It must do so while the
 * thread has other registers and another signal mask than its own. Otherwise the thread would run on with these.
 */
static int set_killed_with_us(const struct remote *remote, bool killed)
{
	long options = remote->stays_traced ? REMOTE_HELD : REMOTE_ATTACHED;

	if (killed)
		options |= PTRACE_O_EXITKILL;
	return ptrace(PTRACE_SETOPTIONS, remote->pid, NULL, options) ? -ESRCH : 0;
}

/*
 * Blocks all signals, so that no handler runs between the calls that are made here. SIGSYS is the exception: if a
 * filter answers one of these calls with SECCOMP_RET_TRAP, the kernel sends SIGSYS, and kills the process if it is
 * blocked. If the program itself blocks SIGSYS, it stays blocked, because another thread must then take a SIGSYS that
 * is sent to the process. So the caller must not make calls in a thread that blocks SIGSYS and has a filter that traps.
 */
static int block_signals(struct remote *remote)
{
	uint64_t blocked;

	if (set_killed_with_us(remote, true) ||
	    ptrace(PTRACE_GETSIGMASK, remote->pid, sizeof remote->blocked, &remote->blocked))
		return -ESRCH;
	blocked = ~(1ULL << (SIGSYS - 1)) | remote->blocked;
	return ptrace(PTRACE_SETSIGMASK, remote->pid, sizeof blocked, &blocked) ? -ESRCH : 0;
}

int remote_wait(pid_t pid, unsigned how)
{
	struct stop stop;

	for (;;) {
		int r = wait_for_stop_as(how, pid, &stop);

		if (r || stop.event == PTRACE_EVENT_STOP)
			return r;
		/* A signal came before the requested stop. Deliver it; the request remains pending. */
		ptrace(PTRACE_CONT, pid, NULL, (long)stop.signal);
	}
}

int remote_stop(struct remote *remote, pid_t pid)
{
	int r;

	*remote = (struct remote){ .pid = pid };
	if (remote_wait(pid, 0))
		return -ESRCH;
	r = registers_get(pid, &remote->registers);
	if (r == -ENOTSUP)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r ? r : block_signals(remote);
}

/*
 * The thread has stopped for a SIGSYS, which isn't delivered now. If a filter caused it, by a call that was made here,
 * it is dropped. Any other SIGSYS is the program's, and is kept for raise_sigsys().
 */
static void hold_back_sigsys(struct remote *remote)
{
	siginfo_t info;

	if (!ptrace(PTRACE_GETSIGINFO, remote->pid, NULL, &info) && info.si_code != SYS_SECCOMP)
		remote->sigsys = info;
}

/*
 * The thread should have made a call, but hasn't. Returns true if it merely hasn't run yet: it is still at the address
 * of its `int $0x80`, and the instruction is still there. Returns false if another thread of the program, or a process
 * that shares its memory, has replaced the instruction.
 */
static bool is_before_call(const struct remote *remote)
{
	static const unsigned char int80[] = { I386_INT80 };
	struct registers32 registers;

	if (registers_get(remote->pid, &registers) || registers.eip != remote->call_at)
		return false;
	for (unsigned i = 0; i < sizeof int80; i++) {
		uint32_t at = remote->call_at + i, first = at & -(uint32_t)sizeof(long);
		unsigned long word;

		errno = 0;
		word = (unsigned long)ptrace(PTRACE_PEEKTEXT, remote->pid, (uintptr_t)first, NULL);
		if (errno || (unsigned char)(word >> 8 * (at - first)) != int80[i])
			return false;
	}
	return true;
}

/*
 * Lets the thread run to the next beginning or end of a system call. Returns 0; -ESRCH; or -EPERM, the thread runs
 * other code than the call. Before that, the thread may stop for other reasons:
 *   SIGSYS               the only signal that isn't blocked: hold_back_sigsys()
 *   SIGSTOP              can't be blocked, and is delivered. It stops the other threads of the process at once. This
 *                        thread runs on, because its tracer continues it, and stops when it is released, unless SIGCONT
 *                        has come by then
 *   PTRACE_EVENT_STOP    the process was stopped by such a SIGSTOP, or wait_for_stop() has requested a stop
 *   PTRACE_EVENT_SECCOMP a filter of the program answers SECCOMP_RET_TRACE, which means ENOSYS without a tracer of the
 *                        program's own: remote_refuse()
 */
static int run_to_syscall_stop(struct remote *remote)
{
	struct stop stop;
	long signal = 0;

	do {
		if (ptrace(PTRACE_SYSCALL, remote->pid, NULL, signal) || wait_for_stop(remote->pid, &stop))
			return -ESRCH;
		if (stop.requested && stop.event == PTRACE_EVENT_STOP && !is_before_call(remote))
			return -EPERM;
		signal = !stop.event && stop.signal == SIGSTOP ? SIGSTOP : 0;
		if (!stop.event && stop.signal == SIGSYS)
			hold_back_sigsys(remote);
		if (stop.event == PTRACE_EVENT_STOP)
			remote->stop_seen = true;
		if (stop.event == PTRACE_EVENT_SECCOMP)
			remote_refuse(remote->pid);
	} while (stop.event || stop.signal != SYSCALL_STOP);
	return 0;
}

/*
 * PTRACE_EVENT_SECCOMP comes after the stop at the call's beginning. A system call number of -1 makes the kernel skip
 * the call, so the next stop is the one at the call's end.
 */
int remote_skip(struct remote *remote, pid_t pid)
{
	struct registers32 registers;
	int r;

	*remote = (struct remote){ .pid = pid, .stays_traced = true };
	r = registers_get(pid, &remote->registers);
	registers = remote->registers;
	registers.orig_eax = (uint32_t)-1;
	if (!r)
		r = block_signals(remote);
	if (!r)
		r = registers_set(pid, &registers);
	return r ? r : run_to_syscall_stop(remote);
}

/* True if a SIGSYS that a filter caused is pending for the thread. */
static bool has_sigsys_of_filter(pid_t pid)
{
	struct __ptrace_peeksiginfo_args from = { .nr = 1 };
	siginfo_t info;

	for (; ptrace(PTRACE_PEEKSIGINFO, pid, &from, &info) == 1; from.off++)
		if (info.si_signo == SIGSYS && info.si_code == SYS_SECCOMP)
			return true;
	return false;
}

int remote_call(struct remote *remote, uint32_t number, const uint32_t words[REMOTE_WORDS], uint32_t *result)
{
	struct registers32 registers = remote->registers;
	int r;

	registers.eax = number;
	/* -1: the thread is in no call. Otherwise the kernel might restart the call in which the thread was stopped. */
	registers.orig_eax = (uint32_t)-1;
	registers.ebx = words[0];
	registers.ecx = words[1];
	registers.edx = words[2];
	registers.esi = words[3];
	registers.edi = words[4];
	registers.ebp = words[5];
	registers.eip -= I386_INT80_BYTES;
	remote->call_at = registers.eip;
	r = registers_set(remote->pid, &registers);
	if (!r)
		r = run_to_syscall_stop(remote); /* the call's beginning */
	if (!r)
		r = run_to_syscall_stop(remote); /* the call's end */
	if (!r)
		r = registers_get(remote->pid, &registers);
	*result = registers.eax;
	/* A trapped call leaves its number in eax, but so may a call that was made. So look for the SIGSYS, too. */
	remote->trapped = !r && *result == number && has_sigsys_of_filter(remote->pid);
	return r;
}

/*
 * Sends remote->sigsys to the thread again. The thread is stopped at a call's end, where PTRACE_CONT with a signal
 * sends a new signal with a siginfo that the kernel makes up. The thread then stops once more before that signal is
 * delivered, and there the signal gets its original siginfo back. Returns the signal to continue the thread with from
 * that stop: SIGSYS, or 0 if the thread has ended. Before it continues the thread, the caller restores the thread's own
 * signal mask; if that blocks SIGSYS, the kernel keeps the signal pending.
 */
static long raise_sigsys(struct remote *remote)
{
	struct stop stop;
	long signal = SIGSYS;

	do {
		if (ptrace(PTRACE_CONT, remote->pid, NULL, signal) || wait_for_stop(remote->pid, &stop))
			return 0;
		signal = !stop.event && stop.signal == SIGSTOP ? SIGSTOP : 0;
		if (stop.event == PTRACE_EVENT_STOP)
			remote->stop_seen = true;
	} while (stop.event || stop.signal != SIGSYS);
	ptrace(PTRACE_SETSIGINFO, remote->pid, NULL, &remote->sigsys);
	return SIGSYS;
}

void remote_release(struct remote *remote, const uint32_t *result)
{
	struct registers32 registers = remote->registers;
	long signal = 0;

	if (result) {
		registers.eax = *result;
		registers.orig_eax = (uint32_t)-1;
		registers_set(remote->pid, &registers);
	}
	if (remote->sigsys.si_signo)
		signal = raise_sigsys(remote);
	ptrace(PTRACE_SETSIGMASK, remote->pid, sizeof remote->blocked, &remote->blocked);
	set_killed_with_us(remote, false);
	/*
	 * If the process was stopped meanwhile, this thread must stop, too. A detached thread does so by itself. For a
	 * thread that stays traced, a stop is requested here: it shows the caller's loop that the process is stopped,
	 * and the loop then keeps the thread stopped (PTRACE_LISTEN).
	 */
	if (remote->stays_traced && remote->stop_seen)
		ptrace(PTRACE_INTERRUPT, remote->pid, NULL, NULL);
	ptrace(remote->stays_traced ? PTRACE_CONT : PTRACE_DETACH, remote->pid, NULL, signal);
}
