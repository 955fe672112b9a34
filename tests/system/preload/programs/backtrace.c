/* SPDX-License-Identifier: MIT
 * While the program is blocked in a call, backtrace() in a signal handler finds main. `backtrace abort` is for a
 * debugger: the signal is SIGABRT, and has no handler. `backtrace wait` only waits in recv(). `threads` before either:
 * with a second thread alive. */
#include "blocked.h"

#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unwind.h>

static volatile sig_atomic_t found;
int main(int argc, char **argv);

static void on_signal(int signal)
{
	void *frames[64];
	int n = backtrace(frames, 64);

	(void)signal;
	for (int i = 0; i < n; i++)
		if (_Unwind_FindEnclosingFunction((char *)frames[i] - 1) == (void *)main)
			found = 1;
}

static void *wait_for_end(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static bool sleeps(pid_t pid)
{
	char path[64], line[512] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, pid);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof line, f))
		return false;
	fclose(f);
	return strrchr(line, ')')[2] == 'S';
}

int main(int argc, char **argv)
{
	int abort_it = argc > 1 && strcmp(argv[argc - 1], "abort") == 0;
	struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART: the call ends */
	void *frame;
	pthread_t t;

	alarm(60);
	setvbuf(stdout, NULL, _IONBF, 0);
	blocked_prepare();
	if (argc > 1 && strcmp(argv[1], "threads") == 0)
		pthread_create(&t, NULL, wait_for_end, NULL);
	if (argc > 1 && strcmp(argv[argc - 1], "wait") == 0)
		return blocked_call(3) < 0;
	backtrace(&frame, 1); /* so that the libraries that it needs are opened now */
	sigaction(SIGUSR1, &action, NULL);
	for (int which = 0; which < BLOCKED_COUNT; which++) {
		pid_t parent = getpid(), child = fork();

		if (child == 0) {
			for (int tries = 0; tries < 20000 && !sleeps(parent); tries++)
				poll(NULL, 0, 1);
			/*
			 * To this thread: while a debugger has stopped it, a signal to the process would go to the
			 * other one.
			 */
			syscall(SYS_tgkill, parent, parent, abort_it ? SIGABRT : SIGUSR1);
			_exit(0);
		}
		found = 0;
		blocked_call(which);
		while (waitpid(child, NULL, 0) < 0)
			;
		printf("backtrace() from %s finds main: %s\n", blocked_names[which], found ? "yes" : "no");
	}
	return 0;
}
