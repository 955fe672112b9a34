/* SPDX-License-Identifier: MIT
 * Usage: waits TURNS: one process waits in socketcall's RECV for ever, another makes TURNS pairs of sockets meanwhile.
 *        waits: waits in RECV for ever, after saying so. Prints the error that ends it. i386. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKETPAIR = 8, RECV = 10 };

static long call(int number, long a, long b, long c, long d)
{
	long block[] = { a, b, c, d }, r;

	__asm__ volatile("int $0x80" : "=a"(r) : "0"(102), "b"(number), "c"(block) : "memory");
	return r;
}

static void pair(int *fds)
{
	long r = call(SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, (long)fds);

	if (r < 0) {
		printf("socketpair: %s\n", strerror((int)-r));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	int fds[2], turns = argc > 1 ? atoi(argv[1]) : 0;
	char byte;
	pid_t child;

	setvbuf(stdout, NULL, _IONBF, 0);
	pair(fds);
	if (!turns) {
		printf("waits\n");
		printf("recv: %s\n", strerror((int)-call(RECV, fds[0], (long)&byte, 1, 0)));
		return 0;
	}
	child = fork();
	if (child == 0)
		_exit((int)call(RECV, fds[0], (long)&byte, 1, 0));
	for (int i = 0; i < turns; i++) {
		int more[2];

		pair(more);
		close(more[0]);
		close(more[1]);
	}
	printf("%d pairs\n", turns);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
