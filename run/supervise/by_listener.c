/* SPDX-License-Identifier: MIT */
#include "run/supervise/by_listener.h"

#include "abi/x86.h"
#include "process/listener.h"
#include "run/supervise/event.h"
#include "run/supervise/filter_loads.h"
#include "process/remote.h"
#include "run/patch/patch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

struct waiting {
	int listener;
	struct listener_call call;
};

static int still(void *context)
{
	const struct waiting *waiting = context;

	return listener_still_waits(waiting->listener, &waiting->call);
}

/* A program's start: it is patched. */
static void answer_start(struct waiting waiting, const struct supervisor_options *options)
{
	struct patch_result result;

	if (waiting.call.pid)
		result = patch_process(waiting.call.pid, still, &waiting);
	else
		result = (struct patch_result){ .error = -ESRCH };
	/* A program that is let go may end at once: what is said of it comes before. */
	if (still(&waiting))
		event_tell_patch(options, waiting.call.pid, &result);
	listener_continue(waiting.listener, &waiting.call);
}

/* A 64-bit program's start: it is told of. */
static void answer_native(struct waiting waiting, const struct supervisor_options *options)
{
	if (waiting.call.pid)
		event_tell(options, (struct supervisor_event){ .kind = SUPERVISOR_NATIVE, .pid = waiting.call.pid });
	listener_continue(waiting.listener, &waiting.call);
}

void serve_next(int listener, const struct supervisor_options *options)
{
	struct waiting waiting = { .listener = listener };

	if (listener_receive(listener, &waiting.call))
		return; /* withdrawn meanwhile */
	if (waiting.call.number == I386_SET_THREAD_AREA)
		answer_start(waiting, options);
	else if (waiting.call.number == X86_64_ARCH_PRCTL)
		answer_native(waiting, options);
	else
		loads_answer(listener, &waiting.call, options);
}

static void wake(int signal)
{
	(void)signal;
}

void serve_all(int listener, const struct supervisor_options *options)
{
	struct pollfd poll_listener = { .fd = listener, .events = POLLIN };
	struct sigaction waking = { .sa_handler = wake };
	sigset_t child, before;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	sigdelset(&before, SIGCHLD);
	sigaction(SIGCHLD, &waking, NULL);
	remote_is_allowed(); /* while there is still a process to be had for that */
	for (;;) {
		int ready = ppoll(&poll_listener, 1, NULL, &before), error = errno;

		/* A thread that ended while it was traced, and whose parent waits for this. */
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
		if (ready < 0 && error != EINTR)
			return;
		if (ready <= 0)
			continue;
		if (poll_listener.revents & POLLIN)
			serve_next(listener, options);
		else
			return;
	}
}
