/* SPDX-License-Identifier: MIT
 *
 * Usage: seize NAME FAMILY
 * Attaches by ptrace(2) to each process of that name, and makes it call socket(FAMILY, SOCK_STREAM, 0). Prints a line
 * for each process: "refused ERRNO", it can't be traced; "socket RESULT"; "lost", it ended meanwhile; or that it hasn't
 * stopped in a system call for a minute.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 60000 }; /* each takes a millisecond */

static bool is_named(pid_t pid, const char *name)
{
	char path[64], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(comm, sizeof comm, file))
		comm[0] = '\0';
	fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

/* Waits until the thread stops for its tracer. */
static bool stops(pid_t pid)
{
	int status;

	return waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status);
}

/* The address of the `syscall` instruction in which the process has stopped; or 0, if it has stopped elsewhere. */
static unsigned long syscall_at(pid_t pid, const struct user_regs_struct *registers)
{
	long bytes = ptrace(PTRACE_PEEKTEXT, pid, (void *)(registers->rip - 2), NULL);

	return (bytes & 0xffff) == 0x050f ? registers->rip - 2 : 0;
}

/*
 * Stops the process in a system call, and reads its registers. If it is between two calls, lets it go on, and tries
 * again, for a minute at most. Returns false if the process has ended.
 */
static bool stop_in_syscall(pid_t pid, struct user_regs_struct *registers)
{
	for (int tries = 0;; tries++) {
		if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) || !stops(pid) ||
		    ptrace(PTRACE_GETREGS, pid, NULL, registers))
			return false;
		if (syscall_at(pid, registers) || tries == TRIES)
			return true;
		if (ptrace(PTRACE_CONT, pid, NULL, NULL))
			return false;
		usleep(1000);
	}
}

static void make_socket(pid_t pid, long family)
{
	struct user_regs_struct own, registers;

	if (!stop_in_syscall(pid, &own)) {
		printf("lost\n");
		return;
	}
	registers = own;
	registers.rip = syscall_at(pid, &own);
	registers.orig_rax = (unsigned long)-1; /* so the kernel doesn't restart the interrupted call yet */
	registers.rax = SYS_socket;
	registers.rdi = (unsigned long)family;
	registers.rsi = SOCK_STREAM;
	registers.rdx = 0;
	if (!registers.rip) {
		printf("no syscall instruction\n");
	} else if (ptrace(PTRACE_SETREGS, pid, NULL, &registers) || ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) ||
		   !stops(pid) || ptrace(PTRACE_GETREGS, pid, NULL, &registers)) {
		printf("lost\n");
	} else {
		printf("socket %ld\n", (long)registers.rax);
	}
	/* Restores the registers. A call that was interrupted (-ERESTARTSYS and its like) is made again. */
	if ((long)own.orig_rax >= 0 && (long)own.rax <= -512 && (long)own.rax >= -516) {
		own.rax = own.orig_rax;
		own.rip -= 2;
	}
	own.orig_rax = (unsigned long)-1;
	ptrace(PTRACE_SETREGS, pid, NULL, &own);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

int main(int argc, char **argv)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;

	if (argc != 3 || !folder)
		return 2;
	while ((entry = readdir(folder))) {
		pid_t pid = atoi(entry->d_name);

		if (pid <= 0 || pid == getpid() || !is_named(pid, argv[1]))
			continue;
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
			printf("refused %d\n", errno);
		else
			make_socket(pid, atol(argv[2]));
		fflush(stdout);
	}
	closedir(folder);
	return 0;
}
