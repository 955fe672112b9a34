/* SPDX-License-Identifier: MIT
 * Unusual filters, and unusual programs that load them. Part of the program `loads`. */
#include "loads.h"

/* A filter in memory that the program can't read must not be loaded. */
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

/* A segment selector with the kernel's privilege level, which only the kernel may set. */
static void selector(void)
{
	unsigned short es;
	long r;

	alarm(60);
	__asm__ volatile("pushl %%es\n\tpushl %%ebx\n\tmovl $1, %%ebx\n\tmovl $0x28, %%edi\n\tmovw %%di, %%es\n\t"
			 "int $0x80\n\tmovw %%es, %%di\n\tpopl %%ebx\n\tpopl %%es"
			 : "=a"(r), "=D"(es)
			 : "0"(SYS_seccomp), "c"(0), "d"(&program), "S"(0)
			 : "memory", "cc");
	say("load", r);
	say("es", es);
	say_socket("socket");
}

/* The filter compares rt_sigprocmask's first word, and the call's block isn't on the stack. */
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

/* Values in a load's unused arguments must not matter to an older filter. */
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

/* So many groups that /proc/PID/status is longer than a page. An unprivileged process has a short one. */
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

/* By the 32-bit entry, but in 64-bit mode. */
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

const struct attempt loads_odd[] = {
	{ "unreadable", unreadable, false },
	{ "selector", selector, false },
	{ "asked", asked, false },
	{ "marked", marked, false },
	{ "many groups", many_groups, false },
	{ "ignored", ignored, false },
	{ "64-bit mode", wide, false },
	{ 0 },
};
