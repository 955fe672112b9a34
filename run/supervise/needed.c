/* SPDX-License-Identifier: MIT */
#include "run/supervise/needed.h"

#include "process/child.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	NONE = -1 /* no descriptor: EBADF */,
	NOT_OPEN = 1 << 30 /* a descriptor that isn't open; poll() would ignore a negative one */
};

/* ---- One try for each call: 0 if the kernel has answered it, or -errno of a filter ------------------------------- */

/*
 * `result` is what libc's function returned. `answer` is what the kernel answers without a filter: a result or -errno.
 */
static int check_answer(long result, long answer)
{
	long got = result < 0 ? -errno : result;

	if (got == answer)
		return 0;
	return got < 0 ? (int)got : -EPERM; /* a filter's errno can be 0, which looks like success */
}

/* A descriptor that isn't open is ready at once (POLLNVAL), so poll() doesn't wait. */
static int try_poll(void)
{
	struct pollfd polls[3] = { { .fd = NOT_OPEN }, { .fd = NONE }, { .fd = NONE } };

	return check_answer(poll(polls, sizeof polls / sizeof *polls, -1), 1);
}

static int try_ppoll(void)
{
	struct pollfd polls[2] = { { .fd = NOT_OPEN }, { .fd = NONE } };
	sigset_t none;

	sigemptyset(&none);
	return check_answer(ppoll(polls, sizeof polls / sizeof *polls, NULL, &none), 1);
}

static int try_wait4(void)
{
	return check_answer(waitpid(-1, NULL, WNOHANG | __WALL), -ECHILD);
}

/*
 * An error doesn't matter here, only whether a filter kills for the call. Not dumpable, this child leaves no core file
 * if a filter kills it for a later call. The child ends with its parent, because a filter's listener may never answer a
 * later call.
 */
static int try_prctl(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return 0;
}

static int try_ioctl(void)
{
	static const unsigned long requests[] = {
		SECCOMP_IOCTL_NOTIF_RECV,
		SECCOMP_IOCTL_NOTIF_SEND,
		SECCOMP_IOCTL_NOTIF_ID_VALID,
	};
	int r = 0;

	for (unsigned i = 0; !r && i < sizeof requests / sizeof *requests; i++)
		r = check_answer(ioctl(NONE, requests[i], NULL), -EBADF);
	return r;
}

static int try_read(void)
{
	char byte;

	return check_answer(read(NONE, &byte, 1), -EBADF);
}

static int try_write(void)
{
	return check_answer(write(NONE, "", 1), -EBADF);
}

static int try_sendmsg(void)
{
	struct msghdr message = { .msg_iovlen = 0 };

	return check_answer(sendmsg(NONE, &message, MSG_NOSIGNAL), -EBADF);
}

static int try_recvmsg(void)
{
	struct msghdr message = { .msg_iovlen = 0 };
	int r = check_answer(recvmsg(NONE, &message, MSG_CMSG_CLOEXEC), -EBADF);

	return r ? r : check_answer(recvmsg(NONE, &message, MSG_CMSG_CLOEXEC | MSG_PEEK), -EBADF);
}

/*
 * Blocks all signals, and leaves them blocked, because the child ends soon. Then checks that they are blocked: a filter
 * can answer 0 without making the call.
 */
static int try_sigprocmask(void)
{
	sigset_t all, now;
	int r;

	sigfillset(&all);
	sigemptyset(&now);
	r = check_answer(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	if (!r)
		r = check_answer(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	return r ? r : check_answer(sigismember(&now, SIGCHLD), 1);
}

static int try_sigpending(void)
{
	sigset_t pending;

	return check_answer(sigpending(&pending), 0);
}

static int try_signalfd(void)
{
	sigset_t all;

	sigfillset(&all);
	return check_answer(signalfd(NONE, &all, -1), -EINVAL);
}

static int try_socketpair(void)
{
	int ends[2] = { NONE, NONE };
	int r = check_answer(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);

	close(ends[0]);
	close(ends[1]);
	return r;
}

/* By syscall(), because libc declares that pipe2()'s pointer isn't null. */
static int try_pipe(void)
{
	return check_answer(syscall(SYS_pipe2, NULL, O_CLOEXEC), -EFAULT);
}

static int try_uname(void)
{
	struct utsname name;

	return check_answer(uname(&name), 0);
}

/*
 * An error doesn't matter here, only whether a filter kills for the call: loading the listener will return any error.
 */
static int try_seccomp(void)
{
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, NULL);
	return 0;
}

/* ---- All calls --------------------------------------------------------------------------------------------------- */

/* Sets of bits of enum needed_by. */
enum {
	LISTENING = NEEDED_BESIDE | NEEDED_ABOVE,
	ABOVE = NEEDED_ABOVE | NEEDED_BY_PTRACE,
	ALL = LISTENING | NEEDED_BY_PTRACE | NEEDED_BY_AGENT,
};

/*
 * A refusal's `call` is the index of a row, counted from 1. wait4() must be the first row, because try_in_child()
 * blames row 0 if it can't wait for the child.
 */
static const struct needed {
	const char *name;
	int (*try)(void);
	unsigned by; /* bits of enum needed_by */
	enum supervisor_obstacle obstacle;
} rows[] = {
	{ "wait4", try_wait4, ALL, SUPERVISOR_NO_PROCESS },
	{ "prctl", try_prctl, ALL, SUPERVISOR_NO_PROCESS },
	{ "waitid", child_try_waitid, ABOVE, SUPERVISOR_NO_PROCESS },
	{ "poll", try_poll, ABOVE | NEEDED_BY_AGENT, SUPERVISOR_NO_PROCESS },
	{ "ppoll", try_ppoll, NEEDED_BESIDE | NEEDED_BY_AGENT, SUPERVISOR_NO_PROCESS },
	{ "read", try_read, ALL, SUPERVISOR_NO_PROCESS },
	{ "write", try_write, ALL, SUPERVISOR_NO_PROCESS },
	{ "rt_sigprocmask", try_sigprocmask, ALL, SUPERVISOR_NO_PROCESS },
	{ "rt_sigpending", try_sigpending, ALL, SUPERVISOR_NO_PROCESS },
	{ "signalfd4", try_signalfd, ABOVE | NEEDED_BY_AGENT, SUPERVISOR_NO_PROCESS },
	{ "socketpair", try_socketpair, ALL, SUPERVISOR_NO_PROCESS },
	{ "pipe2", try_pipe, ALL, SUPERVISOR_NO_PROCESS },
	{ "sendmsg", try_sendmsg, LISTENING | NEEDED_BY_AGENT, SUPERVISOR_NO_PROCESS },
	{ "recvmsg", try_recvmsg, LISTENING | NEEDED_BY_AGENT, SUPERVISOR_NO_PROCESS },
	{ "ioctl", try_ioctl, LISTENING | NEEDED_BY_AGENT, SUPERVISOR_NO_LISTENER },
	{ "uname", try_uname, LISTENING, SUPERVISOR_NO_LISTENER },
	{ "seccomp", try_seccomp, LISTENING, SUPERVISOR_NO_LISTENER },
};

enum { ROWS = sizeof rows / sizeof *rows };

/* In memory shared with the child. */
struct progress {
	volatile unsigned row; /* the row that is being tried; ROWS: all rows were tried */
	volatile int error;    /* its result; -EPERM while it is tried, which stays if a filter kills the child */
};

static _Noreturn void try_all(struct progress *progress, enum needed_by by)
{
	for (progress->row = 0; progress->row < ROWS; progress->row++) {
		progress->error = -EPERM;
		progress->error = rows[progress->row].by & by ? rows[progress->row].try() : 0;
		if (progress->error)
			break;
	}
	_exit(0);
}

static int refuse(struct supervisor_refusal *refusal, unsigned row, int error)
{
	supervisor_refuse(refusal, rows[row].obstacle, -error);
	refusal->call = row + 1;
	return -1;
}

/* Fills *refusal for an error that isn't the fault of one of the calls. */
static int fail(struct supervisor_refusal *refusal, int error)
{
	supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, error);
	return -1;
}

/* Tries all rows in a child, which records its progress, and waits until it has ended. Returns as needed_try(). */
static int try_in_child(struct progress *progress, enum needed_by by, struct supervisor_refusal *refusal)
{
	pid_t pid = child_quiet();
	int status, r;

	if (pid == 0)
		try_all(progress, by);
	if (pid < 0)
		return fail(refusal, errno);
	r = child_wait(pid, &status);
	if (r)
		return refuse(refusal, 0, r);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGSYS)
		return fail(refusal, EPIPE); /* killed, but not by a filter: EPIPE, so that the start is tried again */
	return progress->row < ROWS ? refuse(refusal, progress->row, progress->error) : 0;
}

int needed_try(enum needed_by by, struct supervisor_refusal *refusal)
{
	struct progress *progress =
		mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (progress == MAP_FAILED)
		return fail(refusal, errno);
	r = try_in_child(progress, by, refusal);
	munmap(progress, sizeof *progress);
	return r;
}

const char *needed_name(unsigned call)
{
	return call > 0 && call <= ROWS ? rows[call - 1].name : "?";
}
