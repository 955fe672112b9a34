/* SPDX-License-Identifier: MIT
 *
 * A 32-bit program that loads seccomp filters that name socketcall but no direct calls, in many ways and at difficult
 * moments, and prints the results: a line for each try, the same on the open kernel and under run. It doesn't know what
 * it runs under. Each try is a child.
 *
 * Usage: loads               makes all tries
 *        loads NAME          makes the try of that name
 *        loads NAME TIMES    prints "waits", reads standard input to its end, and then makes the try so many times
 */
#include "loads.h"

struct sock_filter code[LENGTH_MAX];
struct sock_fprog program = { 0, code };
const char *self;

void add(unsigned op, unsigned k, unsigned jt, unsigned jf)
{
	code[program.len++] = (struct sock_filter)BPF_JUMP((unsigned short)op, k, (unsigned char)jt, (unsigned char)jf);
}

void answer(unsigned number, unsigned verdict)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
	add(BPF_RET | BPF_K, verdict, 0, 0);
}

void build(unsigned number, unsigned verdict)
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

long load(unsigned long flags)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

void say(const char *what, long result)
{
	char line[128];
	int n = result < 0 ? snprintf(line, sizeof line, " %s: %s", what, strerrorname_np(errno))
			   : snprintf(line, sizeof line, " %s: %ld", what, result);

	(void)!write(STDOUT_FILENO, line, (size_t)n);
}

void say_socket(const char *what)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	say(what, fd < 0 ? -1 : 0);
	close(fd);
}

volatile sig_atomic_t handled;

void count(int signal)
{
	(void)signal;
	handled++;
}

bool late(const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - begin->tv_sec > SECONDS_MAX / 6;
}

volatile unsigned *loads_made;

void share_loads(void)
{
	loads_made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

void wait_for_loads(void)
{
	while (*loads_made == 0)
		usleep(50);
}

pthread_barrier_t begun;

void load_and_call(void)
{
	say("load", load(0));
	say_socket("socket");
}

static const struct attempt plain[] = { { "plain", load_and_call, false }, { 0 } };
static const struct attempt *const tables[] = {
	plain, loads_kept, loads_moments, loads_filters, loads_ways, loads_odd
};

/* In a child. */
static int try_once(const struct attempt *attempt)
{
	char line[64];
	int status, n = snprintf(line, sizeof line, "%s:", attempt->name);
	pid_t pid;

	(void)!write(STDOUT_FILENO, line, (size_t)n);
	pid = fork();
	if (pid == 0) {
		if (!attempt->unprivileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			abort();
		build(0, SECCOMP_RET_ALLOW);
		alarm(SECONDS_MAX);
		attempt->begin();
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
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct attempt *attempt = tables[i]; attempt->name; attempt++) {
			if (argc > 1 && strcmp(argv[1], attempt->name) != 0)
				continue;
			for (long n = 0; n < times; n++)
				if (try_once(attempt))
					return 1;
		}
	return 0;
}
