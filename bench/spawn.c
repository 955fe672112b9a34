/* SPDX-License-Identifier: MIT
 *
 * What `socketcall run` costs a start: fork, exec and wait of a static program, 32-bit and 64-bit, done by a process
 * under it and by one that isn't, in turns. Usage: spawn SOCKETCALL PROGRAM32 PROGRAM64
 */
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/rounds.h"

extern char **environ;

/* On request of one byte, starts that program of the two, waits for it, and answers how long that took. */
static int spawner(int socket, char **programs)
{
	char which;

	while (read(socket, &which, 1) == 1) {
		char *arguments[] = { programs[(int)which], NULL };
		double start = now(), took;
		pid_t pid;

		if (posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environ) || waitpid(pid, NULL, 0) != pid)
			return 1;
		took = now() - start;
		if (write(socket, &took, sizeof took) != sizeof took)
			return 1;
	}
	return 0;
}

/* A spawner of its own, under `socketcall run` if that is given. */
static int start(const char *self, const char *socketcall, char **programs)
{
	int ends[2];
	char number[12];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		exit(1);
	snprintf(number, sizeof number, "%d", ends[1]);
	if (fork() == 0) {
		close(ends[0]);
		if (socketcall)
			execl(socketcall, socketcall, "run", "--", self, "--spawner", number, programs[0], programs[1],
			      NULL);
		else
			execl(self, self, "--spawner", number, programs[0], programs[1], NULL);
		_exit(127);
	}
	close(ends[1]);
	return ends[0];
}

static double ask(int socket, char which)
{
	double took;

	if (write(socket, &which, 1) != 1 || read(socket, &took, sizeof took) != sizeof took) {
		fprintf(stderr, "spawn: a spawner has ended\n");
		exit(1);
	}
	return took;
}

int main(int argc, char **argv)
{
	static double run[ROUNDS], bare[ROUNDS];
	static const char *const text[] = { "start of a static 32-bit program under run / bare",
					    "start of a static 64-bit program under run / bare" };
	static const double wanted[] = { 1.20, 1.03 };
	int under, beside;

	if (argc == 5 && strcmp(argv[1], "--spawner") == 0)
		return spawner(atoi(argv[2]), argv + 3);
	if (argc != 4)
		return 2;
	beside = start(argv[0], NULL, argv + 2);
	under = start(argv[0], argv[1], argv + 2);
	for (char which = 0; which < 2; which++) {
		for (int i = 0; i < ROUNDS; i++) {
			run[i] = ask(under, which);
			bare[i] = ask(beside, which);
		}
		ratio(text[(int)which], run, bare, wanted[(int)which]);
	}
	return 0;
}
