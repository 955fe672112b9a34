/* SPDX-License-Identifier: MIT
 * A thread that is cancelled while it is blocked in a call must run its cleanup. For comparison, libc's own recv,
 * too. */
#define _GNU_SOURCE
#include <socketcall/caller.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

static int pair[2], which;          /* which: the call, an index of main()'s names[] */
static volatile int cleaned, begun; /* begun: the thread's id */

static void clean(int *value)
{
	cleaned = *value;
}

static void *blocked(void *size)
{
	__attribute__((cleanup(clean))) int value = 42;
	char *data = __builtin_alloca(*(size_t *)size);
	unsigned long block[6] = { (unsigned long)pair[0], (unsigned long)data, 8, 0, 0, 0 };

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	begun = (int)syscall(SYS_gettid);
	if (which == 0)
		socketcall_recv(pair[0], data, 8, 0);
	else if (which == 1)
		socketcall_recvfrom(pair[0], data, 8, 0, NULL, NULL);
	else if (which == 2)
		socketcall_raw(SOCKETCALL_RECV, block);
	else
		recv(pair[0], data, 8, 0);
	return NULL;
}

/* Waits, for 20 s at most, until the thread has begun and sleeps, which it only does in the call. */
static bool is_blocked(void)
{
	for (int tries = 0; tries < 20000; tries++, usleep(1000)) {
		char path[64], line[512] = "", *state;
		FILE *f;

		if (!begun)
			continue;
		snprintf(path, sizeof path, "/proc/self/task/%d/stat", begun);
		f = fopen(path, "r");
		state = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
		if (f)
			fclose(f);
		if (state && state[2] == 'S')
			return true;
	}
	puts("# the thread never slept");
	return false;
}

int main(void)
{
	static const char *const names[] = { "socketcall_recv", "socketcall_recvfrom", "socketcall_raw",
					     "libc's recv" };
	size_t size = 100;

	alarm(60);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	for (which = 0; which < 4; which++) {
		pthread_t thread;
		void *result;

		cleaned = begun = 0;
		pthread_create(&thread, NULL, blocked, &size);
		bool slept = is_blocked();
		pthread_cancel(thread);
		pthread_join(thread, &result);
		ok(slept && cleaned == 42 && result == PTHREAD_CANCELED, "a thread cancelled in %s runs its cleanup",
		   names[which]);
	}
	return plan();
}
