/* SPDX-License-Identifier: MIT
 *
 * The threads of another process, stopped all together by ptrace(2), so that code can be replaced that one of them
 * might be executing.
 *
 * Whoever calls this must have the other threads' stops left to it: they are waited for here. A thread that doesn't
 * stop, because it waits in the kernel without heeding signals (a vfork parent, say), can't be detached from here
 * either. It can't go on without stopping; when waitpid() tells that stop, the caller must call threads_released().
 */
#ifndef PROCESS_THREADS_H
#define PROCESS_THREADS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { THREADS_MOST = 4096 };

/* The stopped threads of a process. */
struct threads {
	unsigned count;
	struct threads_stopped {
		pid_t pid;
		bool stopped; /* false: it waits in the kernel, see above */
		bool is_32_bit;
		uint32_t eip; /* where it goes on, in 32-bit mode */
	} thread[THREADS_MOST];
};

/*
 * Whether `thread` is the only one of its process, and so its first one. Nobody else can start another: if it is
 * stopped, this stays true. False also where that can't be told.
 */
bool threads_is_alone(pid_t thread);

/*
 * Stops every thread of the process of thread `but`, except that one, which must not run meanwhile either. `how` is
 * enum remote_waiting's REMOTE_BY_SIGNAL or 0. 0 with *threads; or -errno, and none is stopped: EPERM, one may not be
 * traced; EBUSY, one neither stops nor says where it waits; E2BIG, there are more than THREADS_MOST.
 */
int threads_stop(struct threads *threads, pid_t but, unsigned how);

/* Whether a thread goes on between `start` and `end`, not at either. */
bool threads_are_inside(const struct threads *threads, uint32_t start, uint32_t end);

/*
 * Lets them go on as if they hadn't been stopped. Some calls fail with EINTR when a thread is stopped (signal(7):
 * "system calls interrupted by stop signals"): those are made again.
 */
void threads_release(struct threads *threads);

/*
 * For a wait status of waitpid(): whether it is that of a thread which threads_stop() asked to stop and which does so
 * only now. Then it is let go.
 */
bool threads_released(pid_t pid, int status);

#endif
