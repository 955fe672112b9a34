/* SPDX-License-Identifier: MIT
 *
 * First multiplexed calls, which are reported, of programs with threads. The supervisor stops the other threads while
 * it patches code, and the program must not see that. Each round is a process of its own, which was forked before any
 * multiplexed call was made. Prints TAP.
 *
 * Usage: first ROUNDS
 *        first once      makes one call by the libc and one by its own `int $0x80` while threads wait; exits with 0
 *                        if their results are right
 *        first traced    exits with the error of the first call of a traced process
 *        first calls     processes make calls and do nothing else
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/net.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

enum { CALLERS = 12, CALLS = 20, ROUNDS = 30, WOKEN = 60 /* seconds */ };
enum { DIRECT_SOCKETPAIR = 360, DIRECT_RECVFROM = 371, DIRECT_SETSOCKOPT = 366 };

static int done[2], ends[2], semaphore; /* what threads wait for */
static int child_done[2];               /* what the vfork() child waits for */
static int ready;                       /* threads that are about to wait */

/* ---- Threads that wait. Each of these calls can return EINTR because the thread was stopped: signal(7). ---------- */

static void now_waiting(void)
{
	__sync_fetch_and_add(&ready, 1);
}

static long in_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN }, got;
	int fd = epoll_create1(0);

	epoll_ctl(fd, EPOLL_CTL_ADD, done[0], &event);
	now_waiting();
	return epoll_wait(fd, &got, 1, -1);
}

static long in_sigtimedwait(void)
{
	struct timespec time = { .tv_sec = WOKEN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	now_waiting();
	return sigtimedwait(&set, NULL, &time);
}

static long in_read(void)
{
	char byte;

	now_waiting();
	return read(done[0], &byte, 1);
}

static long in_inotify(void)
{
	char events[512];
	int fd = inotify_init();

	inotify_add_watch(fd, "/dev/zero", IN_OPEN);
	now_waiting();
	return read(fd, events, sizeof events);
}

static long in_timed_recv(void)
{
	char byte;

	now_waiting();
	return syscall(DIRECT_RECVFROM, ends[0], &byte, 1, 0, NULL, NULL);
}

static long in_semop(void)
{
	struct sembuf operation = { .sem_op = -1 };

	now_waiting();
	return semop(semaphore, &operation, 1);
}

static long in_nanosleep(void)
{
	struct timespec time = { .tv_nsec = 300 * 1000 * 1000 };

	now_waiting();
	return nanosleep(&time, NULL);
}

/*
 * While the vfork() child runs, this thread gets no signals and can't be stopped. If the thread were still traced when
 * the child ends, the child's SIGCHLD could interrupt another thread's call, although the program ignores that signal.
 */
static long in_vfork(void)
{
	char byte;
	pid_t pid;

	now_waiting();
	pid = vfork();
	if (pid == 0) {
		alarm(2 * WOKEN); /* in case the parent is killed */
		(void)!read(child_done[0], &byte, 1);
		_exit(0);
	}
	return waitpid(pid, NULL, 0);
}

static struct waiter {
	const char *what;
	long (*wait)(void);
	long got;
	int error;
	pid_t tid;
	pthread_t thread;
} waiters[] = {
	{ .what = "vfork", .wait = in_vfork }, /* ends first, while the others wait */
	{ .what = "epoll_wait", .wait = in_epoll },      { .what = "sigtimedwait", .wait = in_sigtimedwait },
	{ .what = "read of a pipe", .wait = in_read },   { .what = "read of inotify", .wait = in_inotify },
	{ .what = "timed recv", .wait = in_timed_recv }, { .what = "semop", .wait = in_semop },
	{ .what = "nanosleep", .wait = in_nanosleep },
};
enum { WAITERS = sizeof waiters / sizeof *waiters };

static void *wait_in(void *context)
{
	struct waiter *waiter = context;

	__atomic_store_n(&waiter->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	waiter->got = waiter->wait();
	waiter->error = errno;
	return NULL;
}

/* Waits until the thread waits in the kernel, or has ended; a minute at most. */
static void wait_asleep(const struct waiter *waiter)
{
	char path[64], line[512], *name;

	for (int tries = 0, asleep = 0; tries < 60000 && asleep < 3; tries++) {
		pid_t tid = __atomic_load_n(&waiter->tid, __ATOMIC_SEQ_CST);
		ssize_t n = 0;
		int fd;

		snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
		fd = tid ? open(path, O_RDONLY) : -1;
		if (tid && fd < 0)
			return;
		if (fd >= 0) {
			n = read(fd, line, sizeof line - 1);
			close(fd);
		}
		line[n > 0 ? n : 0] = '\0';
		name = strrchr(line, ')');
		asleep = name && (name[2] == 'S' || name[2] == 'D') ? asleep + 1 : 0;
		usleep(1000);
	}
}

static void begin_waiting(void)
{
	struct timeval time = { .tv_sec = WOKEN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	semaphore = semget(IPC_PRIVATE, 1, 0600);
	if (pipe(done) || pipe(child_done) || syscall(DIRECT_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, ends) ||
	    syscall(DIRECT_SETSOCKOPT, ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time))
		_exit(2);
	for (int i = 0; i < WAITERS; i++)
		pthread_create(&waiters[i].thread, NULL, wait_in, &waiters[i]);
	for (int tries = 0; tries < 60000 && __sync_fetch_and_add(&ready, 0) < WAITERS; tries++)
		usleep(1000);
	for (int i = 0; i < WAITERS; i++)
		wait_asleep(&waiters[i]);
}

static bool is_traced(pid_t tid)
{
	char path[64], line[128];
	int tracer = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)tid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (!strncmp(line, "TracerPid:", 10))
			tracer = atoi(line + 10);
	if (file)
		fclose(file);
	return tracer != 0;
}

/*
 * True if the thread isn't traced, or isn't any more after some seconds; or if the process is traced as a whole.
 */
static bool becomes_untraced(pid_t tid)
{
	for (int tries = 0; tries < 10000; tries++) {
		if (!is_traced(tid) || is_traced(getpid()))
			return true;
		usleep(1000);
	}
	return false;
}

/* Makes each of them return. Returns 0, or 1 plus the index of the first one that failed. */
static int end_waiting(void)
{
	struct sembuf operation = { .sem_op = 1 };
	int failed = 0;

	if (!becomes_untraced(waiters[0].tid)) {
		fprintf(stderr, "first: the thread in vfork() is still traced\n");
		failed = 1;
	}
	(void)!write(child_done[1], "x", 1);
	pthread_join(waiters[0].thread, NULL);
	(void)!write(ends[1], "x", 1);
	semop(semaphore, &operation, 1);
	close(open("/dev/zero", O_RDONLY));
	kill(getpid(), SIGUSR2);
	(void)!write(done[1], "xxxx", 4);
	close(done[1]);
	for (int i = 0; i < WAITERS; i++) {
		if (i)
			pthread_join(waiters[i].thread, NULL);
		if (waiters[i].got < 0 && !failed) {
			fprintf(stderr, "first: %s: %s\n", waiters[i].what, strerror(waiters[i].error));
			failed = i + 1;
		}
	}
	semctl(semaphore, 0, IPC_RMID);
	return failed;
}

/* ---- Threads that make calls ------------------------------------------------------------------------------------- */

static pthread_barrier_t begun;

static long by_int80(int call, const long *block)
{
	long r;

	__asm__ volatile("xchgl %%ebx, %1\n\tint $0x80\n\txchgl %%ebx, %1"
			 : "=a"(r), "+&S"(call)
			 : "0"(SYS_socketcall), "c"(block)
			 : "memory");
	return r;
}

static long by_entry(int call, const long *block)
{
	long r = syscall(SYS_socketcall, call, block);

	return r < 0 ? -errno : r;
}

static void *call_many(void *context)
{
	long (*make)(int, const long *) = (uintptr_t)context % 2 ? by_int80 : by_entry;
	const long block[] = { -1, 0 };
	uintptr_t wrong = 0;

	pthread_barrier_wait(&begun);
	for (int i = 0; i < CALLS; i++) {
		wrong += make(SYS_LISTEN, block) != -EBADF;
		wrong += make(99, block) != -EINVAL;
		wrong += make(SYS_LISTEN, NULL) != -EFAULT;
	}
	return (void *)wrong;
}

/* Returns how many calls failed. */
static int call_at_once(void)
{
	pthread_t thread[CALLERS];
	uintptr_t wrong = 0;

	pthread_barrier_init(&begun, NULL, CALLERS);
	for (uintptr_t i = 0; i < CALLERS; i++)
		pthread_create(&thread[i], NULL, call_many, (void *)i);
	for (int i = 0; i < CALLERS; i++) {
		void *result;

		pthread_join(thread[i], &result);
		wrong += (uintptr_t)result;
	}
	return (int)wrong;
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	(void)signal;
	alarms++;
}

/* ---- Rounds ------------------------------------------------------------------------------------------------------ */

static int with_waiters(void)
{
	int r;

	begin_waiting();
	r = call_at_once() ? 1 : 0;
	return end_waiting() ? 2 | r : r;
}

/* A handler with SA_RESTART runs all the time: no call may fail with EINTR. */
static int with_signals(void)
{
	struct itimerval every = { { 0, 200 }, { 0, 200 } };
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	int r;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	r = call_at_once();
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	return r ? 1 : 0;
}

static int in_child(int (*round)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(120);
		_exit(round());
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	if (WIFSIGNALED(status))
		printf("# signal %d\n", WTERMSIG(status));
	return status;
}

/*
 * Returns 0 if all calls of many processes have the right results. Prints a line after each process, so that a test can
 * tell a slow machine from a call that doesn't return.
 */
static int only_calls(void)
{
	int wrong = 0;

	setbuf(stdout, NULL);
	for (int i = 0; i < 5 * ROUNDS; i++) {
		wrong += in_child(call_at_once) != 0;
		printf("process %d: %d have failed\n", i, wrong);
	}
	return wrong ? 1 : 0;
}

static void *sleep_on(void *unused)
{
	pause();
	return unused;
}

/* Returns 0 if both calls have the right results. */
static int once(void)
{
	const long block[] = { -1, 0 };
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, sleep_on, NULL);
	return by_int80(SYS_LISTEN, block) != -EBADF || by_entry(SYS_LISTEN, block) != -EBADF;
}

/* Returns the error of the first call of a child that its parent traces; 0: the call succeeded. */
static int traced(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const long block[] = { -1, 0 };

		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit((int)-by_entry(SYS_LISTEN, block));
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	int calls = 0, waits = 0, ended = 0, disturbed = 0, rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;

	if (!rounds && !strcmp(argv[1], "calls"))
		return only_calls();
	if (!rounds)
		return strcmp(argv[1], "once") ? traced() : once();
	setbuf(stdout, NULL);
	for (int i = 0; i < rounds; i++) {
		int status = in_child(with_waiters);

		ended += WIFEXITED(status);
		calls += WIFEXITED(status) && WEXITSTATUS(status) & 1;
		waits += WIFEXITED(status) && WEXITSTATUS(status) & 2;
	}
	ok(ended == rounds, "processes whose threads make their first calls at the same time end");
	ok(calls == 0, "each call returns the right result");
	ok(waits == 0, "no other thread's call is interrupted");
	for (int i = 0; i < rounds; i++)
		disturbed += in_child(with_signals) != 0;
	ok(disturbed == 0, "handlers with SA_RESTART don't interrupt these calls");
	return plan();
}
