/* SPDX-License-Identifier: MIT
 *
 * A hostile program's first multiplexed calls: with odd pointers, and while other threads and processes change the
 * memory and the registers that the call uses. Each call is made in a child of its own, so that it is the child's first
 * one, and is bounded by alarm(). Prints one line for each case: "NAME: RESULTS", where each result that occurred
 * stands once, so that two runs can be compared.
 *
 *	attack [CASE] ROUNDS
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, SOCKETPAIR = 8, MULTIPLEXED = 102, SECONDS = 30, STACK = 65536, SEEN_MOST = 16, LOADS = 20 };

static volatile bool goes; /* the disturbing thread or process has begun */
static uint32_t *block;    /* in a page of its own, so that it can be unmapped and protected */
static int filled;         /* a file that contains the filled block */
static int pair[2];

static long by_int80(unsigned call, const void *words)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(MULTIPLEXED), "b"(call), "c"(words) : "memory");
	return result;
}

/* By the vDSO's entry, as libcs enter the kernel. */
static long by_entry(unsigned call, const void *words)
{
	long result;

	__asm__ volatile("call *%%gs:0x10" : "=a"(result) : "a"(MULTIPLEXED), "b"(call), "c"(words) : "memory");
	return result;
}

typedef long door_call(unsigned call, const void *words);

static void fill(void)
{
	block[0] = AF_UNIX;
	block[1] = SOCK_STREAM;
	block[2] = 0;
	block[3] = (uint32_t)pair;
}

/* ---- Results ----------------------------------------------------------------------------------------------------- */

static struct {
	int status[SEEN_MOST]; /* the wait statuses that occurred, each once */
	unsigned count;
} seen;

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void note(int status)
{
	for (unsigned i = 0; i < seen.count; i++)
		if (seen.status[i] == status)
			return;
	if (seen.count < SEEN_MOST)
		seen.status[seen.count++] = status;
}

static void say(const char *name)
{
	printf("%s:", name);
	qsort(seen.status, seen.count, sizeof *seen.status, compare);
	for (unsigned i = 0; i < seen.count; i++) {
		int status = seen.status[i], error = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

		if (WIFSIGNALED(status))
			printf(" signal %d", WTERMSIG(status));
		else
			printf(" %s", error ? strerrorname_np(error) : "0");
	}
	printf("\n");
	fflush(stdout);
	seen.count = 0;
}

/* Makes the call in a child, which exits with 0 or the call's errno, and notes the child's wait status. */
static void try(void (*disturb)(void), long (*call)(door_call *), door_call *door)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		long result;

		alarm(SECONDS);
		if (disturb)
			disturb();
		result = call(door);
		_exit(result < 0 ? (int)-result : 0);
	}
	waitpid(pid, &status, 0);
	note(status);
	while (waitpid(-1, NULL, 0) > 0) /* processes that the child has started */
		;
}

static void repeat(const char *name, unsigned rounds, void (*disturb)(void), long (*call)(door_call *))
{
	char text[64];

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned n = 0; n < rounds; n++)
			try(disturb, call, i ? by_entry : by_int80);
		snprintf(text, sizeof text, "%s, %s", name, i ? "entry" : "int80");
		say(text);
	}
}

static long make_pair(door_call *door)
{
	fill();
	return door(SOCKETPAIR, block);
}

/* Makes the call when another thread has begun to unmap or protect the block. */
static long make_pair_unfilled(door_call *door)
{
	while (!goes)
		;
	return door(SOCKETPAIR, block);
}

/* ---- Odd pointers ------------------------------------------------------------------------------------------------ */

static unsigned odd_call;
static const void *odd_words;

static long make_odd(door_call *door)
{
	fill();
	return door(odd_call, odd_words);
}

static void odd_pointers(void)
{
	static const unsigned calls[] = { 0, 1, SOCKETPAIR, 10, 16, 18, 21, 0x80000008, 0xffffffff };
	char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const void *const words[] = { NULL,
				      (void *)1,
				      (void *)0xfffffffc,
				      (void *)0xffffffff,
				      (void *)0xc0000000,
				      pages + PAGE - 4,
				      pages + PAGE,
				      pages + 2 * PAGE - 2,
				      (char *)block + 1,
				      (void *)getauxval(AT_SYSINFO_EHDR) };

	mprotect(pages + PAGE, PAGE, PROT_NONE);
	munmap(pages + 2 * PAGE, PAGE);
	for (unsigned c = 0; c < sizeof calls / sizeof *calls; c++)
		for (unsigned w = 0; w < sizeof words / sizeof *words; w++) {
			char name[64];

			odd_call = calls[c];
			odd_words = words[w];
			snprintf(name, sizeof name, "call %u, pointer %u", calls[c], w);
			repeat(name, 1, NULL, make_odd);
		}
}

/* ---- Other threads ----------------------------------------------------------------------------------------------- */

static void start(void *(*run)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL))
		_exit(1);
	while (!goes)
		sched_yield();
}

/* Maps the file, so that the block is never mapped and empty: such a block would make the call fail in other ways. */
static void *unmap_block(void *unused)
{
	for (goes = true;; sched_yield()) {
		munmap(block, PAGE);
		mmap(block, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE, filled, 0);
	}
	return unused;
}

static void *protect_block(void *unused)
{
	for (goes = true;; sched_yield()) {
		mprotect(block, PAGE, PROT_NONE);
		mprotect(block, PAGE, PROT_READ | PROT_WRITE);
	}
	return unused;
}

static void *execute(void *unused)
{
	goes = true;
	execl("/proc/self/exe", "attack", "0", (char *)NULL);
	return unused;
}

static void *end_process(void *unused)
{
	goes = true;
	_exit(EXDEV);
	return unused;
}

static void *do_nothing(void *unused)
{
	return unused;
}

static void *start_threads(void *unused)
{
	pthread_t thread;

	for (goes = true;;)
		if (!pthread_create(&thread, NULL, do_nothing, NULL))
			pthread_join(thread, NULL);
	return unused;
}

/* Loads filters for all threads (TSYNC) that allow everything, while another thread makes the call. */
static void *load_filters(void *unused)
{
	struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct sock_fprog program = { 1, &allow };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	goes = true;
	for (unsigned i = 0; i < LOADS; i++)
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program))
			_exit(EPROTO);
	return unused;
}

static void with_unmapping(void)
{
	start(unmap_block);
}
static void with_protecting(void)
{
	start(protect_block);
}
static void with_exec(void)
{
	start(execute);
}
static void with_end(void)
{
	start(end_process);
}
static void with_loads(void)
{
	start(load_filters);
}

static void with_threads(void)
{
	start(start_threads);
}

/* ---- Other processes --------------------------------------------------------------------------------------------- */

/* Starts a child that disturbs its parent until the parent ends. */
static void beside(void (*disturb)(pid_t victim))
{
	pid_t victim = getpid();

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == victim)
		disturb(victim);
	_exit(0);
}

static void stop(pid_t victim)
{
	kill(victim, SIGSTOP);
	usleep(100);
	kill(victim, SIGCONT);
	usleep(100);
}

static void trace(pid_t victim)
{
	int status;

	if (ptrace(PTRACE_SEIZE, victim, NULL, NULL))
		return;
	ptrace(PTRACE_INTERRUPT, victim, NULL, NULL);
	if (waitpid(victim, &status, __WALL) == victim)
		ptrace(PTRACE_DETACH, victim, NULL, NULL);
	usleep(50);
}

static void with_stops(void)
{
	beside(stop);
}

static void with_tracer(void)
{
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	beside(trace);
}

/* Starts a process that shares this process' memory, and ends with it. */
static int use_entry(void *starter)
{
	long parent;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	goes = true;
	do
		__asm__ volatile("call *%%gs:0x10" : "=a"(parent) : "a"(SYS_getppid) : "memory");
	while (parent == (intptr_t)starter);
	_exit(0);
}

static void with_shared_memory(void)
{
	static char stacks[2][STACK];

	for (unsigned i = 0; i < 2; i++)
		if (clone(use_entry, stacks[i] + STACK, CLONE_VM | SIGCHLD, (void *)getpid()) < 0)
			_exit(1);
	while (!goes)
		;
}

static long in_vfork(door_call *door)
{
	static long result;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		fill();
		result = door(SOCKETPAIR, block);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return result ? result : make_pair(door);
}

/* ---- Signals ----------------------------------------------------------------------------------------------------- */

static void handle(int signal)
{
	(void)signal;
}

static void handle_by_calls(int signal)
{
	int ends[2];
	uint32_t words[] = { AF_UNIX, SOCK_STREAM, 0, (uint32_t)ends };

	(void)signal;
	if (by_int80(SOCKETPAIR, words) || close(ends[0]) || close(ends[1]))
		_exit(EPROTO);
}

static void storm(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 60 }, { 0, 60 } };

	sigaction(SIGVTALRM, &action, NULL);
	sigaction(SIGPROF, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	setitimer(ITIMER_VIRTUAL, &often, NULL);
	setitimer(ITIMER_PROF, &often, NULL);
}

static void signal_it(pid_t victim)
{
	kill(victim, SIGUSR1);
}

static void with_storm(void)
{
	storm(handle);
	beside(signal_it);
}

static void with_calling_storm(void)
{
	storm(handle_by_calls);
	beside(signal_it);
}

/* ---- The stack --------------------------------------------------------------------------------------------------- */

/* The open kernel's call needs no stack, so this makes the call with a stack pointer to unmapped memory. */
static long without_stack(door_call *door)
{
	long result;

	(void)door;
	fill();
	__asm__ volatile("mov %%esp, %%esi\n\tmov $8, %%esp\n\tint $0x80\n\tmov %%esi, %%esp"
			 : "=a"(result)
			 : "a"(MULTIPLEXED), "b"(SOCKETPAIR), "c"(block)
			 : "memory", "esi");
	return result;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*disturb)(void);
		long (*call)(door_call *);
	} cases[] = {
		{ "block unmapped", with_unmapping, make_pair_unfilled },
		{ "block protected", with_protecting, make_pair_unfilled },
		{ "exec", with_exec, make_pair },
		{ "end", with_end, make_pair },
		{ "filters", with_loads, make_pair },
		{ "threads start", with_threads, make_pair },
		{ "stops", with_stops, make_pair },
		{ "tracer", with_tracer, make_pair },
		{ "shared memory", with_shared_memory, make_pair },
		{ "vfork", NULL, in_vfork },
		{ "signals", with_storm, make_pair },
		{ "signals that call", with_calling_storm, make_pair },
		{ "no stack", NULL, without_stack },
	};
	unsigned rounds = argc > 1 ? (unsigned)atoi(argv[argc - 1]) : 1;

	if (!rounds)
		return ETIME; /* execute() has executed this program: its result must be another one than the call's */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	block = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fill();
	filled = memfd_create("block", MFD_CLOEXEC);
	if (pwrite(filled, block, PAGE, 0) != PAGE)
		return 1;
	if (argc < 3)
		odd_pointers();
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		if (argc < 3 || strcmp(argv[1], cases[i].name) == 0)
			repeat(cases[i].name, rounds, cases[i].disturb, cases[i].call);
	printf("end\n");
	return 0;
}
