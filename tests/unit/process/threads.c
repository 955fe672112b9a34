/* SPDX-License-Identifier: MIT
 *
 * Tests process/threads.h: whether a thread is the only one of its process. TAP. */
#include "process/threads.h"
#include "process/status.h"
#include "tests/fixtures/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOKS_MOST = 3000, LOOK_NANOSECONDS = 10 * 1000 * 1000 }; /* half a minute in all */

static int to_test[2], to_child[2];

/* In the child: sends a thread's number to the test, and waits for a byte. */
static void tell(pid_t thread)
{
	char byte;

	if (write(to_test[1], &thread, sizeof thread) != sizeof thread || read(to_child[0], &byte, 1) != 1)
		_exit(1);
}

static void *be_second(void *unused)
{
	tell(gettid());
	return unused;
}

/* The child has one thread; two; one; then only a second one, since the first one has ended. */
static void be_child(void)
{
	pthread_t second;

	tell(gettid());
	for (int i = 0; i < 2; i++) {
		if (pthread_create(&second, NULL, be_second, NULL))
			_exit(1);
		if (i)
			syscall(SYS_exit, 0);
		pthread_join(second, NULL);
		tell(gettid());
	}
}

/* Receives the number that the child tells. Returns 0 if the child has ended. */
static pid_t told(void)
{
	pid_t thread = 0;

	return read(to_test[0], &thread, sizeof thread) == sizeof thread ? thread : 0;
}

/* Lets the child go on, which waits in tell(). */
static void go_on(void)
{
	(void)!write(to_child[1], "", 1);
}

/* Waits until a condition becomes true: a thread may still exist for a moment after pthread_join(). */
static bool becomes(bool (*is_so)(pid_t thread), pid_t thread)
{
	static const struct timespec pause = { .tv_nsec = LOOK_NANOSECONDS };

	for (int i = 0; i < LOOKS_MOST; i++) {
		if (is_so(thread))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

int main(void)
{
	pid_t child, first, second;

	if (pipe(to_test) || pipe(to_child))
		return 1;
	child = fork();
	if (child == 0) {
		be_child();
		_exit(0);
	}
	close(to_test[1]); /* so that the pipe ends with the child */
	first = told();
	ok(first == child && threads_is_alone(first), "a process' only thread is alone");
	go_on();
	second = told();
	ok(second && !threads_is_alone(first), "the first of two threads isn't alone");
	ok(!threads_is_alone(second), "nor is the second");
	go_on();
	ok(told() == child && becomes(threads_is_alone, first), "the first is alone again when the second has ended");
	go_on();
	second = told();
	ok(second && becomes(status_is_dead, first), "the first thread ends, and another one goes on");
	ok(!threads_is_alone(second), "that one isn't alone, since it isn't the thread-group leader");
	ok(!threads_is_alone(first), "nor is the first one, which has ended");
	go_on();
	ok(waitpid(child, NULL, 0) == child, "the process ends");
	ok(!threads_is_alone(child), "a thread that no longer exists isn't alone");
	return plan();
}
