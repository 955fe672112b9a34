/* SPDX-License-Identifier: MIT
 *
 * Stops all threads of another process by ptrace(2), so that code that one of them might be executing can be replaced.
 *
 * These functions wait for the threads' stops, so no other code of this process may take those stops. A thread that
 * waits uninterruptibly in the kernel doesn't stop, and PTRACE_DETACH fails for it. But it stops before it executes any
 * code of the program again. When waitpid() returns that late stop, the caller must call threads_release_late().
 *
 * A thread that waits in vfork(2) doesn't stop either, perhaps for long. As long as a thread is traced, the kernel also
 * sends it signals that the program ignores (sig_ignored() in kernel/signal.c), and the SIGCHLD of vfork()'s child
 * would then interrupt calls of other threads. So a child process traces such a thread: when that process ends, the
 * kernel detaches the thread, although it hasn't stopped (__ptrace_unlink() in kernel/ptrace.c). Where no such process
 * can be started, or it may not trace the thread (Yama permits only ancestors), this process does so.
 */
#ifndef PROCESS_THREADS_H
#define PROCESS_THREADS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	THREADS_MOST = 4096,      /* a process with more isn't stopped */
	THREADS_HOLDERS_MOST = 16 /* processes that trace threads in vfork() */
};

/* The stopped threads of a process. */
struct threads {
	unsigned count;
	struct threads_stopped {
		pid_t pid;
		bool stopped;   /* false: it waits uninterruptibly in the kernel, see above */
		bool held;      /* a child of this process traces it */
		bool is_32_bit; /* false: it is in 64-bit mode, and has no eip */
		uint32_t eip;   /* the address at which it will go on */
	} thread[THREADS_MOST];
	unsigned holders;
	pid_t holder[THREADS_HOLDERS_MOST];
	int holding[2]; /* if there are holders: a pipe. They end when its writing end is closed */
};

/*
 * True if `thread` is the only thread of its process. Then it is the thread-group leader, and only it can create
 * another thread: while it is stopped, this stays true. False also if /proc can't tell.
 */
bool threads_is_alone(pid_t thread);

/*
 * Stops every thread of the process that thread `except` belongs to, except that one, which must not run meanwhile
 * either. `how` is REMOTE_BY_SIGNAL of enum remote_waiting, or 0. Returns 0 with *threads; or -errno, with no thread
 * stopped: EPERM, a thread may not be traced; EBUSY, a thread neither stops nor shows where it waits; E2BIG, there are
 * more than THREADS_MOST.
 */
int threads_stop(struct threads *threads, pid_t except, unsigned how);

/*
 * True if a thread will go on at an address after `start` and before `end`. Code between `start` and `end` can be
 * replaced if this is false: a thread at `start` executes all of the new code, a thread at `end` none of it.
 */
bool threads_any_is_inside(const struct threads *threads, uint32_t start, uint32_t end);

/*
 * Lets the threads go on as if they hadn't been stopped. Some system calls fail with EINTR when their thread is stopped
 * (signal(7): "Interruption of system calls and library functions by stop signals"); these calls are repeated.
 */
void threads_release(struct threads *threads);

/*
 * Must be called with each result of waitpid(). If the result is the late stop of a thread that threads_stop()
 * requested to stop, lets the thread go on and returns true.
 */
bool threads_release_late(pid_t pid, int status);

#endif
