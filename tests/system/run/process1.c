/* SPDX-License-Identifier: MIT
 *
 * An init, which must be process 1 of a PID namespace: prints what such a process sees of its children. The output must
 * be the same under `socketcall run` and without.
 *
 * Usage: process1 waits              waits for children, its own and adopted ones
 *        process1 signals [exec COMMAND...]   signals all other processes, and then becomes a command
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t children;

static void on_child(int signal)
{
	(void)signal;
	children++;
}

static void on_alarm(int signal)
{
	static const char text[] = "a wait has no end\n";

	(void)signal;
	(void)!write(1, text, sizeof text - 1);
	_exit(1);
}

static pid_t start(int status)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(status);
	return pid;
}

static void say(const char *what, pid_t pid, int status)
{
	if (pid > 0)
		printf("%s: status %#x\n", what, (unsigned)status);
	else
		printf("%s: %d, %s\n", what, (int)pid, pid < 0 ? strerrorname_np(errno) : "nobody yet");
}

/* Waits as inits and supervisors do: dumb-init, tini, s6-svscan, runit, shells. */
static int waits(void)
{
	int status = 0;
	pid_t pid;

	pid = wait(&status);
	say("wait(), without a child", pid, status);
	pid = waitpid(-1, &status, WNOHANG);
	say("waitpid(-1, WNOHANG), without a child", pid, status);
	start(3);
	pid = wait(&status);
	say("wait(), with one", pid, status);
	/* An orphan: a child's child, whose parent ends first. */
	if (start(0) > 0)
		wait(&status);
	if (!fork()) {
		if (!fork()) {
			while (getppid() != 1)
				usleep(1000);
			_exit(5);
		}
		_exit(4);
	}
	for (int i = 0; (pid = wait(&status)) > 0; i++)
		printf("wait() until there is nobody, %d\n", i);
	say("wait() at the end", pid, status);
	pid = waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED);
	say("waitid(P_ALL) at the end", pid, status);
	printf("SIGCHLD came: %s\n", children ? "yes" : "no");
	return 7;
}

static int signals(char **command)
{
	static const int sent[] = { SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGQUIT, SIGALRM };
	int status = 0, killed = 0;
	pid_t pid;

	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		int gate[2];
		char byte;

		if (pipe(gate))
			return 2;
		pid = fork();
		if (pid == 0) {
			signal(SIGALRM, SIG_DFL);
			close(gate[0]);
			(void)!write(gate[1], "", 1);
			for (;;)
				pause();
		}
		close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		close(gate[0]);
		if (kill(-1, sent[i]))
			printf("kill: %s\n", strerrorname_np(errno));
		while ((pid = wait(&status)) > 0) {
			killed++;
			printf("ended: %#x\n", (unsigned)status & 0x7f);
		}
	}
	printf("%d ended, then %s\n", killed, strerrorname_np(errno));
	fflush(stdout);
	if (*command && command[1])
		execvp(command[1], command + 1);
	return 7;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_child, .sa_flags = SA_RESTART };

	if (getpid() != 1) {
		puts("must be run as process 1");
		return 100;
	}
	sigaction(SIGCHLD, &action, NULL);
	signal(SIGALRM, on_alarm);
	alarm(60);
	if (argc > 1 && !strcmp(argv[1], "waits"))
		return waits();
	if (argc > 1 && !strcmp(argv[1], "signals"))
		return signals(argv + 2);
	return 2;
}
