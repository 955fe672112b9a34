/* SPDX-License-Identifier: MIT
 * A load of a filter must not change registers, memory or signals. Part of the program `loads`. */
#include "loads.h"

/* Every register but eax, for both entries. */
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

/* The blocked and the pending signals. */
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

/* Also a SIGSYS, which a trap sends, too. */
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

static void sent(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	handled += info->si_code == SI_USER && info->si_pid == getppid();
}

/*
 * The signal comes while the child loads filters. The child goes on until it has handled the signal, even if the kernel
 * has no room for more filters. After some more loads the signal must still have come only once.
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

const struct attempt loads_kept[] = {
	{ "registers", registers, false },       { "memory", memory, false },           { "mask", mask, false },
	{ "SIGSYS waits", sigsys_waits, false }, { "SIGSYS sent", sigsys_sent, false }, { 0 },
};
