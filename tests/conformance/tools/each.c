/* SPDX-License-Identifier: MIT
 * Usage: each PROGRAM... For systems without a shell: runs the programs one after the other, and prints each one's name
 * and wait status around its output. tests/conformance/run --said reads that. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int status = -1;
		pid_t pid;

		printf("==== %s\n", argv[i]);
		fflush(stdout);
		pid = fork();
		if (!pid) {
			dup2(1, 2);
			execl(argv[i], argv[i], (char *)0);
			_exit(127);
		}
		if (pid > 0)
			waitpid(pid, &status, 0);
		printf("==== status %d\n", status);
	}
	return 0;
}
