/* SPDX-License-Identifier: MIT
 * A thread that is cancelled in a blocking call runs its cleanup handlers: those of pthread_cleanup_push and, compiled
 * with -fexceptions, of __attribute__((cleanup)); as C++, destructors too. Then the same at random moments, many
 * times. */
#include "blocked.h"

#include <pthread.h>
#include <time.h>

static int pushed, attributed, destructed;
static volatile int tid, which, started;

static void count_pushed(void *unused)
{
	(void)unused;
	pushed++;
}

static void count_attributed(int *unused)
{
	(void)unused;
	attributed++;
}

#ifdef __cplusplus
struct destructs {
	~destructs()
	{
		destructed++;
	}
};
#define DESTRUCTS destructs guard
#else
#define DESTRUCTS (void)0
#endif

__attribute__((noinline)) static int with_attribute(int nonblocking)
{
	int guard __attribute__((cleanup(count_attributed))) = 0;
	int r = 0;

	(void)guard;
	if (!nonblocking)
		return blocked_call(which);
	/* until the thread is cancelled; the count ends it if the cancellation is lost */
	for (long i = 0; i < 20000000; i++) {
		char c;

		r += (int)recv(blocked_pair[1], &c, 1, MSG_DONTWAIT);
		started = 1;
	}
	return r;
}

static void *thread(void *nonblocking)
{
	int r;
	DESTRUCTS;

	pthread_cleanup_push(count_pushed, NULL);
	tid = (int)syscall(SYS_gettid);
	r = with_attribute(nonblocking != NULL);
	printf("the call came back with %d\n", r);
	pthread_cleanup_pop(0);
	return NULL;
}

static int join(pthread_t t, void **result)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	return pthread_timedjoin_np(t, result, &until);
}

int main(void)
{
	int good = 0, times = 400;

	setvbuf(stdout, NULL, _IONBF, 0);
	alarm(400);
	blocked_prepare();
	for (int i = 0; i < BLOCKED_COUNT; i++) {
		void *result = NULL;
		pthread_t t;
		int asleep, joined;

		tid = 0;
		which = i;
		pushed = attributed = destructed = 0;
		pthread_create(&t, NULL, thread, NULL);
		asleep = blocked_wait(&tid);
		pthread_cancel(t);
		joined = join(t, &result);
		printf("%s: blocks %d, is cancelled %d, pushed handlers %d, attribute's %d, destructors %d\n",
		       blocked_names[i], asleep, !joined && result == PTHREAD_CANCELED, pushed, attributed, destructed);
		if (joined)
			return 1;
	}
	pushed = attributed = destructed = 0;
	for (int i = 0; i < times; i++) {
		void *result = NULL;
		pthread_t t;

		started = 0;
		pthread_create(&t, NULL, thread, &good);
		while (!started)
			sched_yield(); /* on a busy machine the thread would otherwise wait for this one's processor */
		for (volatile int spin = 0; spin < 137 * (i % 29); spin++)
			;
		pthread_cancel(t);
		if (join(t, &result)) {
			puts("a thread is lost");
			return 1;
		}
		good += result == PTHREAD_CANCELED;
	}
	printf("%d threads cancelled at any moment: %d, pushed handlers %d, attribute's %d, destructors %d\n", times,
	       good, pushed, attributed, destructed);
	return 0;
}
