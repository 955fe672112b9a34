/* SPDX-License-Identifier: MIT */
#include "mech/notify/remote.h"

#include "mech/notify/start.h"
#include "mech/patch/target.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* linux/ptrace.h has them, which goes ill with sys/ptrace.h. */
#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif
#ifndef PTRACE_GETSIGMASK
#define PTRACE_GETSIGMASK 0x420a
#define PTRACE_SETSIGMASK 0x420b
#endif

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code: asm-generic/siginfo.h */
#endif

enum {
	SYSCALL_STOP = SIGTRAP | 0x80, /* PTRACE_O_TRACESYSGOOD */
	PAUSE_FIRST = 20 * 1000,       /* nanoseconds */
	PAUSE_MOST = 5 * 1000 * 1000,
	PAUSES_MOST = 400, /* two seconds */
};

int remote_allowed(void)
{
	static int allowed = -1;
	int status = 0;
	pid_t pid;

	if (allowed >= 0)
		return allowed;
	pid = start_quiet_child();
	if (pid == 0) {
		ptrace(PTRACE_SEIZE, getpid(), NULL, NULL); /* EPERM */
		_exit(0);
	}
	if (pid < 0)
		return 0;
	while (waitpid(pid, &status, __WCLONE) < 0)
		if (errno != EINTR)
			return 0;
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
		if (pause.tv_nsec == PAUSE_MOST && !target_traced(pid))
			return -ESRCH;
		if (paused == PAUSES_MOST)
			ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
		nanosleep(&pause, NULL);
		pause.tv_nsec = pause.tv_nsec * 2 > PAUSE_MOST ? PAUSE_MOST : pause.tv_nsec * 2;
	}
}

/* What PTRACE_GETREGSET gives, by the thread's mode. */
union registers {
	struct registers32 word32;
	struct user_regs_struct word64;
};

void remote_refuse(pid_t pid)
{
	union registers registers;
	struct iovec set = { &registers, sizeof registers };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &set))
		return;
	if (set.iov_len == sizeof registers.word32) {
		registers.word32.orig_eax = (uint32_t)-1;
		registers.word32.eax = (uint32_t)-ENOSYS;
	} else {
		registers.word64.orig_rax = (unsigned long long)-1;
		registers.word64.rax = (unsigned long long)-ENOSYS;
	}
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &set);
}

int remote_registers(pid_t pid, struct registers32 *registers)
{
	union registers either;
	struct iovec set = { &either, sizeof either };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &set))
		return -ESRCH;
	*registers = either.word32;
	return set.iov_len == sizeof *registers ? 0 : -ENOTSUP;
}

static int set_registers(pid_t pid, struct registers32 *registers)
{
	struct iovec set = { registers, sizeof *registers };

	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &set) ? -ESRCH : 0;
}

/* Should this process be killed meanwhile, so is the thread's: it would go on with other registers, and signals blocked. */
static int set_fate(const struct remote *remote, int kill)
{
	long options = remote->traced ? REMOTE_HELD : REMOTE_ATTACHED;

	return ptrace(PTRACE_SETOPTIONS, remote->pid, NULL, kill ? options | PTRACE_O_EXITKILL : options) ? -ESRCH : 0;
}

/* No signal comes in between but, from a filter, SIGSYS: if that were blocked, it would be the program's end. */
static int block_signals(struct remote *remote)
{
	uint64_t blocked = ~(1ULL << (SIGSYS - 1));

	if (set_fate(remote, 1) || ptrace(PTRACE_GETSIGMASK, remote->pid, sizeof remote->mask, &remote->mask) ||
	    ptrace(PTRACE_SETSIGMASK, remote->pid, sizeof blocked, &blocked))
		return -ESRCH;
	return 0;
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
	r = remote_registers(pid, &remote->registers);
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
		if (asked && event == PTRACE_EVENT_STOP)
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
	r = remote_registers(pid, &remote->registers);
	registers = remote->registers;
	registers.orig_eax = (uint32_t)-1;
	if (!r)
		r = block_signals(remote);
	if (!r)
		r = set_registers(pid, &registers);
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
	struct iovec set = { &registers, sizeof registers };
	int r;

	registers.eax = number;
	registers.orig_eax = (uint32_t)-1; /* what it was stopped in isn't to be restarted */
	registers.ebx = words[0];
	registers.ecx = words[1];
	registers.edx = words[2];
	registers.esi = words[3];
	registers.edi = words[4];
	registers.ebp = words[5];
	registers.eip -= REMOTE_INSTRUCTION;
	r = set_registers(remote->pid, &registers);
	if (!r)
		r = to_syscall_stop(remote);
	if (!r)
		r = to_syscall_stop(remote);
	if (!r && ptrace(PTRACE_GETREGSET, remote->pid, NT_PRSTATUS, &set))
		r = -ESRCH;
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
		set_registers(remote->pid, &registers);
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
