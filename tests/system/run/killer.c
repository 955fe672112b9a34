/* SPDX-License-Identifier: MIT
 *
 * Runs a command, `socketcall run` with a program, and kills one of the supervisor's processes at one of its system
 * calls:
 *
 *	killer ROLE NUMBER STOP COMMAND...
 *
 *	ROLE    supervisor   the process that calls setsid(): the guard beside a program, the supervisor above it
 *	        server       a child of that one that begins by closing a descriptor; others only try something
 *	NUMBER  0: the calls are counted from the process' beginning, or from where it leaves the session; else from
 *	        when it has received (SECCOMP_IOCTL_NOTIF_RECV) a call of i386 with that number
 *	STOP    how many entries to and exits from its system calls come before it is killed
 *
 * Traces the processes by ptrace(2) until they execute another program. Prints "killed" if it killed the process, or
 * "ended" if the process ended before. Exits with the command's exit status, 128 plus the number of the signal that
 * ended it, or 99 if it doesn't end.
 */
#include <errno.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES_MOST = 256, SECONDS_MOST = 60, SYSCALL_STOP = SIGTRAP | 0x80 };

static struct process {
	pid_t pid, parent;
	bool is_supervisor;
	bool is_traced; /* from when it is known that it is traced, until it is detached or has ended */
} processes[PROCESSES_MOST];

struct victim {
	bool is_server; /* else the supervisor */
	unsigned number, stops;
	pid_t pid; /* once it is known */
	/* It stays in the stop `held_at` until no other process is traced. */
	bool is_held;
	struct ptrace_syscall_info held_at;
	bool is_counted, is_killed;
	unsigned seen;
};

static pid_t command;

static long request(int what, pid_t pid, unsigned long address, unsigned long data)
{
	return syscall(SYS_ptrace, what, pid, address, data);
}

static struct process *find(pid_t pid)
{
	struct process *free = NULL;

	for (struct process *p = processes; p < processes + PROCESSES_MOST; p++) {
		if (p->pid == pid)
			return p;
		if (!p->pid && !free)
			free = p;
	}
	if (!free)
		exit(98);
	free->pid = pid;
	return free;
}

/* Reads the parent from /proc, because the child may run before its tracer gets the parent's PTRACE_EVENT_FORK. */
static pid_t parent_of(pid_t pid)
{
	char path[64], text[256] = "";
	const char *end;
	FILE *file;
	int parent = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fgets(text, sizeof text, file) && (end = strrchr(text, ')')))
		(void)sscanf(end + 1, " %*c %d", &parent);
	fclose(file);
	return parent;
}

/* The number of the reported call that the process has just received; 0 if it hasn't received one. */
static unsigned received(pid_t pid, const struct ptrace_syscall_info *entry)
{
	struct seccomp_notif notification;
	unsigned long *words = (unsigned long *)&notification;

	if (entry->entry.nr != SYS_ioctl || entry->entry.args[1] != SECCOMP_IOCTL_NOTIF_RECV)
		return 0;
	for (size_t i = 0; i < sizeof notification / sizeof *words; i++)
		if (request(PTRACE_PEEKDATA, pid, entry->entry.args[2] + i * sizeof *words, (unsigned long)(words + i)))
			return 0;
	return notification.pid ? (unsigned)notification.data.nr : 0;
}

static bool others_are_traced(const struct victim *victim)
{
	for (struct process *p = processes; p < processes + PROCESSES_MOST; p++) {
		siginfo_t info;

		if (!p->is_traced || p->pid == victim->pid)
			continue;
		/* A child may have ended before its parent's PTRACE_EVENT_FORK was seen. */
		if (!waitid(P_PID, (id_t)p->pid, &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) ||
		    errno != ECHILD)
			return true;
		p->is_traced = false;
	}
	return false;
}

/*
 * All others are detached at their next stop, and until then the victim is held, because the supervisor may want to
 * trace the program's process.
 */
static void choose(struct victim *victim, pid_t pid)
{
	if (victim->pid)
		return;
	victim->pid = pid;
	victim->is_held = true;
	for (const struct process *p = processes; p < processes + PROCESSES_MOST; p++)
		if (p->is_traced && p->pid != pid)
			request(PTRACE_INTERRUPT, p->pid, 0, 0);
}

/* Counts the victim's stop, and kills the victim if it is the one. */
static void count(struct victim *victim, const struct ptrace_syscall_info *info)
{
	static struct ptrace_syscall_info entry; /* of the victim's call */

	if (!victim->number)
		victim->is_counted = true;
	if (victim->is_counted && victim->seen++ == victim->stops) {
		kill(victim->pid, SIGKILL);
		victim->is_killed = true;
	}
	if (info->op == PTRACE_SYSCALL_INFO_ENTRY)
		entry = *info;
	else if (victim->number && !victim->is_counted && !info->exit.rval)
		victim->is_counted = received(victim->pid, &entry) == victim->number;
}

/* At the entry to or the exit from a system call. */
static void look(struct victim *victim, pid_t pid)
{
	struct ptrace_syscall_info info;
	struct process *process = find(pid);

	if (request(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, (unsigned long)&info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_setsid) {
		process->is_supervisor = true;
		if (!victim->is_server)
			choose(victim, pid);
	}
	if (victim->is_server && !victim->pid && info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_close) {
		process->parent = process->parent ? process->parent : parent_of(pid);
		if (process->parent && find(process->parent)->is_supervisor)
			choose(victim, pid);
	}
	if (pid != victim->pid || victim->is_killed)
		return;
	if (victim->is_held)
		victim->held_at = info;
	else
		count(victim, &info);
}

static void detach(pid_t pid, int signal)
{
	request(PTRACE_DETACH, pid, 0, (unsigned long)signal);
	find(pid)->is_traced = false;
}

static void deal_with(struct victim *victim, pid_t pid, int status)
{
	int event = status >> 16, signal = WSTOPSIG(status);
	unsigned long child;

	find(pid)->is_traced = true;
	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) &&
	    !request(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&child))
		find((pid_t)child)->is_traced = true;

	if (!event && signal == SYSCALL_STOP)
		look(victim, pid);
	if (event || signal == SYSCALL_STOP)
		signal = 0;
	if (victim->is_killed || (victim->pid && pid != victim->pid) || (event == PTRACE_EVENT_EXEC && pid != command))
		detach(pid, signal);
	else if (pid != victim->pid || !victim->is_held)
		request(PTRACE_SYSCALL, pid, 0, (unsigned long)signal);
}

static void stop_holding(struct victim *victim)
{
	victim->is_held = false;
	count(victim, &victim->held_at);
	if (victim->is_killed)
		detach(victim->pid, 0);
	else
		request(PTRACE_SYSCALL, victim->pid, 0, 0);
}

/* The process has ended. Its number may be given to another one. */
static void forget(struct victim *victim, pid_t pid)
{
	*find(pid) = (struct process){ .pid = 0 };
	if (pid != victim->pid || victim->is_killed)
		return;
	/* This child only tried something for the supervisor: wait for the next one. */
	*victim = (struct victim){ .is_server = victim->is_server, .number = victim->number, .stops = victim->stops };
}

static void give_up(int signal)
{
	static const char text[] = "it doesn't end\n";

	(void)signal;
	(void)!write(1, text, sizeof text - 1);
	kill(command, SIGKILL);
	_exit(99);
}

int main(int argc, char **argv)
{
	static const unsigned long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
					     PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;
	struct victim victim = { .pid = 0 };
	int status, execs = 0, gate[2];
	pid_t pid;

	if (argc < 5 || pipe(gate))
		return 97;
	victim.is_server = !strcmp(argv[1], "server");
	victim.number = (unsigned)atoi(argv[2]);
	victim.stops = (unsigned)atoi(argv[3]);
	command = fork();
	if (command == 0) {
		char byte;

		close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		close(gate[0]);
		execv(argv[4], argv + 4);
		_exit(96);
	}
	close(gate[0]);
	if (request(PTRACE_SEIZE, command, 0, options))
		return 95;
	signal(SIGALRM, give_up);
	alarm(SECONDS_MOST);
	close(gate[1]);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (WIFSTOPPED(status)) {
			/* The command's first exec is that of `run`; beside, its second one is that of the program. */
			if (pid == command && status >> 16 == PTRACE_EVENT_EXEC && ++execs == 2)
				detach(pid, 0);
			else
				deal_with(&victim, pid, status);
		} else if (pid == command) {
			break;
		} else {
			forget(&victim, pid);
		}
		if (victim.is_held && !others_are_traced(&victim))
			stop_holding(&victim);
	}
	puts(victim.is_killed ? "killed" : "ended");
	fflush(stdout);
	/* The traced processes go on when this process ends. */
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
