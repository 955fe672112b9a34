/* SPDX-License-Identifier: MIT */
#include "process/threads.h"

#include "abi/i386.h"
#include "process/child.h"
#include "process/proc.h"
#include "process/ptrace.h"
#include "process/registers.h"
#include "process/remote.h"
#include "process/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	WAITS_MOST = 100, /* calls of remote_wait() with REMOTE_BRIEFLY: about a second in all */
	FOLDER_LINKS = 2, /* the link count of a folder that contains no folders */
	I386_CLONE = 120,
	I386_VFORK = 190,
	CLONE3 = 435, /* on all architectures */
};

/* ---- One thread -------------------------------------------------------------------------------------------------- */

/*
 * If a thread waits in a system call, returns true with the call's number, and in *eip the address at which the thread
 * will go on. /proc/PID/syscall then contains "NUMBER ARGUMENT… STACK PC". Returns false if the thread runs, or doesn't
 * wait in a call.
 */
static bool waits_in(pid_t pid, unsigned long *number, uint32_t *eip)
{
	char text[256], *word;
	int fd = proc_open(pid, "syscall", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = proc_read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	if (text[0] == '-' || text[0] == 'r') /* "-1 …", "running" */
		return false;
	for (word = text + n; word > text && word[-1] != ' ';)
		word--;
	*number = strtoul(text, NULL, 10);
	*eip = (uint32_t)strtoull(word, NULL, 16);
	return true;
}

/* The same for a thread that may wait for its child's exec or end. */
static bool waits_in_vfork(pid_t pid, uint32_t *eip)
{
	unsigned long number;

	return waits_in(pid, &number, eip) && (number == I386_VFORK || number == I386_CLONE || number == CLONE3);
}

/* A thread, by its number in its process' folder /proc/PID/task. */
struct member {
	int folder;
	const char *name;
};

/* For remote_attach_if(): the kernel checks whether the number belongs to a thread of that process. */
static bool is_member(void *context)
{
	const struct member *member = context;

	return !faccessat(member->folder, member->name, F_OK, 0);
}

/*
 * Attaches to a thread and requests that it stop. Returns 0; -errno; or 1, the thread has ended, and its number may
 * belong to a thread of another process by now.
 */
static int attach(pid_t pid, struct member member)
{
	int r = remote_attach_if(pid, is_member, &member);

	return r && (r == -ESRCH || status_is_dead(pid) || !is_member(&member)) ? 1 : r;
}

/*
 * Waits until a thread that attach() attached to has stopped, or waits in a system call, after which it can't run code
 * of the program before it stops. Fills *thread. Returns 0; 1, the thread is gone; or -EBUSY.
 */
static int wait_for(struct threads_stopped *thread, unsigned how)
{
	struct registers32 registers;
	unsigned long number;

	for (unsigned i = 0; i < WAITS_MOST; i++) {
		int r = remote_wait(thread->pid, REMOTE_BRIEFLY | how);

		if (r == -ESRCH)
			return 1;
		if (!r) {
			thread->stopped = true;
			thread->is_32_bit = !registers_get(thread->pid, &registers);
			if (thread->is_32_bit)
				thread->eip = registers.eip;
			return 0;
		}
		thread->is_32_bit = waits_in(thread->pid, &number, &thread->eip);
		if (thread->is_32_bit)
			return 0;
	}
	return -EBUSY;
}

/* ---- Calls that a stop interrupts -------------------------------------------------------------------------------- */

/*
 * True for i386 system calls that return EINTR when their thread is stopped. It is safe to repeat them, because a call
 * that returns EINTR has done nothing yet. Calls that the kernel itself restarts aren't here: they never return EINTR
 * for a stop.
 */
static bool is_safe_to_repeat(uint32_t number)
{
	static const uint16_t numbers[] = {
		3,   /* read, from inotify and other descriptors */
		117, /* ipc: semop, semtimedop, msgrcv */
		145, /* readv */
		177, /* rt_sigtimedwait */
		247, /* io_getevents */
		256, /* epoll_wait */
		319, /* epoll_pwait */
		337, /* recvmmsg; it and the socket calls below only with a time-out (SO_RCVTIMEO, SO_SNDTIMEO) */
		345, /* sendmmsg */
		364, /* accept4 */
		369, /* sendto */
		370, /* sendmsg */
		371, /* recvfrom */
		372, /* recvmsg */
		385, /* io_pgetevents */
		416, /* io_pgetevents with 64-bit times */
		417, /* recvmmsg with 64-bit times */
		420, /* semtimedop with 64-bit times */
		421, /* rt_sigtimedwait with 64-bit times */
		441, /* epoll_pwait2 */
	};

	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* If our stop interrupted a call, and no signal is pending that would have interrupted it, too, repeats the call. */
static void repeat_interrupted(pid_t pid)
{
	struct registers32 registers;

	if (registers_get(pid, &registers) || registers.eax != (uint32_t)-EINTR ||
	    !is_safe_to_repeat(registers.orig_eax) || status_has_signal(pid))
		return;
	registers.eax = registers.orig_eax;
	registers.orig_eax = (uint32_t)-1;
	registers.eip -= I386_INT80_BYTES;
	registers_set(pid, &registers);
}

/* ---- Threads in vfork() ------------------------------------------------------------------------------------------ */

/* What a holder writes to its report: whether the thread is held, and its address then. */
struct report {
	bool is_held;
	uint32_t eip;
};

/* The holder: attaches to the thread, and ends when nobody has the writing end of `holding` any more. */
__attribute__((noreturn)) static void hold(pid_t pid, struct member member, int to_report, int holding)
{
	struct report report = { .is_held = false };
	char byte;

	if (!attach(pid, member)) {
		report.is_held = waits_in_vfork(pid, &report.eip);
		if (!report.is_held && !remote_wait(pid, REMOTE_BRIEFLY)) {
			repeat_interrupted(pid);
			ptrace(PTRACE_DETACH, pid, NULL, NULL);
		}
	}
	(void)!write(to_report, &report, sizeof report);
	while (report.is_held && read(holding, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Starts a holder. Returns its number, with its report, or -1. */
static pid_t start_holder(struct threads *threads, pid_t pid, struct member member, struct report *report)
{
	int ends[2];
	pid_t holder;
	ssize_t n;

	if (pipe(ends))
		return -1;
	holder = child_quiet();
	if (holder == 0) {
		close(ends[0]);
		close(threads->holding[1]);
		hold(pid, member, ends[1], threads->holding[0]);
	}
	close(ends[1]);
	do
		n = holder < 0 ? 0 : read(ends[0], report, sizeof *report);
	while (n < 0 && errno == EINTR);
	report->is_held &= n == sizeof *report;
	close(ends[0]);
	return holder;
}

static void end_holders(struct threads *threads)
{
	if (!threads->holders)
		return;
	close(threads->holding[0]);
	close(threads->holding[1]);
	for (; threads->holders; threads->holders--)
		child_wait(threads->holder[threads->holders - 1], NULL);
}

/* If a thread waits in vfork(), starts a holder for it. Returns false if this process must attach to the thread. */
static bool hold_in_vfork(struct threads *threads, struct member member, struct threads_stopped *thread)
{
	struct report report = { .is_held = false };
	uint32_t eip;
	pid_t holder;

	if (threads->holders == THREADS_HOLDERS_MOST || !waits_in_vfork(thread->pid, &eip) ||
	    (!threads->holders && pipe(threads->holding)))
		return false;
	holder = start_holder(threads, thread->pid, member, &report);
	if (report.is_held) {
		threads->holder[threads->holders++] = holder;
		thread->held = thread->is_32_bit = true;
		thread->eip = report.eip;
		return true;
	}
	if (holder > 0)
		child_wait(holder, NULL);
	if (!threads->holders) {
		close(threads->holding[0]);
		close(threads->holding[1]);
	}
	return false;
}

/* ---- All threads ------------------------------------------------------------------------------------------------- */

void threads_release(struct threads *threads)
{
	end_holders(threads);
	for (; threads->count; threads->count--) {
		const struct threads_stopped *thread = &threads->thread[threads->count - 1];

		if (!thread->stopped)
			continue;
		repeat_interrupted(thread->pid);
		ptrace(PTRACE_DETACH, thread->pid, NULL, NULL);
	}
}

bool threads_release_late(pid_t pid, int status)
{
	if (!WIFSTOPPED(status) || status >> 16 != PTRACE_EVENT_STOP)
		return false;
	repeat_interrupted(pid);
	return !ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

bool threads_any_is_inside(const struct threads *threads, uint32_t start, uint32_t end)
{
	for (unsigned i = 0; i < threads->count; i++)
		if (threads->thread[i].is_32_bit && threads->thread[i].eip > start && threads->thread[i].eip < end)
			return true;
	return false;
}

static bool is_among(const struct threads *threads, pid_t pid)
{
	for (unsigned i = 0; i < threads->count; i++)
		if (threads->thread[i].pid == pid)
			return true;
	return false;
}

/* Attaches to the threads in /proc/PID/task that aren't attached to yet. Returns how many, or -errno. */
static int attach_new(struct threads *threads, DIR *folder, pid_t except)
{
	struct dirent *entry;
	int added = 0;

	rewinddir(folder);
	while ((entry = readdir(folder))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct member member = { dirfd(folder), entry->d_name };
		struct threads_stopped thread = { .pid = pid };
		int r;

		if (pid <= 0 || pid == except || is_among(threads, pid))
			continue;
		if (threads->count == THREADS_MOST)
			return -E2BIG;
		r = hold_in_vfork(threads, member, &thread) ? 0 : attach(pid, member);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		threads->thread[threads->count++] = thread;
		added++;
	}
	return added;
}

/* Waits for the threads from index `first` on, and removes those that are gone. Returns 0 or wait_for()'s error. */
static int wait_for_new(struct threads *threads, unsigned first, unsigned how)
{
	unsigned kept = first;
	int r = 0;

	for (unsigned i = first; i < threads->count; i++) {
		int waited = threads->thread[i].held ? 0 : wait_for(&threads->thread[i], how);

		if (waited < 0)
			r = waited;
		if (waited <= 0)
			threads->thread[kept++] = threads->thread[i];
	}
	threads->count = kept;
	return r;
}

/*
 * The link count of /proc/PID/task includes the number of threads (proc_task_getattr() of the kernel's fs/proc/base.c).
 * A thread-group leader that has ended counts as long as other threads run.
 */
bool threads_is_alone(pid_t thread)
{
	struct stat folder;

	return !proc_stat(thread, "task", &folder) && folder.st_nlink == FOLDER_LINKS + 1;
}

int threads_stop(struct threads *threads, pid_t except, unsigned how)
{
	int fd = proc_open(except, "task", O_RDONLY | O_DIRECTORY), r, waited;
	DIR *folder;

	threads->count = threads->holders = 0;
	if (fd < 0)
		return fd;
	folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return -ENOMEM;
	}
	/* Repeat, because a thread that wasn't stopped yet may have created others. */
	do {
		unsigned first = threads->count;

		r = attach_new(threads, folder, except);
		waited = wait_for_new(threads, first, how);
	} while (r > 0 && !waited);
	if (waited)
		r = waited;
	closedir(folder);
	if (r < 0)
		threads_release(threads);
	return r;
}
