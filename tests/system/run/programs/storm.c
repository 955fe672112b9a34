/* SPDX-License-Identifier: MIT
 *
 * A static 32-bit program that starts itself in every way, many times. Each time it makes a socket, which works if it
 * was patched in time. Exit status: 0; 1: a socket couldn't be made; 2: something else failed.
 *
 * Usage: storm check                     makes a socket
 *        storm chain N                   execs itself N times
 *        storm stopped N                 the same, stopped and continued and sent signals all the time
 *        storm area N                    N times set_thread_area() under a timer's signals
 *        storm thread | fails | spawn N | daemon FILE | reaper N | tree N
 *        storm hold                      for each line of standard input: prints "here", or runs the line ("exec "
 *                                        and a path, or a shell command) and prints how it ended
 */
#include <asm/ldt.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BRANCHES = 8 };

extern char **environ;
static char self[] = "/proc/self/exe";

static void check(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) {
		fprintf(stderr, "%d: %s\n", getpid(), strerror(errno));
		_exit(1);
	}
	close(pair[0]);
	close(pair[1]);
}

static void die(const char *what)
{
	perror(what);
	_exit(2);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static void exec_self(const char *what, const char *argument)
{
	execl(self, "storm", what, argument, (char *)NULL);
	die("exec");
}

static int chain(int left)
{
	char number[16];

	if (!left)
		return 0;
	snprintf(number, sizeof number, "%d", left - 1);
	exec_self("chain", number);
	return 2;
}

static int stopped(const char *times)
{
	sigset_t blocked;
	pid_t pid;
	int status;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGUSR2, SIG_IGN);
	pid = fork();
	if (pid == 0)
		exec_self("chain", times);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		kill(pid, SIGSTOP);
		kill(pid, SIGUSR1);
		kill(pid, SIGUSR2);
		kill(pid, SIGCONT);
		kill(pid, SIGWINCH);
		for (volatile int i = 0; i < 20000; i++)
			;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

static int area(int times)
{
	const struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
	/* Without SA_RESTART it is interrupted now and then, before the supervisor has taken the call: see
	 * socketcall-run(1). No libc has a handler yet when it makes that call, and Go makes it with all signals
	 * blocked. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct user_desc place = { .entry_number = (unsigned)-1, .limit = 1, .seg_32bit = 1, .useable = 1 };
	int wrong = 0, last = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < times; i++)
		if (syscall(SYS_set_thread_area, &place)) {
			wrong++;
			last = errno;
		}
	setitimer(ITIMER_REAL, &never, NULL);
	if (wrong)
		fprintf(stderr, "%d of %d calls of set_thread_area failed, with %d signals: %s\n", wrong, times,
			(int)signals, strerror(last));
	check();
	return wrong ? 2 : signals ? 0 : 2;
}

static void *exec_in_thread(void *unused)
{
	exec_self("check", NULL);
	return unused;
}

__attribute__((noreturn)) static void thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, exec_in_thread, NULL))
		die("pthread_create");
	for (;;)
		pause();
}

static int fails(void)
{
	char *arguments[] = { self, NULL };

	for (int i = 0; i < 100; i++) {
		if (execv("/nonexistent", arguments) != -1 || errno != ENOENT ||
		    execv("/proc/self/maps", arguments) != -1 || errno != EACCES || execv("/", arguments) != -1 ||
		    errno != EACCES)
			return 2;
		check();
	}
	exec_self("check", NULL);
	return 2;
}

static pid_t by_vfork(char **arguments)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execv(self, arguments);
		_exit(2);
	}
	return pid;
}

static int spawn(int times)
{
	char *arguments[] = { "storm", "check", NULL };
	int r = 0;

	for (int i = 0; i < times; i++) {
		pid_t pid;

		if (i % 2) {
			if (posix_spawn(&pid, self, NULL, NULL, arguments, environ))
				die("posix_spawn");
		} else {
			pid = by_vfork(arguments);
		}
		r |= wait_for(pid);
	}
	return r;
}

/* A grandchild in a session of its own, which starts programs after the first program has ended. */
static int daemonize(const char *file)
{
	pid_t first = getpid(), pid = fork();

	if (pid)
		return wait_for(pid);
	if (setsid() < 0)
		die("setsid");
	if (fork())
		_exit(0);
	for (int tries = 0; tries < 2000 && !kill(first, 0); tries++)
		poll(NULL, 0, 10);
	pid = fork();
	if (pid == 0)
		exec_self("check", NULL);
	{
		int out = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);

		dprintf(out, "daemon: %d, adopted by %d\n", wait_for(pid), getppid());
	}
	_exit(0);
}

/* This process adopts its grandchildren and no other process, and each of them was served. */
static int reaper(int times)
{
	int r = 0, found = 0, status;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (int i = 0; i < times; i++)
		if (fork() == 0) {
			if (fork() == 0)
				exec_self("check", NULL);
			_exit(0);
		}
	for (; wait(&status) > 0; found++)
		r |= status;
	if (found != 2 * times)
		fprintf(stderr, "%d children and adopted ones instead of %d\n", found, 2 * times);
	return r || found != 2 * times ? 1 : 0;
}

static int tree(int times)
{
	int r = 0;

	for (int branch = 0; branch < BRANCHES; branch++)
		if (fork() == 0) {
			for (int i = branch; i < times; i += BRANCHES) {
				pid_t pid = fork();

				if (pid == 0)
					exec_self("check", NULL);
				r |= wait_for(pid);
			}
			_exit(r);
		}
	for (int branch = 0; branch < BRANCHES; branch++) {
		int status;

		r |= wait(&status) < 0 || status;
	}
	return r;
}

static int hold(void)
{
	char line[256];

	setvbuf(stdout, NULL, _IONBF, 0);
	puts("holding");
	while (fgets(line, sizeof line, stdin)) {
		pid_t pid;

		check();
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "here") == 0) {
			puts("here");
			continue;
		}
		pid = fork();
		if (pid == 0) {
			if (strncmp(line, "exec ", 5) == 0)
				execl(line + 5, line + 5, (char *)NULL);
			execl("/bin/sh", "sh", "-c", line, (char *)NULL);
			_exit(99);
		}
		printf("ended with %d\n", wait_for(pid));
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "check";
	int number = argc > 2 ? atoi(argv[2]) : 0;

	check();
	if (strcmp(what, "chain") == 0)
		return chain(number);
	if (strcmp(what, "stopped") == 0)
		return stopped(argv[2]);
	if (strcmp(what, "area") == 0)
		return area(number);
	if (strcmp(what, "thread") == 0)
		thread();
	if (strcmp(what, "fails") == 0)
		return fails();
	if (strcmp(what, "spawn") == 0)
		return spawn(number);
	if (strcmp(what, "daemon") == 0)
		return daemonize(argv[2]);
	if (strcmp(what, "reaper") == 0)
		return reaper(number);
	if (strcmp(what, "tree") == 0)
		return tree(number);
	if (strcmp(what, "hold") == 0)
		return hold();
	return strcmp(what, "check") == 0 ? 0 : 2;
}
