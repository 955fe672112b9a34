/* SPDX-License-Identifier: MIT
 *
 * A 32-bit program that loads seccomp filters of its own, as sandboxes do, and prints the results of its socket calls,
 * a line for each filter: "FILTER: RESULTS". It makes its calls by libc, and doesn't know what it runs under. Each
 * filter is loaded in a child.
 *
 * Each filter is an allow list: it has verdicts for the direct calls and for socketcall, allows what else the program
 * needs, and traps all other calls.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef __i386__
#error "a program for i386"
#endif

enum {
	LENGTH_MAX = 256,
	SECRET_ERROR = EXDEV, /* the SIGSYS handler's answer: no socket call fails with this error */
	DIRECT_FIRST = SYS_socket,
	DIRECT_LAST = SYS_shutdown,
	ALLOW = SECCOMP_RET_ALLOW,
	TRAP = SECCOMP_RET_TRAP,
	KILL = (int)SECCOMP_RET_KILL_PROCESS,
};
#define ERROR(e) (int)(SECCOMP_RET_ERRNO | (e))

/* The system calls that the program needs besides socket calls. */
/* clang-format off */
#define NEEDED(X) \
	X(read) X(write) X(close) X(openat) X(access) X(readlink) X(readlinkat) X(fstat64) X(statx) X(pread64) X(brk) \
	X(mmap2) X(munmap) X(mprotect) X(madvise) X(fork) X(clone) X(clone3) X(execve) X(waitpid) X(wait4) X(exit) \
	X(exit_group) X(futex) X(set_thread_area) X(set_tid_address) X(set_robust_list) X(rseq) X(getpid) X(gettid) \
	X(tgkill) X(rt_sigaction) X(rt_sigreturn) X(sigreturn) X(uname) X(prctl) X(arch_prctl) X(ugetrlimit) \
	X(prlimit64) X(getrandom)
/* clang-format on */

struct filter {
	const char *name;
	int direct, multiplexed;
	int ask;               /* rt_sigprocmask */
	void (*then)(void);    /* what is tried; null: two calls */
	unsigned by_call : 1,  /* socket() is refused at both doors; the other calls get their verdicts */
		shrug : 1,     /* the handler answers ENOSYS to the direct calls */
		from_vdso : 1; /* calls from outside of the vDSO get EPERM */
	unsigned long load;    /* seccomp(2)'s flags */
};

static struct sock_filter code[LENGTH_MAX];
static unsigned short length;
static int pair[2];
static int shrug;
static volatile int trapped; /* the system call number that the handler saw last */

static void add(unsigned short op, unsigned k)
{
	if (length == LENGTH_MAX)
		abort();
	code[length++] = (struct sock_filter)BPF_STMT(op, k);
}

/* Skips the instructions that follow unless the accumulator is in first..last. */
static void only_if(unsigned first, unsigned last, unsigned char skip)
{
	add(BPF_JMP | BPF_JGE | BPF_K, first);
	code[length - 1].jf = (unsigned char)(skip + 1);
	add(BPF_JMP | BPF_JGT | BPF_K, last);
	code[length - 1].jt = skip;
}

static void answer(unsigned first, unsigned last, int action)
{
	only_if(first, last, 1);
	add(BPF_RET | BPF_K, (unsigned)action);
}

static void build(const struct filter *f)
{
	static const unsigned short needed[] = {
#define X(name) SYS_##name,
		NEEDED(X)
#undef X
	};
	unsigned long vdso = getauxval(AT_SYSINFO_EHDR);

	length = 0;
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	add(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386);
	code[length - 1].jt = 1;
	add(BPF_RET | BPF_K, (unsigned)KILL);
	if (f->from_vdso) {
		add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer));
		add(BPF_JMP | BPF_JGE | BPF_K, vdso);
		code[length - 1].jf = 1;
		add(BPF_JMP | BPF_JGE | BPF_K, vdso + 0x2000);
		code[length - 1].jf = 1;
		add(BPF_RET | BPF_K, (unsigned)ERROR(EPERM));
	}
	if (f->by_call) {
		add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
		answer(SYS_socket, SYS_socket, ERROR(EACCES));
		only_if(SYS_socketcall, SYS_socketcall, 4);
		add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args));
		answer(SYS_SOCKET, SYS_SOCKET, ERROR(EACCES));
	}
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	answer(DIRECT_FIRST, DIRECT_LAST, f->direct);
	answer(SYS_socketcall, SYS_socketcall, f->multiplexed);
	answer(SYS_rt_sigprocmask, SYS_rt_sigprocmask, f->ask);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		answer(needed[i], needed[i], ALLOW);
	add(BPF_RET | BPF_K, TRAP);
}

/* Like sandboxes, looks at the trapped call, and sets its result. */
static void handle(int signal, siginfo_t *info, void *context)
{
	ucontext_t *u = context;

	(void)signal;
	trapped = info->si_syscall;
	if (info->si_syscall != u->uc_mcontext.gregs[REG_EAX] ||
	    (long)info->si_call_addr != u->uc_mcontext.gregs[REG_EIP])
		_exit(9);
	if (trapped != SYS_socketcall && (trapped < DIRECT_FIRST || trapped > DIRECT_LAST))
		_exit(8);
	u->uc_mcontext.gregs[REG_EAX] = shrug && trapped != SYS_socketcall ? -ENOSYS : -SECRET_ERROR;
}

/* Not by stdio and strerror(), which may make calls that the filter refuses. */
static void say(const char *text)
{
	(void)!write(STDOUT_FILENO, text, strlen(text));
}

static void say_result(const char *call, long result)
{
	char line[80];

	if (result >= 0)
		snprintf(line, sizeof line, " %s made", call);
	else if (errno == SECRET_ERROR)
		snprintf(line, sizeof line, " %s trapped as %s", call,
			 trapped == SYS_socketcall ? "socketcall" : "direct");
	else
		snprintf(line, sizeof line, " %s %s", call, strerrorname_np(errno));
	say(line);
}

static void two_calls(void)
{
	say_result("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	say_result("send", send(pair[0], "", 1, 0));
}

/* A block outside the stack. */
static void far_block(void)
{
	static long block[] = { AF_UNIX, SOCK_STREAM, 0 };

	say_result("socket", syscall(SYS_socketcall, SYS_SOCKET, block));
}

/* The block is near the caller's stack pointer: for some of these positions it crosses a page boundary. */
static void every_place(void)
{
	enum { STEP = 16, PLACES = 4096 / STEP };
	int made = 0;

	for (int i = 0; i < PLACES; i++) {
		volatile char *room = __builtin_alloca(STEP);
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		*room = 0;
		if (fd >= 0) {
			made++;
			close(fd);
		}
	}
	say(made == PLACES ? " made" : made > PLACES * 9 / 10 ? " made, but for a few" : " not made");
}

static void another_program(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/proc/self/exe", "filters", "made", NULL);
		_exit(7);
	}
	waitpid(pid, NULL, 0);
}

static void other_entry(void)
{
	long r;

	/* Makes the call from outside of the vDSO, which the filter sees. */
	__asm__ volatile("int $0x80" : "=a"(r) : "0"(SYS_getpid) : "memory");
	say(r == -EPERM ? " another entry EPERM" : " another entry made");
	two_calls();
}

static pthread_barrier_t loaded;

static void *other_thread(void *unused)
{
	pthread_barrier_wait(&loaded);
	two_calls();
	return unused;
}

static long load(unsigned long flags)
{
	struct sock_fprog program = { length, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void try(const struct filter *f)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };
	pthread_t thread;

	sigaction(SIGSYS, &action, NULL);
	shrug = f->shrug;
	build(f);
	if (f->load & SECCOMP_FILTER_FLAG_TSYNC) {
		pthread_barrier_init(&loaded, NULL, 2);
		if (pthread_create(&thread, NULL, other_thread, NULL))
			abort();
	}
	if (load(f->load) < 0) {
		say_result("seccomp", -1);
		_exit(0);
	}
	if (f->load & SECCOMP_FILTER_FLAG_TSYNC) {
		pthread_barrier_wait(&loaded);
		pthread_join(thread, NULL);
	} else if (f->load & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
		say(" a listener");
	} else if (f->then) {
		f->then();
	} else {
		two_calls();
	}
	_exit(0);
}

/* Not a filter, but strict mode: read, write, exit and sigreturn are allowed, other calls kill. */
static void try_strict(void)
{
	int r = prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);

	if (r)
		say_result("prctl", r);
	else
		two_calls();
	syscall(SYS_exit, 0);
}

static void say_status(void)
{
	char line[128];
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof line, status))
		if (strncmp(line, "Seccomp_filters:", 16) == 0) {
			line[strcspn(line, "\n")] = '\0';
			say(" ");
			say(line + 17);
		}
	_exit(0);
}

static const struct filter filters[] = {
	{ .name = "both doors" },
	{ .name = "both doors, and a program that it starts", .then = another_program },
	{ .name = "both doors, for every thread", .load = SECCOMP_FILTER_FLAG_TSYNC },
	{ .name = "both doors, but no socket", .by_call = 1 },
	{ .name = "from within the vDSO alone", .from_vdso = 1, .then = other_entry },
	{ .name = "direct alone, else killed", .multiplexed = KILL },
	{ .name = "direct alone, else EPERM", .multiplexed = ERROR(EPERM) },
	{ .name = "direct alone, else trapped", .multiplexed = TRAP },
	{ .name = "socketcall alone, else ENOSYS", .direct = ERROR(ENOSYS) },
	{ .name = "socketcall alone, else EPERM", .direct = ERROR(EPERM) },
	{ .name = "socketcall alone, else trapped", .direct = TRAP },
	{ .name = "socketcall alone, else trapped and ENOSYS", .direct = TRAP, .shrug = 1 },
	{ .name = "socketcall alone, else killed", .direct = KILL },
	{ .name = "neither, both trapped", .direct = TRAP, .multiplexed = TRAP },
	{ .name = "neither, both trapped, direct ENOSYS", .direct = TRAP, .multiplexed = TRAP, .shrug = 1 },
	{ .name = "no rt_sigprocmask, EPERM, block elsewhere", .ask = ERROR(EPERM), .then = far_block },
	{ .name = "no rt_sigprocmask, killed, block elsewhere", .ask = KILL, .then = far_block },
	{ .name = "no rt_sigprocmask, EPERM, every place of the stack", .ask = ERROR(EPERM), .then = every_place },
	{ .name = "a listener", .load = SECCOMP_FILTER_FLAG_NEW_LISTENER },
	{ .name = "strict" },
	{ .name = "filters" },
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "made") == 0) {
		pair[0] = -1;
		say_result("socket", socket(AF_UNIX, SOCK_STREAM, 0));
		return 0;
	}
	/* A pair to send over must exist before anything is closed: made by the direct call, which no libc uses. */
	if (syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		struct filter f = filters[i];
		int status;
		pid_t pid;

		if (!f.direct)
			f.direct = ALLOW;
		if (!f.multiplexed)
			f.multiplexed = ALLOW;
		if (!f.ask)
			f.ask = ALLOW;
		say(f.name);
		say(":");
		pid = fork();
		if (pid == 0) {
			if (strcmp(f.name, "strict") == 0)
				try_strict();
			if (strcmp(f.name, "filters") == 0)
				say_status();
			try(&f);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 1;
		if (WIFSIGNALED(status))
			say(WTERMSIG(status) == SIGSYS    ? " killed"
			    : WTERMSIG(status) == SIGKILL ? " killed by SIGKILL"
							  : " killed by another signal");
		else if (WEXITSTATUS(status))
			say(WEXITSTATUS(status) == 8 ? " trapped elsewhere" : " ended badly");
		say("\n");
	}
	return 0;
}
