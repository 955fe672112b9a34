/* SPDX-License-Identifier: MIT
 * Socket calls of i386 by int $0x80.
 * Usage: waits TURNS [CHILDREN]
 *                      1 child or more wait in RECV for ever; meanwhile this process makes TURNS pairs of sockets
 *        waits         prints its PID, waits in RECV for ever, and prints the error that ends the call
 *        waits same    two processes, which have the same PID one after the other, make calls with their own sockets */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKETPAIR = 8, SEND = 9, RECV = 10, NOT_ALLOWED = 77, MOST_CHILDREN = 1000 };

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

/* Waits until the process sleeps. 0, or 1 after a minute. */
static bool wait_for_sleep(pid_t process)
{
	char path[32], line[64] = "", *state;

	snprintf(path, sizeof path, "/proc/%d/stat", process);
	for (int i = 0; i < 60000; i++) {
		FILE *file = fopen(path, "r");

		state = file && fgets(line, sizeof line, file) ? strchr(line, ')') : NULL;
		if (file)
			fclose(file);
		if (state && state[2] == 'S')
			return false;
		usleep(1000);
	}
	printf("the child that should wait in RECV does not sleep\n");
	return true;
}

/*
 * Exits with 0 if a byte goes through its pair. The second process (turn 1) makes two pairs, and uses descriptors that
 * the first one didn't have.
 */
static void use_pair(int turn)
{
	int fds[2];
	char byte = 0;

	for (int i = 0; i <= turn; i++)
		pair(fds);
	_exit(call(SEND, fds[0], (long)"x", 1, 0) != 1 || call(RECV, fds[1], (long)&byte, 1, 0) != 1 || byte != 'x');
}

static int same_number(void)
{
	pid_t number = 0;

	for (int turn = 0; turn < 2; turn++) {
		struct clone_args arguments = {
			.exit_signal = SIGCHLD,
			.set_tid = turn ? (unsigned long)&number : 0,
			.set_tid_size = (unsigned)turn, /* the second process gets the first one's PID */
		};
		int status = 0;
		pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);

		if (child == 0)
			use_pair(turn);
		if (child < 0 && errno == EPERM)
			return NOT_ALLOWED;
		if (child < 0 || waitpid(child, &status, 0) != child || (turn && child != number) || status) {
			printf("%s process: %d, %s, status %#x\n", turn ? "second" : "first", child, strerror(errno),
			       status);
			return 1;
		}
		number = child;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int fds[2], said[2], turns = argc > 1 ? atoi(argv[1]) : 0, children = argc > 2 ? atoi(argv[2]) : 1;
	static pid_t child[MOST_CHILDREN];
	char byte;

	if (argc > 1 && strcmp(argv[1], "same") == 0)
		return same_number();
	setvbuf(stdout, NULL, _IONBF, 0);
	pair(fds);
	if (!turns) {
		printf("%d\n", getpid());
		printf("recv: %s\n", strerror((int)-call(RECV, fds[0], (long)&byte, 1, 0)));
		return 0;
	}
	if (pipe(said) || children > MOST_CHILDREN)
		return 1;
	for (int i = 0; i < children; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			if (write(said[1], "", 1) != 1)
				return 1;
			_exit((int)call(RECV, fds[0], (long)&byte, 1, 0));
		}
		if (read(said[0], &byte, 1) != 1 || wait_for_sleep(child[i]))
			return 1;
	}
	for (int i = 0; i < turns; i++) {
		int more[2];

		pair(more);
		close(more[0]);
		close(more[1]);
	}
	printf("%d pairs\n", turns);
	for (int i = 0; i < children; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	return 0;
}
