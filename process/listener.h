/* SPDX-License-Identifier: MIT
 * A seccomp listener: system calls of other processes, reported. seccomp_unotify(2). */
#ifndef PROCESS_LISTENER_H
#define PROCESS_LISTENER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A call that waits for its answer. */
struct listener_call {
	uint64_t id;
	pid_t pid; /* the thread's, as the reader sees it; 0: it doesn't */
	int number;
	uint64_t from, argument[6]; /* the address behind the instruction that makes it; its words */
};

/*
 * Loads `filter` of `length` instructions into the calling thread, and returns the descriptor of its listener
 * (close-on-exec), or -errno: what `length` is, if that is negative; EBUSY, there is a listener already, of an outer filter; EINVAL, the kernel has none.
 * Where the caller may load it with no_new_privs only, that is set, but not in vain. A signal that comes while a call waits doesn't withdraw it, unless it kills (Linux 5.19 and later).
 */
int listener_load(struct sock_filter *filter, int length);

/* Whether the running kernel's listeners can be used: answers that let a call go on (5.5), and their end seen (5.9). */
bool listener_is_supported(void);

/* The next waiting call. 0, or -errno; -ENOENT and -EINTR: there is none after all. */
int listener_receive(int listener, struct listener_call *call);

/* Whether the call still waits, so that its pid is still that thread's. */
bool listener_still_waits(int listener, const struct listener_call *call);

/* Lets the call go on as if nothing had been. */
void listener_continue(int listener, const struct listener_call *call);

/* The error of a call that listener_repeat() has answered: what the kernel calls ERESTARTNOINTR (linux/errno.h). */
enum { LISTENER_RESTARTED = 513 };

/*
 * Has the call made once more, when the thread, which the reader has stopped by PTRACE_INTERRUPT meanwhile, goes on. Of a thread
 * that isn't stopped it would be an error that no program knows.
 */
void listener_repeat(int listener, const struct listener_call *call);

/* Has the reader and the caller woken on the same processor, where the kernel can (6.6): for a reader that answers at once. */
void listener_same_processor(int listener);

#endif
