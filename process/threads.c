/* SPDX-License-Identifier: MIT */
#include "process/threads.h"

#include "abi/i386.h"
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
	WAITS_MOST = 100, /* of remote_wait(), about a second */
	FOLDER_LINKS = 2, /* of a folder without folders in it */
};

/* ---- One thread -------------------------------------------------------------------------------------------------- */

/*
 * Where a thread that waits in a system call goes on afterwards: /proc/PID/syscall says "NUMBER ARGUMENT… STACK PC".
 * False when it runs, or doesn't wait in a call.
 */
static bool waits_at(pid_t pid, uint32_t *eip)
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
	*eip = (uint32_t)strtoull(word, NULL, 16);
	return true;
}

/* A thread in a process' folder of threads, by its number there. */
struct member {
	int folder;
	const char *name;
};

/* For remote_attach_if(): the kernel looks whether the number is a thread's of that process. */
static bool is_member(void *context)
{
	const struct member *member = context;

	return !faccessat(member->folder, member->name, F_OK, 0);
}

/*
 * Attaches to a thread, and asks it to stop. 0; 1: it is dead, or gone, and its number may have been given to another
 * process' by now; or -errno.
 */
static int attach(pid_t pid, struct member member)
{
	int r = remote_attach_if(pid, is_member, &member);

	return r && (r == -ESRCH || status_is_dead(pid) || !is_member(&member)) ? 1 : r;
}

/*
 * Waits until a thread that was attached to has stopped, or is known not to go on without doing so, and fills *thread.
 * 0; 1: it is gone; or -EBUSY.
 */
static int wait_for(struct threads_stopped *thread, unsigned how)
{
	struct registers32 registers;

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
		thread->is_32_bit = waits_at(thread->pid, &thread->eip);
		if (thread->is_32_bit)
			return 0;
	}
	return -EBUSY;
}

/* ---- Calls that a stop interrupts -------------------------------------------------------------------------------- */

/*
 * The calls of i386 that return EINTR when the thread is stopped, and that can be made again then, because they have
 * done nothing yet. Those that the kernel makes again by itself never show it.
 */
static bool is_made_again(uint32_t number)
{
	static const uint16_t numbers[] = {
		3,   /* read, of inotify's and other files */
		117, /* ipc: semop, semtimedop, msgrcv */
		145, /* readv */
		177, /* rt_sigtimedwait */
		247, /* io_getevents */
		256, /* epoll_wait */
		319, /* epoll_pwait */
		337, /* recvmmsg, and the calls below: with a time-out (SO_RCVTIMEO, SO_SNDTIMEO) */
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

/* A call that was interrupted by the stop alone, and not by a signal, is made again. */
static void repair_interrupted(pid_t pid)
{
	struct registers32 registers;

	if (registers_get(pid, &registers) || registers.eax != (uint32_t)-EINTR || !is_made_again(registers.orig_eax) ||
	    status_has_signal(pid))
		return;
	registers.eax = registers.orig_eax;
	registers.orig_eax = (uint32_t)-1;
	registers.eip -= I386_INT80_BYTES;
	registers_set(pid, &registers);
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

void threads_release(struct threads *threads)
{
	for (; threads->count; threads->count--) {
		const struct threads_stopped *thread = &threads->thread[threads->count - 1];

		if (!thread->stopped)
			continue;
		repair_interrupted(thread->pid);
		ptrace(PTRACE_DETACH, thread->pid, NULL, NULL);
	}
}

bool threads_released(pid_t pid, int status)
{
	if (!WIFSTOPPED(status) || status >> 16 != PTRACE_EVENT_STOP)
		return false;
	repair_interrupted(pid);
	return !ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

bool threads_are_inside(const struct threads *threads, uint32_t start, uint32_t end)
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

/* Attaches to the threads in the folder that aren't attached to yet. How many, or -errno. */
static int attach_new(struct threads *threads, DIR *folder, pid_t but)
{
	struct dirent *entry;
	int added = 0;

	rewinddir(folder);
	while ((entry = readdir(folder))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		int r;

		if (pid <= 0 || pid == but || is_among(threads, pid))
			continue;
		if (threads->count == THREADS_MOST)
			return -E2BIG;
		r = attach(pid, (struct member){ dirfd(folder), entry->d_name });
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		threads->thread[threads->count++] = (struct threads_stopped){ .pid = pid };
		added++;
	}
	return added;
}

/* Waits for those from index `first` on, and keeps those that aren't gone. 0 or wait_for()'s error. */
static int wait_for_new(struct threads *threads, unsigned first, unsigned how)
{
	unsigned kept = first;
	int r = 0;

	for (unsigned i = first; i < threads->count; i++) {
		int waited = wait_for(&threads->thread[i], how);

		if (waited < 0)
			r = waited;
		if (waited <= 0)
			threads->thread[kept++] = threads->thread[i];
	}
	threads->count = kept;
	return r;
}

/*
 * The folder's links count threads, with a first one that has ended, as long as others go on: proc_task_getattr() of
 * the kernel's fs/proc/base.c.
 */
bool threads_is_alone(pid_t thread)
{
	struct stat folder;

	return !proc_stat(thread, "task", &folder) && folder.st_nlink == FOLDER_LINKS + 1;
}

int threads_stop(struct threads *threads, pid_t but, unsigned how)
{
	int fd = proc_open(but, "task", O_RDONLY | O_DIRECTORY), r, waited;
	DIR *folder;

	threads->count = 0;
	if (fd < 0)
		return fd;
	folder = fdopendir(fd);
	if (!folder) {
		close(fd);
		return -ENOMEM;
	}
	/* A thread that isn't stopped yet may start others. */
	do {
		unsigned first = threads->count;

		r = attach_new(threads, folder, but);
		waited = wait_for_new(threads, first, how);
	} while (r > 0 && !waited);
	if (waited)
		r = waited;
	closedir(folder);
	if (r < 0)
		threads_release(threads);
	return r;
}
