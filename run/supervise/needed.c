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

enum { NONE = -1 /* no descriptor */, NOT_OPEN = 1 << 30 /* no descriptor either, but one that poll() looks at */ };

/* ---- One try each: 0 if the kernel has answered, or -errno ------------------------------------------------------- */

/* `result` and errno are libc's; `answer` is what the kernel answers, as a result or as -errno. */
static int compare(long result, long answer)
{
	long got = result < 0 ? -errno : result;

	if (got == answer)
		return 0;
	return got < 0 ? (int)got : -EPERM; /* a filter's errno may be 0 */
}

/* A descriptor that isn't open is ready at once (POLLNVAL), so this doesn't wait. */
static int try_poll(void)
{
	struct pollfd polls[3] = { { .fd = NOT_OPEN }, { .fd = NONE }, { .fd = NONE } };

	return compare(poll(polls, sizeof polls / sizeof *polls, -1), 1);
}

static int try_ppoll(void)
{
	struct pollfd polls[2] = { { .fd = NOT_OPEN }, { .fd = NONE } };
	sigset_t none;

	sigemptyset(&none);
	return compare(ppoll(polls, sizeof polls / sizeof *polls, NULL, &none), 1);
}

static int try_wait4(void)
{
	return compare(waitpid(-1, NULL, WNOHANG | __WALL), -ECHILD);
}

/* Whether a filter kills for it is what is wanted. No core is to be left if one kills for a later call. */
static int try_prctl(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
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
		r = compare(ioctl(NONE, requests[i], NULL), -EBADF);
	return r;
}

static int try_read(void)
{
	char byte;

	return compare(read(NONE, &byte, 1), -EBADF);
}

static int try_write(void)
{
	return compare(write(NONE, "", 1), -EBADF);
}

static int try_sendmsg(void)
{
	struct msghdr message = { .msg_iovlen = 0 };

	return compare(sendmsg(NONE, &message, MSG_NOSIGNAL), -EBADF);
}

static int try_recvmsg(void)
{
	struct msghdr message = { .msg_iovlen = 0 };
	int r = compare(recvmsg(NONE, &message, MSG_CMSG_CLOEXEC), -EBADF);

	return r ? r : compare(recvmsg(NONE, &message, MSG_CMSG_CLOEXEC | MSG_PEEK), -EBADF);
}

/* Blocks all signals: the child ends soon. */
static int try_sigprocmask(void)
{
	sigset_t all, now;
	int r;

	sigfillset(&all);
	sigemptyset(&now);
	r = compare(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	if (!r)
		r = compare(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	return r ? r : compare(sigismember(&now, SIGCHLD), 1);
}

static int try_sigpending(void)
{
	sigset_t pending;

	return compare(sigpending(&pending), 0);
}

static int try_signalfd(void)
{
	sigset_t all;

	sigfillset(&all);
	return compare(signalfd(NONE, &all, -1), -EINVAL);
}

static int try_socketpair(void)
{
	int ends[2] = { NONE, NONE };
	int r = compare(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);

	close(ends[0]);
	close(ends[1]);
	return r;
}

/* libc's pipe2() is declared to want a pointer. */
static int try_pipe(void)
{
	return compare(syscall(SYS_pipe2, NULL, O_CLOEXEC), -EFAULT);
}

static int try_uname(void)
{
	struct utsname name;

	return compare(uname(&name), 0);
}

/* Whether a filter kills for it is what is wanted: what else is in the way of a listener, loading one will say. */
static int try_seccomp(void)
{
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, NULL);
	return 0;
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

enum {
	LISTENING = NEEDED_BESIDE | NEEDED_ABOVE,
	STARTING = LISTENING | NEEDED_BY_PTRACE,
	ABOVE = NEEDED_ABOVE | NEEDED_BY_PTRACE,
	ALL = STARTING | NEEDED_BY_AGENT,
};

/* A refusal's `call` is a row's number, counted from 1. wait4() comes first: by it is known how the child has ended. */
static const struct needed {
	const char *name;
	int (*try)(void);
	unsigned by; /* enum needed_by, or-ed */
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

/* Shared with the child. */
struct page {
	volatile unsigned row; /* that is being tried */
	volatile int error;    /* what came of it, or -EPERM while it is tried */
};

static _Noreturn void try_all(struct page *page, enum needed_by by)
{
	for (page->row = 0; page->row < ROWS; page->row++) {
		page->error = -EPERM;
		page->error = rows[page->row].by & by ? rows[page->row].try() : 0;
		if (page->error)
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

/* The same for what is no single call's fault. */
static int fail(struct supervisor_refusal *refusal, int error)
{
	supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, error);
	return -1;
}

/* With the page, tries everything in a child, and waits until it has ended. Returns as needed_try(). */
static int try_in_child(struct page *page, enum needed_by by, struct supervisor_refusal *refusal)
{
	pid_t pid = child_quiet();
	int status, r;

	if (pid == 0)
		try_all(page, by);
	if (pid < 0)
		return fail(refusal, errno);
	r = child_wait(pid, &status);
	if (r)
		return refuse(refusal, 0, r);
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGSYS)
		return fail(refusal, EPIPE); /* somebody has killed it, as he might any process of a start */
	return page->row < ROWS ? refuse(refusal, page->row, page->error) : 0;
}

int needed_try(enum needed_by by, struct supervisor_refusal *refusal)
{
	struct page *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (page == MAP_FAILED)
		return fail(refusal, errno);
	r = try_in_child(page, by, refusal);
	munmap(page, sizeof *page);
	return r;
}

const char *needed_name(unsigned call)
{
	return call > 0 && call <= ROWS ? rows[call - 1].name : "?";
}
