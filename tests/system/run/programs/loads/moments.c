/* SPDX-License-Identifier: MIT
 * Difficult moments for a load: signals, stops, kills, and exec by a thread. Part of the program `loads`. */
#include "loads.h"

static long load_uninterrupted(void)
{
	long r;

	do
		r = load(0);
	while (r < 0 && errno == EINTR);
	return r;
}

/*
 * Signals with a handler without SA_RESTART. The loads go on until one signal has been handled; after the first loads
 * the kernel may have no room for more.
 */
static void signals(void)
{
	struct sigaction action = { .sa_handler = count };
	struct itimerval often = { { 0, 3000 }, { 0, 3000 } };
	struct timespec begin;
	int loaded = 0, failed = 0;

	sigaction(SIGALRM, &action, NULL);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < TIMES || (!handled && !late(&begin)); i++) {
		/*
		 * The only difference that a program may see: EINTR, by a signal that comes before the supervisor has
		 * received the load.
		 */
		long r = load_uninterrupted();

		loaded += r == 0 && i < TIMES;
		failed += r != 0 && (i < TIMES || errno != ENOMEM);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	say("loaded", loaded);
	say("failed", failed);
	say("handled", handled > 0);
	say_socket("socket");
}

/* Starts a child that loads filters, and calls the function for it meanwhile. */
static pid_t loading(int times)
{
	pid_t pid = fork();

	if (pid == 0) {
		int loaded = 0;

		alarm(SECONDS_MAX);
		for (int i = 0; i < times; i++)
			loaded += load(0) == 0;
		_exit(loaded);
	}
	return pid;
}

static void stopped(void)
{
	pid_t pid = loading(TIMES);
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		kill(pid, SIGSTOP);
		usleep(300);
		kill(pid, SIGCONT);
		usleep(300);
	}
	say("loaded", WEXITSTATUS(status));
}

/* Returns 0, or -1 if the child doesn't end. */
static int ends(pid_t pid, int *status)
{
	for (int i = 0; i < 20000; i++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return 0;
		usleep(1000);
	}
	errno = ETIME;
	return -1;
}

/* Stops it once and continues it: the continue must win. */
static void goes_on(void)
{
	int result = 0, status;

	for (unsigned i = 0; result == 0 && i < 4 * TIMES; i++) {
		pid_t pid = loading(8);

		usleep(500 + i * 137 % 6000);
		kill(pid, SIGSTOP);
		usleep(i % 20 * 100);
		kill(pid, SIGCONT);
		result = ends(pid, &status);
		kill(pid, SIGKILL);
	}
	say("it ends", result);
}

static void *idle(void *unused)
{
	pthread_barrier_wait(&begun);
	for (;;)
		pause();
	return unused;
}

/* A stopped child may finish the load that it is in, and nothing else. */
static void stays_stopped(void)
{
	int ran = 0, status;

	share_loads();
	for (int i = 0; i < TIMES; i++) {
		unsigned before;
		pid_t pid = fork();

		if (pid == 0) {
			pthread_t thread;

			alarm(SECONDS_MAX);
			pthread_barrier_init(&begun, NULL, 2);
			pthread_create(&thread, NULL, idle, NULL);
			pthread_barrier_wait(&begun);
			for (;; ++*loads_made)
				load(0);
		}
		wait_for_loads();
		usleep((unsigned)(i * 211));
		kill(pid, SIGSTOP);
		waitpid(pid, &status, WUNTRACED);
		before = *loads_made;
		usleep(20000);
		ran += *loads_made - before > 1;
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		*loads_made = 0;
	}
	say("ran on", ran);
}

static void start_another(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(self, self, "made", NULL);
		_exit(7);
	}
	waitpid(pid, NULL, 0);
}

/* The child loads until it is killed. */
static void killed(void)
{
	int killed = 0;

	for (int i = 0; i < TIMES; i++) {
		pid_t pid = loading(INT_MAX);
		int status;

		usleep((unsigned)(i * 400));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		killed += WIFSIGNALED(status);
	}
	say("killed", killed);
	start_another();
}

static void *load_on(void *unused)
{
	pthread_barrier_wait(&begun);
	for (;;)
		load(0);
	return unused;
}

/* exec by a thread while another one loads a filter, for both threads. */
static void exec_meanwhile(void)
{
	for (int i = 0; i < TIMES; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			pthread_t thread;

			alarm(SECONDS_MAX);
			pthread_barrier_init(&begun, NULL, 2);
			pthread_create(&thread, NULL, load_on, NULL);
			pthread_barrier_wait(&begun);
			usleep((unsigned)(i * 200));
			execl(self, self, "quiet", NULL);
			_exit(7);
		}
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			say("ended with", status);
	}
	start_another();
}

static void *exec_later(void *after)
{
	pthread_barrier_wait(&begun);
	usleep((unsigned)(uintptr_t)after);
	execl(self, self, "quiet", NULL);
	_exit(7);
}

/* The first thread ends; the kernel reports its end only when the idle one has ended, too. */
static void exec_by_another(void)
{
	for (unsigned i = 0; i < TIMES; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			pthread_t thread;

			alarm(SECONDS_MAX);
			pthread_barrier_init(&begun, NULL, 3);
			pthread_create(&thread, NULL, idle, NULL);
			pthread_create(&thread, NULL, exec_later, (void *)(uintptr_t)(i * 200));
			load_on(NULL);
		}
		waitpid(pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			say("ended with", status);
	}
	start_another();
}

static volatile uint16_t *instruction;

/* Loads a filter; a moment later writes the other instruction, and counts the load. */
static void *replace(void *after)
{
	wait_for_loads();
	usleep((unsigned)(uintptr_t)after);
	*instruction = 0xfeeb; /* jmp . */
	loads_made[1] = 1;
	return NULL;
}

/* The instruction that makes the call is replaced by an endless loop. Other programs must start nevertheless. */
static void other_code(void)
{
	share_loads();
	for (unsigned i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
						   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			pthread_t thread;

			alarm(SECONDS_MAX);
			memcpy(page, "\xcd\x80\xc3", 3); /* int $0x80; ret */
			instruction = (volatile uint16_t *)page;
			pthread_create(&thread, NULL, replace, (void *)(uintptr_t)(500 + i * 300));
			for (;; ++*loads_made) {
				long result;

				__asm__ volatile("call *%5"
						 : "=a"(result)
						 : "0"(SYS_seccomp), "b"(SECCOMP_SET_MODE_FILTER), "c"(0),
						   "d"(&program), "S"(page)
						 : "memory", "cc");
			}
		}
		while (loads_made[1] == 0)
			usleep(50);
		start_another();
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		loads_made[0] = loads_made[1] = 0;
	}
}

const struct attempt loads_moments[] = {
	{ "signals", signals, false },
	{ "stopped", stopped, false },
	{ "goes on", goes_on, false },
	{ "stays stopped", stays_stopped, false },
	{ "killed", killed, false },
	{ "exec meanwhile", exec_meanwhile, false },
	{ "exec by another thread", exec_by_another, false },
	{ "other code", other_code, false },
	{ 0 },
};
