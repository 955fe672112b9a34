/* SPDX-License-Identifier: MIT
 *
 * Calls in a process with several threads, where a libc may enter the kernel in another way; also by another libc.
 *
 * Linked with -pthread
 */
#include "blocking.h"
#include "namespaces.h"

#include <pthread.h>

/* ---- Every call in a thread -------------------------------------------------------------------------------------- */

struct job {
	const char *tag;
	pthread_barrier_t *barrier; /* all threads begin together at this barrier; or null */
	char *text;                 /* what the thread printed */
	size_t length;
};

static void *work(void *argument)
{
	struct job *job = argument;

	out = open_memstream(&job->text, &job->length);
	if (job->barrier)
		pthread_barrier_wait(job->barrier);
	for (int i = 0; i < (job->barrier ? 8 : 1); i++)
		everything(job->tag);
	fclose(out);
	out = NULL;
	return NULL;
}

static void start(pthread_t *thread, void *(*function)(void *), void *argument)
{
	must(-pthread_create(thread, NULL, function, argument), "pthread_create");
}

static void one_thread(const char *tag)
{
	struct job job = { .tag = tag };
	pthread_t thread;

	start(&thread, work, &job);
	pthread_join(thread, NULL);
	fputs(job.text, stdout);
	free(job.text);
}

static void threads_together(void)
{
	struct job jobs[] = {
		{ .tag = "thread 1" }, { .tag = "thread 2" }, { .tag = "thread 3" }, { .tag = "thread 4" }
	};
	pthread_t threads[COUNT(jobs)];
	pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, NULL, COUNT(jobs));
	for (size_t i = 0; i < COUNT(jobs); i++) {
		jobs[i].barrier = &barrier;
		start(&threads[i], work, &jobs[i]);
	}
	for (size_t i = 0; i < COUNT(jobs); i++) {
		pthread_join(threads[i], NULL);
		fputs(jobs[i].text, stdout);
		free(jobs[i].text);
	}
	pthread_barrier_destroy(&barrier);
}

static void *fork_in_thread(void *argument)
{
	pid_t child = (pid_t)must(fork(), "fork");

	(void)argument;
	if (!child) {
		everything("a thread's child");
		_exit(6);
	}
	say("the thread's child ended with %s", ending(child));
	child = (pid_t)must(fork(), "fork");
	if (!child) {
		one_thread("a thread of a thread's child");
		_exit(7);
	}
	say("the thread's second child ended with %s", ending(child));
	return NULL;
}

/* ---- A thread that blocks, and another that lets it go on -------------------------------------------------------- */

static volatile sig_atomic_t handled;

static void count(int number)
{
	(void)number;
	handled++;
}

struct blocked {
	struct blocking b;
	const struct door *door;
	volatile pid_t task;
	long r;
};

static void *block(void *argument)
{
	struct blocked *it = argument;

	door = it->door;
	it->task = (pid_t)syscall(SYS_gettid);
	it->r = door->call(it->b.call, it->b.words);
	return NULL;
}

/* First `signals` signals come; without SA_RESTART (flags 0) the first one ends the call. */
static void block_in_thread(int call, int signals, int flags)
{
	static struct blocked it;
	struct sigaction action = { .sa_handler = count, .sa_flags = flags };
	char what[64];
	pthread_t thread;

	must(sigaction(SIGUSR2, &action, NULL), "sigaction");
	handled = 0;
	it = (struct blocked){ .door = door };
	blocking_begin(&it.b, call);
	start(&thread, block, &it);
	while (!it.task)
		nap();
	for (int i = 0; i < signals; i++) {
		wait_blocked(it.task);
		pthread_kill(thread, SIGUSR2);
		while (handled <= i)
			nap();
	}
	if (!signals || flags) {
		wait_blocked(it.task);
		blocking_let_go(&it.b);
	}
	pthread_join(thread, NULL);
	snprintf(what, sizeof what, "blocked in a thread, %d handlers ran", (int)handled);
	blocking_end(&it.b, it.r, what);
}

static void block_all(const char *who)
{
	set_context("%s:", who);
	for (size_t i = 0; i < COUNT(blocking_calls); i++) {
		if (!blocking_exists(blocking_calls[i]))
			continue;
		block_in_thread(blocking_calls[i], 0, 0);
		block_in_thread(blocking_calls[i], 1, 0);
		block_in_thread(blocking_calls[i], 1, SA_RESTART);
		block_in_thread(blocking_calls[i], 4, SA_RESTART);
	}
	set_context("%s", "");
}

/* ---- Another libc ------------------------------------------------------------------------------------------------ */

#ifndef STATIC
static void *namespace_work(void *argument)
{
	(void)argument;
	set_context("%s", "a thread by another libc:");
	namespace_door("other thread");
	return NULL;
}

static void another_libc(int times)
{
	pthread_t thread;

	for (int i = 0; i < times; i++) {
		say("another libc, time %d", i + 1);
		namespace_open();
		namespace_door("other main");
		start(&thread, namespace_work, NULL);
		pthread_join(thread, NULL);
		door = &door_namespace;
		block_all("another libc");
		door = &door_raw;
		namespace_close();
	}
}

/* Opens and closes several libcs in turn. */
static void several_libcs(void)
{
	for (int i = 0; i < 3; i++) {
		namespace_open();
		namespace_door("several");
	}
	for (int i = 0; i < 3; i++) {
		namespace_door("several");
		namespace_close();
	}
}
#endif

/* ---- All --------------------------------------------------------------------------------------------------------- */

static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;

static void *idle(void *argument)
{
	pthread_mutex_lock(&idle_lock);
	pthread_mutex_unlock(&idle_lock);
	return argument;
}

int main(void)
{
	pthread_t idler, thread;

	oracle_begin("threads");
	everything("main before any thread");
	one_thread("an early thread");
	everything("main after a thread");
	pthread_mutex_lock(&idle_lock);
	start(&idler, idle, NULL);
	everything("main with a thread");
	one_thread("a late thread");
	threads_together();
	start(&thread, fork_in_thread, NULL);
	pthread_join(thread, NULL);
	block_all("raw");
	door = &door_libc;
	block_all("libc");
	door = &door_raw;
#ifndef STATIC
	another_libc(3);
	several_libcs();
#endif
	everything("main after other libcs");
	door = &door_libc;
	block_all("libc after other libcs");
	door = &door_raw;
	pthread_mutex_unlock(&idle_lock);
	pthread_join(idler, NULL);
	return 0;
}
