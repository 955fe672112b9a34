/* SPDX-License-Identifier: MIT
 * Filters that hinder later loads, and loads that the kernel refuses. Part of the program `loads`. */
#include "loads.h"

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

/* With this filter, a later one can't be extended. */
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

/* Its filter answers SECCOMP_RET_TRACE, and the program has no tracer. */
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

/* As long as the kernel permits: no instructions can be put before it. */
static void longest(void)
{
	program.len = 0;
	while (program.len < BPF_MAXINSNS)
		add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	load_and_call();
}

/* The listener's descriptor is seccomp()'s result. EBUSY if the thread has a listener already. */
static void listener(void)
{
	for (int fd = 3; fd < SYS_seccomp; fd++)
		dup2(STDOUT_FILENO, fd);
	say("load", load(SECCOMP_FILTER_FLAG_NEW_LISTENER));
}

/*
 * Loads filters until the kernel's limit is reached: with the kernel's own error, and at the same filter or a few
 * before.
 */
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

const struct attempt loads_filters[] = {
	{ "no munmap", no_munmap, false },
	{ "munmap trapped", munmap_trapped, false },
	{ "munmap trapped before", older_munmap_trapped, false },
	{ "mmap trapped before", mmap_trapped, false },
	{ "mmap refused before", mmap_refused, false },
	{ "mmap kills before", mmap_kills, false },
	{ "munmap kills before", munmap_kills, false },
	{ "seccomp trapped before", seccomp_trapped, false },
	{ "seccomp refused before", seccomp_refused, false },
	{ "no tracer", no_tracer, false },
	{ "errors", errors, false },
	{ "unprivileged", unprivileged, true },
	{ "longest", longest, false },
	{ "listener", listener, false },
	{ "many", many, false },
	{ 0 },
};
