/* SPDX-License-Identifier: MIT
 *
 * A 32-bit program that loads a seccomp filter which knows socketcall alone, in many ways and at bad moments, and says
 * what came of it: a line for each, the same wherever it runs. It knows of nothing else. Each is tried in a child. With
 * an argument it tries what has that name; with another one, a number, it says first that it waits, and does until its
 * input ends, and then tries it so often.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "filter/filter.h"

#ifndef __i386__
#error "a program for i386"
#endif

/* No try takes SECONDS_MAX: one that waits longer ends with SIGALRM, and with it what it has started. */
enum { LENGTH_MAX = 4200, TIMES = 25, SECONDS_MAX = 100 };

static struct sock_filter code[LENGTH_MAX];
static struct sock_fprog program = { 0, code };
static const char *self;

static void add(unsigned op, unsigned k, unsigned jt, unsigned jf)
{
	code[program.len++] = (struct sock_filter)BPF_JUMP((unsigned short)op, k, (unsigned char)jt, (unsigned char)jf);
}

static void answer(unsigned number, unsigned verdict)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
	add(BPF_RET | BPF_K, verdict, 0, 0);
}

/* Every direct socket call gets EPERM; `number` gets `verdict`; all else is let through. */
static void build(unsigned number, unsigned verdict)
{
	program.len = 0;
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	answer(number, verdict);
	answer(SYS_recvmmsg, SECCOMP_RET_ERRNO | EPERM);
	answer(SYS_sendmmsg, SECCOMP_RET_ERRNO | EPERM);
	add(BPF_JMP | BPF_JGE | BPF_K, SYS_socket, 0, 2);
	add(BPF_JMP | BPF_JGT | BPF_K, SYS_shutdown, 1, 0);
	add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static long load(unsigned long flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* " WHAT: RESULT" */
static void say(const char *what, long result)
{
	char line[128];
	int n = result < 0 ? snprintf(line, sizeof line, " %s: %s", what, strerrorname_np(errno))
			   : snprintf(line, sizeof line, " %s: %ld", what, result);

	(void)!write(STDOUT_FILENO, line, (size_t)n);
}

static void say_socket(const char *what)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	say(what, fd < 0 ? -1 : 0);
	close(fd);
}

static void load_and_call(void)
{
	say("load", load(0));
	say_socket("socket");
}

/* ---- What is kept ------------------------------------------------------------------------------------------------ */

/* Every register but eax, for both ways in. */
static void registers(void)
{
	uint32_t after[5];
	long result;

#define TRY(entry)                                                                                                     \
	__asm__ volatile("pushl %%ebp\n\tmovl $0x1234567, %%ebp\n\tpushl %%ebx\n\tmovl $1, %%ebx\n\t" entry            \
			 "\n\tmovl %%ebx, (%[to])\n\tpopl %%ebx\n\tmovl %%ebp, 4(%[to])\n\tpopl %%ebp"                 \
			 : "=a"(result), "+c"(count), "+d"(where), "+S"(third)                                         \
			 : "0"(SYS_seccomp), [to] "D"(after)                                                           \
			 : "memory", "cc")
	for (int way = 0; way < 2; way++) {
		uint32_t count = 0, third = 0x7654321;
		void *where = &program;

		if (way)
			TRY("call *%%gs:0x10");
		else
			TRY("int $0x80");
		say("load", result);
		say("changed",
		    after[0] != 1 || after[1] != 0x1234567 || count || where != &program || third != 0x7654321);
	}
#undef TRY
	say_socket("socket");
}

static unsigned hash_of(const char *path)
{
	static char text[1 << 16];
	int fd = open(path, O_RDONLY);
	unsigned hash = 5381;
	ssize_t n;

	while ((n = read(fd, text, sizeof text)) > 0)
		for (ssize_t i = 0; i < n; i++)
			hash = hash * 33 + (unsigned char)text[i];
	close(fd);
	return hash;
}

static void memory(void)
{
	static struct sock_filter filter[sizeof code / sizeof *code];
	const struct sock_fprog as_it_was = program;
	unsigned before = hash_of("/proc/self/maps");

	memcpy(filter, code, sizeof code);

	for (int i = 0; i < 3; i++)
		say("load", load(0));
	say("mappings changed", before != hash_of("/proc/self/maps"));
	say("program changed", program.len != as_it_was.len || program.filter != as_it_was.filter ||
				       memcmp(filter, code, sizeof code) != 0);
	say_socket("socket");
}

static volatile sig_atomic_t handled;

static void count(int signal)
{
	(void)signal;
	handled++;
}

/* What is blocked, and what waits. */
static void mask(void)
{
	sigset_t set, after, pending;

	signal(SIGUSR1, count);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	sigprocmask(SIG_SETMASK, &set, NULL);
	raise(SIGUSR1);
	say("load", load(0));
	sigprocmask(SIG_SETMASK, NULL, &after);
	say("mask changed", memcmp(&set, &after, 8) != 0);
	sigpending(&pending);
	say("waits", sigismember(&pending, SIGUSR1));
	say("handled", handled);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	say("handled", handled);
}

/* The one that a filter's trap makes, too. */
static void sigsys_waits(void)
{
	sigset_t set, pending;

	signal(SIGSYS, count);
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGSYS);
	say("load", load(0));
	sigpending(&pending);
	say("waits", sigismember(&pending, SIGSYS));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	say("handled", handled);
	say_socket("socket");
}

/* Has so much time gone by that what is waited for won't come? */
static int late(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - begin->tv_sec > SECONDS_MAX / 6;
}

static volatile unsigned *loads_made; /* of a child */

static void share_loads(void)
{
	loads_made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Waits until the child has loaded. */
static void wait_for_loads(void)
{
	while (*loads_made == 0)
		usleep(50);
}

static void sent(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	handled += info->si_code == SI_USER && info->si_pid == getppid();
}

/*
 * The signal comes while the child loads: the child goes on loading until it has handled the signal, also where the
 * kernel has no room for more filters. After some more loads it has still come once.
 */
static void sigsys_sent(void)
{
	struct sigaction action = { .sa_sigaction = sent, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct timespec begin;
	int all = 0;

	share_loads();
	sigaction(SIGSYS, &action, NULL);
	for (int i = 0; i < TIMES; i++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0) {
			clock_gettime(CLOCK_MONOTONIC, &begin);
			for (; !handled && !late(&begin); ++*loads_made)
				load(0);
			for (int j = 0; j < 3; j++)
				load(0);
			_exit(handled);
		}
		wait_for_loads();
		usleep((unsigned)(i * 200));
		kill(pid, SIGSYS);
		waitpid(pid, &status, 0);
		all += WIFEXITED(status) && WEXITSTATUS(status) == 1;
		*loads_made = 0;
	}
	say("handled", all);
}

/* ---- Bad moments ------------------------------------------------------------------------------------------------- */

static long load_uninterrupted(void)
{
	long r;

	do
		r = load(0);
	while (r < 0 && errno == EINTR);
	return r;
}

/*
 * Signals with a handler that doesn't have calls restarted. The loads go on until one signal has been handled; after
 * the first loads the kernel may have no room for more.
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
		/* The one thing that a program may see: a signal before the supervisor has heard of the load. */
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

/* A child that loads, and to which this happens meanwhile. */
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

/* 0, or -1 when that child doesn't end. */
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

/* Once, and made to go on: that is the last word. */
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

static pthread_barrier_t begun;

static void *idle(void *unused)
{
	pthread_barrier_wait(&begun);
	for (;;)
		pause();
	return unused;
}

/* What is stopped does nothing but end the load that it is in. */
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

/* exec by a thread while another one loads: one way and the other. */
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

/* The first thread ends, and is waited for when the idle one has been. */
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

/* A load, then a moment later the other instruction, and that there has been one. */
static void *replace(void *after)
{
	wait_for_loads();
	usleep((unsigned)(uintptr_t)after);
	*instruction = 0xfeeb; /* jmp . */
	loads_made[1] = 1;
	return NULL;
}

/* The instruction that makes the call becomes another one, which never ends; programs start nevertheless. */
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

/* ---- Filters that are in the way --------------------------------------------------------------------------------- */

static volatile int trapped, trapped_eax, trapped_edi;

static void handle(int signal, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)signal;
	trapped = info->si_syscall;
	trapped_eax = u->uc_mcontext.gregs[REG_EAX];
	trapped_edi = u->uc_mcontext.gregs[REG_EDI];
	u->uc_mcontext.gregs[REG_EAX] = -EXDEV;
}

static void trap(void)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &action, NULL);
}

static void no_munmap(void)
{
	build(SYS_munmap, SECCOMP_RET_KILL_PROCESS);
	load_and_call();
}

static void munmap_trapped(void)
{
	trap();
	build(SYS_munmap, SECCOMP_RET_TRAP);
	say("load", load(0));
	say("trapped", trapped);
}

static void older_munmap_trapped(void)
{
	trap();
	munmap_trapped();
	build(0, SECCOMP_RET_ALLOW);
	load_and_call();
	say("trapped", trapped);
}

static void older_mmap(unsigned verdict)
{
	trap();
	build(SYS_mmap2, verdict);
	code[3].k = code[5].k = code[8].k = SECCOMP_RET_ALLOW; /* the socket calls' */
	say("load", load(0));
	build(0, SECCOMP_RET_ALLOW);
	say("load", load(0));
	say("trapped", trapped);
	say("process", getpid() > 0);
	say("trapped", trapped);
}

static void mmap_trapped(void)
{
	older_mmap(SECCOMP_RET_TRAP);
}

static void mmap_refused(void)
{
	older_mmap(SECCOMP_RET_ERRNO | EACCES);
}

/* With it nothing can be done for a later filter. */
static void older_kills(unsigned number)
{
	build(number, SECCOMP_RET_KILL_PROCESS);
	say("load", load(0));
	say_socket("socket");
	build(0, SECCOMP_RET_ALLOW);
	say("load", load(0));
	say("process", getpid() > 0);
}

static void mmap_kills(void)
{
	older_kills(SYS_mmap2);
}

static void munmap_kills(void)
{
	older_kills(SYS_munmap);
}

static void seccomp_trapped(void)
{
	trap();
	build(SYS_seccomp, SECCOMP_RET_TRAP);
	say("load", load(0));
	say("load", load(0));
	say("trapped", trapped);
	say("eax", trapped_eax);
	say("edi is the mark", trapped_edi == FILTER_MARKER);
	say_socket("socket");
}

static void seccomp_refused(void)
{
	build(SYS_seccomp, SECCOMP_RET_ERRNO | EXDEV);
	say("load", load(0));
	say("load", load(0));
	say_socket("socket");
}

/* Its filter asks a tracer, and there is none for it. */
static void no_tracer(void)
{
	build(SYS_getppid, SECCOMP_RET_TRACE);
	say("load", load(0));
	say("getppid", syscall(SYS_getppid) > 0 ? 0 : -1);
	build(SYS_seccomp, SECCOMP_RET_TRACE | 1);
	say("load", load(0));
	build(0, SECCOMP_RET_ALLOW);
	say("load", load(0));
	say_socket("socket");
}

/* ---- Refusals ---------------------------------------------------------------------------------------------------- */

static void errors(void)
{
	struct sock_fprog bad = program;

	say("null", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
	say("bad pointer", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, 8));
	say("flags", load(1UL << 20));
	bad.filter = (void *)8;
	say("bad filter", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &bad));
	bad = (struct sock_fprog){ 0, code };
	say("none", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &bad));
	say("prctl", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &bad));
	bad.len = 4097;
	say("long", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &bad));
	code[0].k = 3;
	say("invalid", load(0));
	build(0, SECCOMP_RET_ALLOW);
	program.len--;
	say("no end", load(0));
	build(0, SECCOMP_RET_ALLOW);
	say_socket("socket");
	load_and_call();
}

static void unprivileged(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (syscall(SYS_capset, &header, none))
		abort();
	say("load", load(0));
	say("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	say("load", load(0));
}

/* As long as can be: nothing can come before it. */
static void longest(void)
{
	program.len = 0;
	while (program.len < BPF_MAXINSNS)
		add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	load_and_call();
}

/* The listener's descriptor has seccomp()'s number. Where there is a listener already, that can't be. */
static void listener(void)
{
	for (int fd = 3; fd < SYS_seccomp; fd++)
		dup2(STDOUT_FILENO, fd);
	say("load", load(SECCOMP_FILTER_FLAG_NEW_LISTENER));
}

/* So many that there is no room in the end: at the same one, or a few before, with the kernel's own error. */
static void many(void)
{
	int loaded = 0;

	program.len = 0;
	build(0, SECCOMP_RET_ALLOW);
	program.len--;
	while (program.len < 4000)
		add(BPF_LD | BPF_IMM, 0, 0, 0);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	while (load(0) == 0)
		loaded++;
	say("then", -1);
	say("loaded some", loaded > 3 && loaded < 9);
}

/* ---- Ways to load ------------------------------------------------------------------------------------------------ */

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

/* A thread that can't follow: the answer is its number. */
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

/* Who is traced already is left alone; what it gets at its socket calls is its filter's word. */
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

/* ---- Odd ones ---------------------------------------------------------------------------------------------------- */

/* A filter in memory that can't be read is none. */
static void unreadable(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sock_fprog *at = (struct sock_fprog *)(void *)(pages + 4096);
	struct sock_fprog there = { program.len, (struct sock_filter *)(void *)pages };

	memcpy(pages, code, program.len * sizeof *code);
	*at = program;
	mprotect(pages, 8192, PROT_NONE);
	say("instructions", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &there));
	say("program", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, at));
	say("direct", syscall(SYS_sendto, -1, 0, 0, 0, 0, 0));
}

/* A selector of the kernel's privilege, which is its business alone. */
static void selector(void)
{
	unsigned short es;
	long r;

	alarm(20);
	__asm__ volatile("pushl %%es\n\tpushl %%ebx\n\tmovl $1, %%ebx\n\tmovl $0x28, %%edi\n\tmovw %%di, %%es\n\t"
			 "int $0x80\n\tmovw %%es, %%di\n\tpopl %%ebx\n\tpopl %%es"
			 : "=a"(r), "=D"(es)
			 : "0"(SYS_seccomp), "c"(0), "d"(&program), "S"(0)
			 : "memory", "cc");
	say("load", r);
	say("es", es);
	say_socket("socket");
}

/* The filter looks at rt_sigprocmask's first word; the call's block isn't on the stack. */
static void asked(void)
{
	static const unsigned verdicts[] = { SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS };
	static unsigned long block[3] = { AF_UNIX, SOCK_STREAM, 0 };
	long r;

	for (int i = 0; i < 2; i++) {
		program.len = 0;
		add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
		add(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigprocmask, 0, 4);
		add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args), 0, 0);
		add(BPF_JMP | BPF_JGT | BPF_K, SIG_SETMASK, 0, 1);
		add(BPF_RET | BPF_K, verdicts[i], 0, 0);
		add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
		add(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1);
		add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
		add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
		say("load", load(0));
		__asm__ volatile("call *%%gs:0x10"
				 : "=a"(r)
				 : "0"(SYS_socketcall), "b"(1), "c"(block)
				 : "memory", "cc");
		errno = r < 0 ? (int)-r : 0;
		say("socket", r < 0 ? -1 : 0);
	}
}

/* What a load has behind its words is no business of an older filter's. */
static void marked(void)
{
	program.len = 0;
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3);
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4]), 0, 0);
	add(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
	add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	say("older", load(0));
	build(0, SECCOMP_RET_ALLOW);
	say("newer", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}

/* So many that a status of one page doesn't name them all. Who may not have them has a short one. */
static void many_groups(void)
{
	static gid_t groups[900];

	for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++)
		groups[i] = 100000 + i;
	(void)!setgroups(sizeof groups / sizeof *groups, groups);
	build(SYS_munmap, SECCOMP_RET_KILL_PROCESS);
	say("older", load(0));
	build(0, SECCOMP_RET_ALLOW);
	say("newer", load(0));
}

/* An older filter traps munmap, and SIGSYS is ignored. */
static void ignored(void)
{
	struct sigaction action;

	signal(SIGSYS, SIG_IGN);
	program.len = 0;
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	answer(SYS_munmap, SECCOMP_RET_TRAP);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	say("older", load(0));
	build(0, SECCOMP_RET_ALLOW);
	say("newer", load(0));
	sigaction(SIGSYS, NULL, &action);
	say("ignored", action.sa_handler == SIG_IGN);
	kill(getpid(), SIGSYS);
}

/* Through the 32-bit entry, but in 64-bit mode. */
static long load_wide(void)
{
	long r;

	__asm__ volatile("pushl %%ebx\n\tmovl $1, %%ebx\n\t.byte 0x9a\n\t.long 1f\n\t.word 0x33\n\tjmp 2f\n"
			 "1:\tint $0x80\n\t.byte 0xcb\n2:\tpopl %%ebx"
			 : "=a"(r)
			 : "0"(SYS_seccomp), "c"(0), "d"(&program), "S"(0), "D"(0)
			 : "memory", "cc");
	return r;
}

static void *load_widely(void *loads)
{
	for (int i = 0; i < 10; i++)
		*(int *)loads += !load_wide();
	return NULL;
}

static void wide(void)
{
	pthread_t threads[3];
	int loads[3] = { 0 };

	alarm(60);
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, load_widely, &loads[i]);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	say("loads", loads[0] + loads[1] + loads[2]);
}

static const struct {
	const char *name;
	void (*try)(void);
} tries[] = {
	{ "plain", load_and_call },
	{ "registers", registers },
	{ "memory", memory },
	{ "mask", mask },
	{ "SIGSYS waits", sigsys_waits },
	{ "SIGSYS sent", sigsys_sent },
	{ "signals", signals },
	{ "stopped", stopped },
	{ "goes on", goes_on },
	{ "stays stopped", stays_stopped },
	{ "killed", killed },
	{ "exec meanwhile", exec_meanwhile },
	{ "exec by another thread", exec_by_another },
	{ "other code", other_code },
	{ "no munmap", no_munmap },
	{ "munmap trapped", munmap_trapped },
	{ "munmap trapped before", older_munmap_trapped },
	{ "mmap trapped before", mmap_trapped },
	{ "mmap refused before", mmap_refused },
	{ "mmap kills before", mmap_kills },
	{ "munmap kills before", munmap_kills },
	{ "seccomp trapped before", seccomp_trapped },
	{ "seccomp refused before", seccomp_refused },
	{ "no tracer", no_tracer },
	{ "errors", errors },
	{ "unprivileged", unprivileged },
	{ "longest", longest },
	{ "listener", listener },
	{ "many", many },
	{ "prctl", by_prctl },
	{ "read-only", from_read_only },
	{ "thread", by_thread },
	{ "all threads", for_all_threads },
	{ "a thread that can't", not_for_all },
	{ "vfork", in_vfork },
	{ "namespaces", in_namespaces },
	{ "traced", traced },
	{ "unreadable", unreadable },
	{ "selector", selector },
	{ "asked", asked },
	{ "marked", marked },
	{ "many groups", many_groups },
	{ "ignored", ignored },
	{ "64-bit mode", wide },
};

/* In a child. */
static int try_once(size_t which)
{
	char line[64];
	int status, n = snprintf(line, sizeof line, "%s:", tries[which].name);
	pid_t pid;

	(void)!write(STDOUT_FILENO, line, (size_t)n);
	pid = fork();
	if (pid == 0) {
		/* Without it, only who is privileged may load. */
		if (tries[which].try != unprivileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			abort();
		build(0, SECCOMP_RET_ALLOW);
		alarm(SECONDS_MAX);
		tries[which].try();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (status)
		say("ended with", status);
	(void)!write(STDOUT_FILENO, "\n", 1);
	return 0;
}

int main(int argc, char **argv)
{
	long times = 1;

	self = argv[0];
	if (argc > 1 && strcmp(argv[1], "quiet") == 0)
		return 0;
	if (argc > 1 && strcmp(argv[1], "made") == 0) {
		say_socket("another program's socket");
		return 0;
	}
	if (argc > 2) {
		char byte;

		(void)!write(STDOUT_FILENO, "waits\n", 6);
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
		times = atol(argv[2]);
	}
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		if (argc > 1 && strcmp(argv[1], tries[i].name) != 0)
			continue;
		for (long n = 0; n < times; n++)
			if (try_once(i))
				return 1;
	}
	return 0;
}
