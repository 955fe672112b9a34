/* SPDX-License-Identifier: MIT
 *
 * Usage: runner KIND...
 * Starts each program KIND of the folder that this program is in; needs no shell. Waits until the program and all other
 * processes that hold its output (daemons) have ended, and prints a row: "where KIND PID: works", or what the program
 * said, or "killed by signal N", or "hang". The programs end by themselves after a minute at most. SOCKETCALL_DEBUG
 * makes the preload say in each that it is loaded. uname(2) tells the programs the truth, even if UNAME26 was set for
 * run.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	BOUND = 90, /* seconds until a program counts as hanging; the programs' own alarms come first */
};

static const char *folder;

static int start(const char *kind, const int ends[2])
{
	char path[256], *arguments[] = { path, NULL };
	pid_t pid = fork();

	if (pid)
		return pid;
	setpgid(0, 0);
	snprintf(path, sizeof path, "%s/%s", folder, kind);
	dup2(ends[1], STDOUT_FILENO);
	execv(path, arguments);
	printf("can't be run: %s\n", strerror(errno));
	fflush(stdout);
	_exit(127);
}

/* Reads what is said until the process and all others that hold its output have ended. Returns its wait status, or -1
 * if one of them hangs. */
static int outcome(pid_t pid, int output, char *said, size_t room)
{
	time_t end = time(NULL) + BOUND;
	int status = -1, open = 1;
	size_t n = 0;

	while (status < 0 || open) {
		ssize_t got = open ? read(output, said + n, room - 1 - n) : -1;

		if (got > 0)
			n += (size_t)got;
		if (got == 0)
			open = 0;
		if (status < 0 && waitpid(pid, &status, WNOHANG) != pid)
			status = -1;
		if (time(NULL) >= end)
			break;
		if (got < 0)
			usleep(2000);
	}
	if (n && said[n - 1] == '\n')
		n--;
	said[n] = '\0';
	for (char *p = said; *p; p++)
		if (*p == '\n')
			*p = ';';
	if (status >= 0 && !open)
		return status;
	kill(-pid, SIGKILL);
	if (status < 0)
		waitpid(pid, NULL, 0);
	return -1;
}

static void row(const char *kind)
{
	char said[256];
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
		exit(125);
	pid = start(kind, ends);
	close(ends[1]);
	status = outcome(pid, ends[0], said, sizeof said);
	close(ends[0]);
	if (status < 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM))
		strcpy(said, "hang");
	else if (WIFSIGNALED(status))
		snprintf(said, sizeof said, "killed by signal %d", WTERMSIG(status));
	else if (status == 0 && !strcmp(said, "right"))
		strcpy(said, "works");
	else if (!*said)
		snprintf(said, sizeof said, "it ended with %d and said nothing", WEXITSTATUS(status));
	else if (!strcmp(said, "right"))
		snprintf(said, sizeof said, "right, but it ended with %d", WEXITSTATUS(status));
	printf("where %s %d: %s\n", kind, (int)pid, said);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int persona = personality(0xffffffff);
	char *slash = strrchr(argv[0], '/');

	if (persona != -1 && persona & UNAME26)
		personality((unsigned)persona & ~(unsigned)UNAME26);
	if (!slash)
		return 125;
	*slash = '\0';
	folder = argv[0];
	setenv("SOCKETCALL_DEBUG", "1", 1);
	for (int i = 1; i < argc; i++)
		row(argv[i]);
	return 0;
}
