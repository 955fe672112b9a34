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
	SYSCALL_STOP = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
	PAUSE_FIRST = 20 * 1000,       /* nanoseconds */
	PAUSE_MOST = 5 * 1000 * 1000,
	PAUSES_MOST = 400, /* two seconds */
};

bool remote_is_allowed(void)
{
	static int allowed = -1;
	int status = 0;
	pid_t pid;

	if (allowed >= 0)
		return allowed;
	pid = child_quiet();
	if (pid == 0) {
		ptrace(PTRACE_SEIZE, getpid(), NULL, NULL); /* EPERM */
		_exit(0);
	}
	if (pid < 0)
		return false;
	if (child_wait(pid, &status))
		return false;
	allowed = WIFEXITED(status);
	return allowed;
}

int remote_attach(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)REMOTE_ATTACHED))
		return -errno;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	return 0;
}

/*
 * Waits for a stop, and takes its status. The thread may end instead, and that is left to be seen by others, and so is its
 * stop before. Of its process' first thread there is no word of that until all others have been waited for, which is for
 * others, too; or, where another thread's exec ends it, none at all: then that thread has its number, and its stop is no
 * business of ours either. A thread that runs and runs, where it was to make a call, is asked to stop after a while: then the
 * answer is 1, else 0 or -ESRCH.
 */
static int wait_for_stop(pid_t pid, int *status)
{
	struct timespec pause = { .tv_nsec = PAUSE_FIRST };

	for (unsigned paused = 0;; paused++) {
		siginfo_t info = { 0 };

		if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL))
			return -ESRCH;
		if (info.si_pid && info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
			return -ESRCH;
		if (info.si_pid &&
		    (info.si_status >> 8 == PTRACE_EVENT_EXEC || info.si_status >> 8 == PTRACE_EVENT_EXIT))
			return -ESRCH;
		if (info.si_pid)
			return waitpid(pid, status, WNOHANG | __WALL) == pid ? paused > PAUSES_MOST : -ESRCH;
		if (pause.tv_nsec == PAUSE_MOST && !status_is_traced_by_us(pid))
			return -ESRCH;
		if (paused == PAUSES_MOST)
			ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec * 2 > PAUSE_MOST ? PAUSE_MOST : pause.tv_nsec * 2;
	}
}

void remote_refuse(pid_t pid)
{
	registers_answer(pid, -ENOSYS);
}

/* Should this process be killed meanwhile, so is the thread's: it would go on with other registers, and signals blocked. */
static int set_fate(const struct remote *remote, int kill)
{
	long options = remote->traced ? REMOTE_HELD : REMOTE_ATTACHED;

	return ptrace(PTRACE_SETOPTIONS, remote->pid, NULL, kill ? options | PTRACE_O_EXITKILL : options) ? -ESRCH : 0;
}

/*
 * No signal comes in between but, from a filter, SIGSYS: if that were blocked, it would be the program's end. Where the thread
 * has it blocked, no such filter is expected, and one that was sent is for other threads.
 */
static int block_signals(struct remote *remote)
{
	uint64_t blocked;

	if (set_fate(remote, 1) || ptrace(PTRACE_GETSIGMASK, remote->pid, sizeof remote->mask, &remote->mask))
		return -ESRCH;
	blocked = ~(1ULL << (SIGSYS - 1)) | remote->mask;
	return ptrace(PTRACE_SETSIGMASK, remote->pid, sizeof blocked, &blocked) ? -ESRCH : 0;
}

int remote_stop(struct remote *remote, pid_t pid)
{
	int status, r;

	*remote = (struct remote){ .pid = pid };
	do {
		if (wait_for_stop(pid, &status) < 0)
			return -ESRCH;
		if (status >> 16 != PTRACE_EVENT_STOP)
			ptrace(PTRACE_CONT, pid, NULL, (long)WSTOPSIG(status)); /* a signal's, on its way before */
	} while (status >> 16 != PTRACE_EVENT_STOP);
	r = registers_get(pid, &remote->registers);
	if (r == -ENOTSUP)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return r ? r : block_signals(remote);
}

/* A SIGSYS of a call made here is dropped, and one that somebody sent comes when the thread is let go. */
static void keep_signal(struct remote *remote)
{
	siginfo_t info;

	if (!ptrace(PTRACE_GETSIGINFO, remote->pid, NULL, &info) && info.si_code != SYS_SECCOMP)
		remote->kept = info;
}

/* Whether the thread, which was to make a call, only hasn't been run yet: the instruction is there, and is its next. */
static int is_waiting(const struct remote *remote)
{
	static const unsigned char int80[] = { I386_INT80 };
	struct registers32 registers;

	if (registers_get(remote->pid, &registers) || registers.eip != remote->from)
		return 0;
	for (unsigned i = 0; i < I386_INT80_BYTES; i++) {
		uint32_t at = remote->from + i, first = at & -(uint32_t)sizeof(long);
		unsigned long word;

		errno = 0;
		word = (unsigned long)ptrace(PTRACE_PEEKTEXT, remote->pid, (uintptr_t)first, NULL);
		if (errno || (unsigned char)(word >> 8 * (at - first)) != int80[i])
			return 0;
	}
	return 1;
}

/*
 * On to the next beginning or end of a system call. Of signals there can be SIGSYS, and SIGSTOP, which is passed on at once: it
 * stops the process but for this thread, which is stopped when it is let go, unless a SIGCONT has come meanwhile.
 */
static int to_syscall_stop(struct remote *remote)
{
	long signal = 0;
	int status, event, asked;

	do {
		if (ptrace(PTRACE_SYSCALL, remote->pid, NULL, signal))
			return -ESRCH;
		asked = wait_for_stop(remote->pid, &status);
		if (asked < 0)
			return asked;
		event = status >> 16;
		if (asked && event == PTRACE_EVENT_STOP && !is_waiting(remote))
			return -EPERM;
		signal = !event && WSTOPSIG(status) == SIGSTOP ? SIGSTOP : 0;
		if (!event && WSTOPSIG(status) == SIGSYS)
			keep_signal(remote);
		if (event == PTRACE_EVENT_STOP)
			remote->stopped = 1;
		if (event == PTRACE_EVENT_SECCOMP)
			remote_refuse(remote->pid);
	} while (event || WSTOPSIG(status) != SYSCALL_STOP);
	return 0;
}

int remote_skip(struct remote *remote, pid_t pid)
{
	struct registers32 registers;
	int r;

	*remote = (struct remote){ .pid = pid, .traced = 1 };
	r = registers_get(pid, &remote->registers);
	registers = remote->registers;
	registers.orig_eax = (uint32_t)-1;
	if (!r)
		r = block_signals(remote);
	if (!r)
		r = registers_set(pid, &registers);
	return r ? r : to_syscall_stop(remote);
}

/* Whether the call that has just ended was trapped by a filter: its SIGSYS waits. The number may be a call's result, too. */
static int is_trapped(pid_t pid)
{
	struct __ptrace_peeksiginfo_args from = { .nr = 1 };
	siginfo_t info;

	for (; ptrace(PTRACE_PEEKSIGINFO, pid, &from, &info) == 1; from.off++)
		if (info.si_signo == SIGSYS && info.si_code == SYS_SECCOMP)
			return 1;
	return 0;
}

int remote_call(struct remote *remote, uint32_t number, const uint32_t words[REMOTE_WORDS], uint32_t *result)
{
	struct registers32 registers = remote->registers;
	int r;

	registers.eax = number;
	registers.orig_eax = (uint32_t)-1; /* what it was stopped in isn't to be restarted */
	registers.ebx = words[0];
	registers.ecx = words[1];
	registers.edx = words[2];
	registers.esi = words[3];
	registers.edi = words[4];
	registers.ebp = words[5];
	registers.eip -= I386_INT80_BYTES;
	remote->from = registers.eip;
	r = registers_set(remote->pid, &registers);
	if (!r)
		r = to_syscall_stop(remote);
	if (!r)
		r = to_syscall_stop(remote);
	if (!r)
		r = registers_get(remote->pid, &registers);
	*result = registers.eax;
	remote->trapped = !r && *result == number && is_trapped(remote->pid);
	return r;
}

/*
 * Has the kept signal delivered: sent once more, and stopped for, it gets its siginfo back. Where it is blocked, it waits on.
 * Returns what the thread is to go on with.
 */
static long raise_kept(struct remote *remote)
{
	long signal = remote->kept.si_signo;
	int status;

	do {
		if (ptrace(PTRACE_CONT, remote->pid, NULL, signal) || wait_for_stop(remote->pid, &status) < 0)
			return 0;
		signal = !(status >> 16) && WSTOPSIG(status) == SIGSTOP ? SIGSTOP : 0;
		if (status >> 16 == PTRACE_EVENT_STOP)
			remote->stopped = 1;
	} while (status >> 16 || WSTOPSIG(status) != SIGSYS);
	ptrace(PTRACE_SETSIGINFO, remote->pid, NULL, &remote->kept);
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
	if (remote->kept.si_signo)
		signal = raise_kept(remote);
	ptrace(PTRACE_SETSIGMASK, remote->pid, sizeof remote->mask, &remote->mask);
	set_fate(remote, 0);
	/* As of a stopped process it stops again: at a PTRACE_EVENT_STOP, or by itself. */
	if (remote->traced && remote->stopped)
		ptrace(PTRACE_INTERRUPT, remote->pid, NULL, NULL);
	ptrace(remote->traced ? PTRACE_CONT : PTRACE_DETACH, remote->pid, NULL, signal);
}
