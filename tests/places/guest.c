/* SPDX-License-Identifier: MIT
 *
 * Usage: guest CELL... -- KIND...
 * Runs in a guest of tools/vm, as root. Prints "kernel RELEASE"; then starts the table's programs once for each cell,
 * and prints "cell CELL" before their output, and "end STATUS" after it. CELL is
 *   open            on the open kernel
 *   closed          where socketcall is closed
 *   yama=N,uid=N    closed, under `socketcall run`, as that user, with that ptrace_scope. Before that,
 *                   `socketcall doctor` runs; its output ends with a line "doctor: STATUS"
 *   yama=N,uid=N,old    the same, but uname(2) says that the kernel is Linux 2.6, so run uses nothing newer
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static char socketcall[] = "/socketcall", runner[] = "/where/runner", closed[] = "closed", run[] = "run",
	    doctor[] = "doctor", verbose[] = "--verbose", dashes[] = "--";

static int set_scope(unsigned scope)
{
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : dprintf(fd, "%u\n", scope);

	close(fd);
	return r < 0 ? -1 : 0;
}

static void become(unsigned uid)
{
	if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))) {
		printf("user %u: %s\n", uid, strerror(errno));
		_exit(125);
	}
}

/* Runs the command as that user. Returns its exit status, or 128 plus the signal that killed it. */
static int start(char **command, unsigned uid, bool is_old)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		become(uid);
		if (is_old)
			personality(UNAME26);
		execv(command[0], command);
		printf("%s: %s\n", command[0], strerror(errno));
		fflush(stdout);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void do_cell(const char *cell, char **kinds, unsigned count)
{
	char *command[count + 16], *ask[] = { socketcall, closed, dashes, socketcall, doctor, NULL };
	unsigned scope = 0, uid = 0, n = 0;
	bool is_run = sscanf(cell, "yama=%u,uid=%u", &scope, &uid) == 2, is_old = strstr(cell, ",old");

	if (strcmp(cell, "open") != 0) {
		command[n++] = socketcall;
		command[n++] = closed;
		command[n++] = dashes;
	}
	if (is_run) {
		command[n++] = socketcall;
		command[n++] = run;
		command[n++] = verbose;
		command[n++] = dashes;
	}
	command[n++] = runner;
	for (unsigned i = 0; i < count; i++)
		command[n++] = kinds[i];
	command[n] = NULL;
	printf("cell %s\n", cell);
	if (is_run && set_scope(scope))
		printf("ptrace_scope: %s\n", strerror(errno));
	if (is_run)
		printf("doctor: %d\n", start(ask, uid, is_old));
	printf("end %d\n", start(command, uid, is_old));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct utsname name;
	int cells = 1;

	if (!uname(&name))
		printf("kernel %s\n", name.release);

	while (cells < argc && strcmp(argv[cells], dashes) != 0)
		cells++;
	for (int i = 1; i < cells && cells < argc; i++)
		do_cell(argv[i], argv + cells + 1, (unsigned)(argc - cells - 1));
	return 0;
}
