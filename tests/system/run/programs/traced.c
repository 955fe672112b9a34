/* SPDX-License-Identifier: MIT
 * Shows the differences that a program of a supervised tree can see: the results of ptrace(2), whether it can have a
 * seccomp listener of its own, and when a signal ends a process that waits in vfork(). Usage: traced listener | tracer
 * | metadata | vfork MS */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_SEIZE
#define PTRACE_SEIZE 0x4206
#endif
#ifndef PTRACE_SECCOMP_GET_METADATA
#define PTRACE_SECCOMP_GET_METADATA 0x420d
#endif

static const char *name_of(long r)
{
	return r < 0 ? strerrorname_np(errno) : "works";
}

static int listener(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	printf("a listener: %s\n",
	       name_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program)));
	return 0;
}

/* Starts a child that waits to be killed. */
static pid_t idle(void)
{
	pid_t child = fork();

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return child;
}

static int tracer(void)
{
	static const struct {
		const char *name;
		long request;
	} requests[] = { { "PTRACE_ATTACH", PTRACE_ATTACH }, { "PTRACE_SEIZE", PTRACE_SEIZE } };
	int status;

	if (!fork())
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0);
	wait(&status);
	errno = WEXITSTATUS(status);
	printf("PTRACE_TRACEME: %s\n", name_of(errno ? -1 : 0));
	for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++) {
		pid_t child = idle();

		printf("%s: %s\n", requests[i].name, name_of(ptrace(requests[i].request, child, NULL, NULL)));
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	return 0;
}

/* Asks about a child, which has only inherited filters, if any. EACCES takes precedence over ENOENT. */
static int metadata(void)
{
	unsigned long data[2] = { 0 };
	pid_t child = idle();
	int status;
	long r;

	if (ptrace(PTRACE_ATTACH, child, NULL, NULL) || waitpid(child, &status, 0) != child) {
		perror("metadata: the child can't be traced");
		return 1;
	}
	r = ptrace(PTRACE_SECCOMP_GET_METADATA, child, sizeof data, data);
	printf("PTRACE_SECCOMP_GET_METADATA: %s\n", name_of(r));
	kill(child, SIGKILL);
	return 0;
}

/* True if process `pid` waits in vfork(). */
static bool is_in_vfork(pid_t pid)
{
	char path[64], text[64] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/syscall", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, text, sizeof text - 1) < 0)
		text[0] = '\0';
	close(fd);
	return atoi(text) == SYS_vfork;
}

enum { PATIENCE_MS = 20000 };

static void nap(void)
{
	usleep(1000);
}

/*
 * A process waits in vfork() until its child has ended. Sends SIGTERM to it meanwhile, and prints which of the two
 * ended first. The child ends `child_ms` after the signal, or as soon as its parent has ended.
 */
static int in_vfork(int child_ms)
{
	int alive[2], signalled[2], status, tries = 0;
	pid_t parent;
	char byte;

	if (pipe2(alive, O_CLOEXEC) || pipe2(signalled, O_CLOEXEC))
		return 1;
	parent = fork();
	if (!parent) {
		struct pollfd end = { .fd = signalled[0] };

		close(signalled[1]);
		if (vfork() == 0) {
			(void)!read(signalled[0], &byte, 1);
			poll(&end, 1, child_ms);
			/*
			 * exit() ends the parent's waiting before it closes the child's descriptors. The child
			 * closes its end first, so that the pipe tells whether the child slept until its end.
			 */
			close(alive[1]);
			_exit(0);
		}
		_exit(0);
	}
	close(alive[1]);
	while (!is_in_vfork(parent))
		if (nap(), ++tries == PATIENCE_MS) {
			printf("it doesn't come to wait in vfork()\n");
			return 1;
		}
	kill(parent, SIGTERM);
	(void)!write(signalled[1], "", 1);
	waitpid(parent, &status, 0);
	fcntl(alive[0], F_SETFL, O_NONBLOCK);
	printf("SIGTERM ended it (signal %d), and its child %s then\n", WTERMSIG(status),
	       read(alive[0], &byte, 1) < 0 ? "was there" : "had ended");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} parts[] = { { "listener", listener }, { "tracer", tracer }, { "metadata", metadata } };

	alarm(60);
	if (argc == 3 && strcmp(argv[1], "vfork") == 0)
		return in_vfork(atoi(argv[2]));
	for (unsigned i = 0; argc == 2 && i < sizeof parts / sizeof *parts; i++)
		if (strcmp(argv[1], parts[i].name) == 0)
			return parts[i].run();
	return 2;
}
