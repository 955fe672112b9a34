/* SPDX-License-Identifier: MIT
 *
 * A manager that is process 1 of a PID namespace and collects only its own children. Starts a command so many times,
 * one after another, and prints how many zombies there are then. Exits with 1 if a command failed.
 *
 * Usage: manager TIMES COMMAND...    without pauses; waits for processes that the commands have left running, and exits
 *                                    with 3 if they haven't ended after a minute
 *        manager -TIMES COMMAND...   five times a second, until there was no new zombie 20 times in a row; exits with 3
 *                                    if there is always a new one
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Counts the other processes: the zombies, or those that aren't. */
static int count_processes(bool zombie)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int count = 0;

	while (proc && (entry = readdir(proc))) {
		char path[300], text[300] = "";
		FILE *file;

		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		file = atoi(entry->d_name) > 1 ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		if (fgets(text, sizeof text, file))
			count += (strstr(text, ") Z ") != NULL) == zombie;
		fclose(file);
	}
	if (proc)
		closedir(proc);
	return count;
}

/* Waits a minute at most until only zombies are left. Returns false if others are. */
static bool have_ended(void)
{
	for (int i = 0; i < 1200; i++) {
		if (!count_processes(false))
			return true;
		usleep(50000);
	}
	return false;
}

int main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) : 0, most = 0, since = 0;

	if (argc < 3 || getpid() != 1)
		return 2;
	for (int i = 0; i < abs(times); i++) {
		pid_t pid = fork();
		int status, zombies = 0;

		if (pid == 0) {
			execv(argv[2], argv + 2);
			_exit(127);
		}
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				return 2;
		if (status)
			return 1;
		if (times > 0)
			continue;
		usleep(200000);
		zombies = count_processes(true);
		since = zombies > most ? 0 : since + 1;
		most = zombies > most ? zombies : most;
		if (since == 20)
			break;
	}
	if (times < 0 ? since < 20 : !have_ended())
		return 3;
	printf("%d\n", count_processes(true));
	return 0;
}
