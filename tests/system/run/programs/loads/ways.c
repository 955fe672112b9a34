/* SPDX-License-Identifier: MIT
 * Ways to load a filter: calls, threads, processes. Part of the program `loads`. */
#include "loads.h"

static void by_prctl(void)
{
	say("load", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	say_socket("socket");
}

static void from_read_only(void)
{
	struct sock_filter *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(page, code, program.len * sizeof *code);
	memcpy((char *)page + 2048, &(struct sock_fprog){ program.len, page }, sizeof program);
	mprotect(page, 4096, PROT_READ);
	say("load", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (char *)page + 2048));
	say_socket("socket");
}

static void *other_thread(void *unused)
{
	say("load", load(0));
	say_socket("its socket");
	return unused;
}

static void by_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	say_socket("socket");
}

static void *wait_and_call(void *unused)
{
	pthread_barrier_wait(&begun);
	say_socket("another's socket");
	return unused;
}

static void for_all_threads(void)
{
	pthread_t thread;

	pthread_barrier_init(&begun, NULL, 2);
	pthread_create(&thread, NULL, wait_and_call, NULL);
	say("load", load(SECCOMP_FILTER_FLAG_TSYNC));
	pthread_barrier_wait(&begun);
	pthread_join(thread, NULL);
	say_socket("socket");
}

static volatile pid_t other;

static void *load_and_wait(void *unused)
{
	other = gettid();
	load(0);
	pthread_barrier_wait(&begun);
	pause();
	return unused;
}

/* A thread that can't get the filter: the result is its number. */
static void not_for_all(void)
{
	pthread_t thread;
	long result;

	pthread_barrier_init(&begun, NULL, 2);
	pthread_create(&thread, NULL, load_and_wait, NULL);
	pthread_barrier_wait(&begun);
	result = load(SECCOMP_FILTER_FLAG_TSYNC);
	say("the other", result == other);
	say_socket("socket");
}

static int load_in_clone(void *unused)
{
	(void)unused;
	load_and_call();
	_exit(0);
}

static void in_vfork(void)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	pid_t pid = clone(load_in_clone, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

	waitpid(pid, NULL, 0);
	say_socket("socket");
}

static void in_namespaces(void)
{
	pid_t pid;

	say("unshare", unshare(CLONE_NEWUSER | CLONE_NEWPID));
	pid = fork();
	if (pid == 0) {
		load_and_call();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* A program that is traced already is left alone, and its filter decides about its socket calls. */
static void traced(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL)) {
			say("tracing", -1);
			_exit(0);
		}
		raise(SIGSTOP);
		say("load", load(0));
		_exit(0);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, NULL, 0L);
	say("ended with", status);
}

const struct attempt loads_ways[] = {
	{ "prctl", by_prctl, false },
	{ "read-only", from_read_only, false },
	{ "thread", by_thread, false },
	{ "all threads", for_all_threads, false },
	{ "a thread that can't", not_for_all, false },
	{ "vfork", in_vfork, false },
	{ "namespaces", in_namespaces, false },
	{ "traced", traced, false },
	{ 0 },
};
