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
		SIGTRAP | 0x80,  /* the stop's signal at the beginning and the end of a call: PTRACE_O_TRACESYSGOOD */
	PAUSE_FIRST = 20 * 1000, /* nanoseconds */
	PAUSE_MOST = 5 * 1000 * 1000,
	PAUSES_MOST = 400, /* two seconds */
	PAUSES_BRIEF = 9,  /* ten milliseconds */
};

/* A stop of a traced thread, as waitpid() tells it. */
struct stop {
	int event;  /* PTRACE_EVENT_*; 0: before a signal is delivered, or at the beginning or end of a system call */
	int signal; /* event 0: which signal, or SYSCALL_STOP */
	bool requested; /* wait_for_stop() has requested a stop, because the thread ran for long without one */
};

int remote_try_ptrace(bool *allowed)
{
	int status = 0, r;
	pid_t pid = child_quiet();

	if (pid == 0) {
		ptrace(PTRACE_SEIZE, getpid(), NULL, NULL); /* EPERM, unless a filter kills this child */
		_exit(child_may_waitid() ? 1 : 0);
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
	/* Only a stopped thread can be detached from. */
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (!remote_wait(pid, 0))
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return -ESRCH;
}

/* Waits for that time: true. Or until a child changes: false. */
static bool has_paused(const struct timespec *time, unsigned how)
{
	sigset_t child;

	if (!(how & REMOTE_BY_SIGNAL)) {
		nanosleep(time, NULL);
		return true;
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	return sigtimedwait(&child, NULL, time) != SIGCHLD;
}

/* The last stop of a thread, before it ends or before an exec of its process ends it. It is another loop's to take. */
static bool is_end(const siginfo_t *info)
{
	int event = info->si_status >> 8;

	return event == PTRACE_EVENT_EXEC || event == PTRACE_EVENT_EXIT;
}

/*
 * Waits until thread `pid` stops, and takes that stop: 0 with *stop. -ESRCH when the thread ends; then nothing is
 * taken, so that whoever reaps it sees its end.
 *
 * A call of waitid() that waits wouldn't do, since the end of a thread isn't always reported. A dead thread-group
 * leader is reported only after all other threads of its process have been reaped, which isn't our business. If another
 * thread execs, it takes over the leader's number, and the dead leader is never reported; what is reported of that
 * number from then on is the other thread's. So this polls. Once it has polled for a while, it also looks whether this
 * process still traces the thread, which isn't true of a dead one, nor of one that only has its number.
 *
 * A thread that has been let go on, to make a call, may run without end instead: after two seconds it is requested to
 * stop. With REMOTE_BRIEFLY it isn't waited for so long: -EAGAIN.
 */
static int wait_for_stop_as(unsigned how, pid_t pid, struct stop *stop)
{
	struct timespec pause = { .tv_nsec = PAUSE_FIRST };

	for (unsigned paused = 0;;) {
		siginfo_t info = { 0 };
		int status;

		if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL))
			return -ESRCH;
		if (info.si_pid) {
			if ((info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED) || is_end(&info))
				return -ESRCH;
			if (waitpid(pid, &status, WNOHANG | __WALL) != pid)
				return -ESRCH;
			*stop = (struct stop){
				.event = status >> 16,
				.signal = WSTOPSIG(status),
				.requested = paused > PAUSES_MOST,
			};
			return 0;
		}
		if (pause.tv_nsec == PAUSE_MOST && !status_is_traced_by_us(pid))
			return -ESRCH;
		if (how & REMOTE_BRIEFLY && paused == PAUSES_BRIEF)
			return -EAGAIN;
		if (paused == PAUSES_MOST)
			ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		if (!has_paused(&pause, how))
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
 * While the thread has other registers and another signal mask than its own, it must not go on without us: so if this
 * process is killed, the kernel is to kill the thread's process as well.
 */
static int set_killed_with_us(const struct remote *remote, bool killed)
{
	long options = remote->stays_traced ? REMOTE_HELD : REMOTE_ATTACHED;

	if (killed)
		options |= PTRACE_O_EXITKILL;
	return ptrace(PTRACE_SETOPTIONS, remote->pid, NULL, options) ? -ESRCH : 0;
}

/*
 * Blocks all signals, so that no handler runs between the calls that are made here, but not SIGSYS, unless the program
 * itself blocks it. SIGSYS is what a filter sends that answers one of these calls with SECCOMP_RET_TRAP, and the kernel
 * kills a process to which it sends a blocked SIGSYS. A program that blocks SIGSYS itself keeps it blocked: a SIGSYS
 * that somebody sends to its process is meant for other threads of it. The caller has to leave alone such a thread if
 * it has a filter that traps.
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
		/* A signal that was on its way before the requested stop: it is delivered, and the request stands. */
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
 * The thread has stopped for a SIGSYS, which isn't delivered now. If a filter sent it, because of a call made here, it
 * is dropped. If somebody else did, or had sent it before while it was blocked, it is remembered for raise_sigsys().
 */
static void hold_back_sigsys(struct remote *remote)
{
	siginfo_t info;

	if (!ptrace(PTRACE_GETSIGINFO, remote->pid, NULL, &info) && info.si_code != SYS_SECCOMP)
		remote->sigsys = info;
}

/*
 * Whether the thread, which should have made a call and hasn't, only wasn't run: the instruction is still its next one,
 * and still there. Another thread of the program, or a process that shares its memory, may have replaced it by
 * something else.
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
 * Lets the thread go on to the next beginning or end of a system call. 0; -ESRCH; -EPERM, it runs other code than the
 * call. It may stop for other reasons before:
 *   SIGSYS               the only signal that isn't blocked: hold_back_sigsys()
 *   SIGSTOP              can't be blocked, and is delivered. It stops the process' other threads now; this one goes on,
 *                        because its tracer lets it, and stops when it is released, unless a SIGCONT has come by then
 *   PTRACE_EVENT_STOP    the process has been stopped, as just said; or wait_for_stop() has requested it
 *   PTRACE_EVENT_SECCOMP a filter of the program's has its tracer asked, which it doesn't have
 */
static int to_syscall_stop(struct remote *remote)
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
 * PTRACE_EVENT_SECCOMP comes after the stop at the call's beginning, and a number of -1 skips the call: its end comes
 * next.
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
	return r ? r : to_syscall_stop(remote);
}

/* Whether a SIGSYS that a filter sent waits for the thread. */
static bool has_filters_sigsys(pid_t pid)
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
	registers.orig_eax =
		(uint32_t)-1; /* otherwise the kernel might restart the call that the thread was stopped in */
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
		r = to_syscall_stop(remote); /* its beginning */
	if (!r)
		r = to_syscall_stop(remote); /* its end */
	if (!r)
		r = registers_get(remote->pid, &registers);
	*result = registers.eax;
	/* A trapped call leaves its number in eax. That alone could also be the result of a call that was made. */
	remote->trapped = !r && *result == number && has_filters_sigsys(remote->pid);
	return r;
}

/*
 * Has remote->sigsys delivered. A signal with which a thread goes on from a call's end is sent to it anew, and it stops
 * once more, before the delivery: there the signal gets its old siginfo back. Returns the signal that the thread is to
 * go on with from that stop, SIGSYS, or 0 when it is gone. If its own mask, which is put back before it goes on, blocks
 * the signal, the kernel keeps it pending.
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
	 * If its process is stopped, this thread is to stop with it. Detached, it does so by itself. If it stays
	 * traced, the stop that is requested here tells the caller, whose loop then keeps it stopped (PTRACE_LISTEN).
	 */
	if (remote->stays_traced && remote->stop_seen)
		ptrace(PTRACE_INTERRUPT, remote->pid, NULL, NULL);
	ptrace(remote->stays_traced ? PTRACE_CONT : PTRACE_DETACH, remote->pid, NULL, signal);
}
