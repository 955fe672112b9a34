/* SPDX-License-Identifier: MIT
 * Shared by the files of the program `loads`. Each file has a table of tries, which ends with a try without a name. */
#ifndef LOADS_H
#define LOADS_H

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "filter/filter.h"

#ifndef __i386__
#error "a program for i386"
#endif

/* A try that takes SECONDS_MAX is ended by SIGALRM, together with the processes that it has started. */
enum { LENGTH_MAX = 4200, TIMES = 25, SECONDS_MAX = 300 };

struct attempt {
	const char *name;
	void (*begin)(void);
	bool unprivileged; /* runs without no_new_privs: then only a privileged process may load a filter */
};
extern const struct attempt loads_kept[], loads_moments[], loads_filters[], loads_ways[], loads_odd[];

/* The filter that is built, and this program's path. */
extern struct sock_filter code[LENGTH_MAX];
extern struct sock_fprog program;
extern const char *self;

void add(unsigned op, unsigned k, unsigned jt, unsigned jf); /* appends an instruction to the filter */
void answer(unsigned number, unsigned verdict);              /* gives the call with this number the verdict */

/* Begins a filter: direct socket calls get EPERM, `number` gets `verdict`, and all other calls are allowed. */
void build(unsigned number, unsigned verdict);
long load(unsigned long flags); /* by seccomp(2) */

void say(const char *what, long result); /* " WHAT: RESULT", or the error's name if it is negative */
void say_socket(const char *what);       /* the same for the result of making a socket */
void load_and_call(void);                /* loads the filter, makes a socket, and prints both results */

/* Signals: how many times the handler count() was called. */
extern volatile sig_atomic_t handled;
void count(int signal);

/* How many loads a child has made, in memory that it shares from share_loads() on; wait_for_loads() waits for the
 * first. */
extern volatile unsigned *loads_made;
void share_loads(void);
void wait_for_loads(void);

/* True if so much time has passed since `begin` that the event won't come any more. */
bool late(const struct timespec *begin);

extern pthread_barrier_t begun; /* for threads */

#endif
