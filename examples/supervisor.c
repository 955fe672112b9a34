/* SPDX-License-Identifier: MIT
 *
 * Usage: supervisor PROGRAM [ARGUMENT]...
 *
 * Runs a program, and serves the socketcall(2) of it and of its descendants that are 32-bit x86 programs. A seccomp
 * filter reports each such call to this 64-bit process, which makes the call and gives new sockets to the program. If
 * this process is killed, no program hangs: the kernel answers their calls with ENOSYS.
 *
 * One thread serves all programs. A call that would block is put aside (struct socketcall_pending) until its socket is
 * ready, so it delays no other call; only a hostile program can delay others (docs/library.md). Since with
 * SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV only fatal signals end a wait, this process looks in /proc for other signals.
 */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#define NOTIFY_SET_FLAGS _IOW('!', 4, uint64_t) /* SECCOMP_IOCTL_NOTIF_SET_FLAGS */
enum { LOOK_AGAIN_MS = 10 };                    /* milliseconds between two looks for signals of waiting programs */
enum { I386_SOCKETCALL = 102, THREADS = 64 };

/* A call that is being served. */
struct call {
	struct seccomp_notif notification;
	struct socketcall_process process;
	struct socketcall_host_context host;
	struct socketcall_server server;
	struct socketcall_pending pending;
	int ready; /* what poll() says of the socket for which the call waits */
	struct call *next;
};

static struct supervisor {
	int listener;
	struct call *waiting;
	size_t waiting_count;
	int64_t looked; /* when all waiting calls were last looked after */
	void *scratch;  /* one for all: only the call that is being served uses it, not those that wait */
	struct socketcall_process threads[THREADS]; /* a cache of pidfds: threads that made calls, by TID % THREADS */
} supervisor;

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

static void call_free(struct call *call)
{
	if (call->process.kept > 0)
		close(call->process.kept);
	free(call);
}

/* Answers the call. SIGPIPE is sent before, and stays pending until the program has the result. */
static void answer(struct call *call, long r)
{
	struct seccomp_notif_resp response = { call->notification.id, r < 0 ? 0 : r, r < 0 ? (int)r : 0, 0 };

	if (call->server.sigpipe)
		syscall(SYS_tkill, call->process.pid, SIGPIPE);
	if (!call->process.answered)
		ioctl(supervisor.listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	call_free(call);
}

/* Queues a call that would block. A copy of its socket's descriptor is kept, so that poll() can wait for the socket. */
static void put_aside(struct call *call)
{
	if (call->process.kept <= 0) {
		call->process.kept = (int)syscall(SYS_pidfd_getfd, call->process.pidfd, call->pending.fd, 0);
		call->process.kept_number = call->pending.fd;
	}
	call->next = supervisor.waiting;
	supervisor.waiting = call;
	supervisor.waiting_count++;
}

static void finish(struct call *call, long r)
{
	socketcall_process_done(&call->process);
	(r == SOCKETCALL_WOULD_BLOCK ? put_aside(call) : answer(call, r));
}

/* Opens the calling thread, before a call is served and each time that it is resumed. */
static void begin(struct call *call)
{
	struct socketcall_process *thread = &supervisor.threads[call->process.pid % THREADS];

	if (thread->pid != call->process.pid || !thread->stays) {
		if (thread->pid)
			close(thread->pidfd);
		*thread = call->process;
		socketcall_process_open(thread);
	}
	call->process.pidfd = thread->pidfd;
	socketcall_process_begin(&call->process);
}

static void serve(const struct seccomp_notif *notification)
{
	struct call *call = calloc(1, sizeof *call);
	int number = (int)notification->data.args[0];

	if (!call)
		return;
	call->notification = *notification;
	call->process = (struct socketcall_process){
		.pid = (pid_t)notification->pid,
		.listener = supervisor.listener,
		.id = notification->id,
		.answers = number == SOCKETCALL_SOCKET || number == SOCKETCALL_ACCEPT || number == SOCKETCALL_ACCEPT4,
	};
	call->server = (struct socketcall_server){
		.arch = socketcall_arch("i386"),
		.backend = &socketcall_host_backend,
		.context = &call->host,
		.scratch = supervisor.scratch,
		.scratch_size = SOCKETCALL_SCRATCH,
		.pending = &call->pending,
	};
	begin(call);
	socketcall_process_memory(&call->process, &call->server.memory);
	socketcall_process_descriptors(&call->process, &call->host.descriptors);
	socketcall_process_identity(&call->process, &call->host.identity);
	finish(call, socketcall_serve(&call->server, number, notification->data.args[1]));
}

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void take_up(struct call *call)
{
	/* poll() doesn't tell of a thread that shuts its own socket down, so a call that waits to send tries again */
	bool ready = call->ready || call->pending.events == SOCKETCALL_WRITABLE ||
		     (call->pending.deadline >= 0 && now() >= call->pending.deadline);
	long r;

	begin(call);
	r = ready ? socketcall_resume(&call->server) : SOCKETCALL_WOULD_BLOCK;
	if (r == SOCKETCALL_WOULD_BLOCK && socketcall_process_interrupted(&call->process))
		r = socketcall_interrupt(&call->server);
	finish(call, r);
}

/* Resumes the waiting calls that are ready. From time to time, interrupts those with a signal, and drops those of dead
 * programs: that takes some system calls for each. */
static void look_after_waiting(void)
{
	bool all = now() - supervisor.looked >= LOOK_AGAIN_MS * 1000000;
	struct call *call = supervisor.waiting;

	supervisor.waiting = NULL;
	supervisor.waiting_count = 0;
	for (struct call *next; call; call = next) {
		next = call->next;
		if (!all && !call->ready)
			put_aside(call);
		else if (ioctl(supervisor.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->notification.id))
			call_free(call); /* the program was killed */
		else
			take_up(call);
	}
	supervisor.looked = all ? now() : supervisor.looked;
}

/* Waits for a report, or for one of the sockets. Returns what poll() says of the listener. */
static int wait_for_something(void)
{
	struct pollfd *fds = calloc(supervisor.waiting_count + 1, sizeof *fds);
	size_t n = 1;
	int events;

	if (!fds)
		abort();
	fds[0] = (struct pollfd){ supervisor.listener, POLLIN, 0 };
	/* without events a call waits for its deadline alone, and poll() ignores the descriptor -1 */
	for (struct call *call = supervisor.waiting; call; call = call->next)
		fds[n++] = (struct pollfd){ .fd = call->pending.events ? call->process.kept : -1,
					    .events = (short)call->pending.events };
	poll(fds, n, n > 1 ? LOOK_AGAIN_MS : -1);
	events = fds[0].revents;
	n = 1;
	for (struct call *call = supervisor.waiting; call; call = call->next)
		call->ready = fds[n++].revents;
	free(fds);
	return events;
}

/* Serves until the last program with the filter has ended: POLLHUP. */
static void supervise(void)
{
	for (;;) {
		int events = wait_for_something();
		struct seccomp_notif notification = { .id = 0 }; /* SECCOMP_IOCTL_NOTIF_RECV demands zeros */

		if (events & POLLHUP)
			return;
		/* ENOENT: a signal has withdrawn the notification since poll() */
		if (events & POLLIN && !ioctl(supervisor.listener, SECCOMP_IOCTL_NOTIF_RECV, &notification))
			serve(&notification);
		look_after_waiting();
	}
}

/* ---- The program ------------------------------------------------------------------------------------------------- */

/* Reports i386's socketcall, and lets all else through. Returns the listener. */
static int filter_load(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, I386_SOCKETCALL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
}

static void be_program(int tell, char **argv)
{
	int listener = filter_load();

	/* the parent copies the listener while this process is stopped; execve() closes it, as it is close-on-exec */
	if (listener < 0 || write(tell, &listener, sizeof listener) != sizeof listener || raise(SIGSTOP)) {
		perror("supervisor: a seccomp filter");
		_exit(125);
	}
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

static pid_t program_start(char **argv)
{
	int told[2] = { -1, -1 }, number, pidfd, status;
	pid_t child = pipe2(told, O_CLOEXEC) ? -1 : fork();

	if (child == 0)
		be_program(told[1], argv);
	close(told[1]);
	if (child < 0 || read(told[0], &number, sizeof number) != sizeof number ||
	    waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	supervisor.listener = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	close(pidfd);
	close(told[0]);
	/* Linux 6.6 then runs the reporting thread and this one on one processor, which is faster. Before: EINVAL. */
	ioctl(supervisor.listener, NOTIFY_SET_FLAGS, 1UL);
	kill(child, SIGCONT);
	return supervisor.listener < 0 ? -1 : child;
}

int main(int argc, char **argv)
{
	int status;
	pid_t child;

	if (argc < 2)
		return fprintf(stderr, "Usage: supervisor PROGRAM [ARGUMENT]...\n"), 125;
	signal(SIGPIPE, SIG_IGN);
	supervisor.scratch = malloc(SOCKETCALL_SCRATCH);
	child = program_start(argv + 1);
	if (!supervisor.scratch || child < 0)
		return fprintf(stderr, "supervisor: the program cannot be supervised\n"), 125;
	supervise();
	if (waitpid(child, &status, 0) != child)
		return 125;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
