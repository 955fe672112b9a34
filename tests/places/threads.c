/* SPDX-License-Identifier: MIT
 *
 * The table's program with threads. Several threads make all calls at the same time; then three threads block in one
 * call each, are cancelled, and must run their cleanup handlers. program.c says how it ends.
 */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	TOGETHER = 4,
};

static void *make_all_calls(void *argument)
{
	all_calls();
	return argument;
}

struct blocked {
	void (*call)(int fd);
	const char *what;
	int fd, cleaned;
	volatile pid_t task;
	pthread_t thread;
};

static void do_accept(int fd)
{
	(void)!accept(fd, NULL, NULL);
}

static void do_recv(int fd)
{
	char byte;

	(void)!recv(fd, &byte, 1, 0);
}

static void do_recvmsg(int fd)
{
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	(void)!recvmsg(fd, &message, 0);
}

static void clean(void *argument)
{
	((struct blocked *)argument)->cleaned = 1;
}

static void *block(void *argument)
{
	struct blocked *it = argument;

	pthread_cleanup_push(clean, it);
	it->task = (pid_t)syscall(SYS_gettid);
	it->call(it->fd);
	pthread_cleanup_pop(0);
	return NULL;
}

/* True if the thread sleeps: state S in /proc/self/task/TID/stat. If /proc belongs to another PID namespace, the file
 * can't be found; then this returns true at once, and the thread may be cancelled before it blocks. */
static bool sleeps(const void *argument)
{
	const struct blocked *it = argument;
	char path[64], text[256], *state;
	ssize_t n;
	int fd;

	if (!it->task)
		return false;
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)it->task);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

static void cancel_all(struct blocked *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(-pthread_create(&all[i].thread, NULL, block, &all[i]), "pthread_create");
	for (size_t i = 0; i < n; i++) {
		void *result = NULL;

		wait_until(sleeps, &all[i], all[i].what);
		check(-pthread_cancel(all[i].thread), "pthread_cancel");
		check(-pthread_join(all[i].thread, &result), "pthread_join");
		errno = ECANCELED;
		if (result != PTHREAD_CANCELED || !all[i].cleaned)
			fail(all[i].what);
	}
}

int main(void)
{
	pthread_t threads[TOGETHER];
	struct connection c;

	alarm(60);
	for (int i = 0; i < TOGETHER; i++)
		check(-pthread_create(&threads[i], NULL, make_all_calls, NULL), "pthread_create");
	for (int i = 0; i < TOGETHER; i++)
		check(-pthread_join(threads[i], NULL), "pthread_join");
	c = make_connection();
	cancel_all((struct blocked[]){ { .call = do_accept, .what = "a thread in accept", .fd = c.listener },
				       { .call = do_recv, .what = "a thread in recv", .fd = c.client },
				       { .call = do_recvmsg, .what = "a thread in recvmsg", .fd = c.server } },
		   3);
	puts("right");
	return fflush(stdout) != 0;
}
