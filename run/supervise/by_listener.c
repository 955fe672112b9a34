/* SPDX-License-Identifier: MIT */
#include "run/supervise/by_listener.h"

#include "abi/x86.h"
#include "process/listener.h"
#include "run/patch/patch.h"
#include "run/supervise/answer.h"
#include "run/supervise/filter_loads.h"
#include "run/supervise/socket_calls.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

struct waiting {
	int listener;
	struct listener_call call;
};

/* For patch_process(): a thread number is the calling thread's as long as its call waits. */
static bool is_waiting(void *context)
{
	const struct waiting *waiting = context;

	return listener_still_waits(waiting->listener, &waiting->call);
}

/* A 32-bit program starts: it is patched. */
static enum call_answer program_starts(struct supervisor *supervisor, struct waiting *waiting)
{
	pid_t pid = waiting->call.pid;
	struct patch_result result = { .outcome = PATCH_FAILED, .error = -ESRCH };

	if (pid)
		result = patch_process(&supervisor->patcher, pid, (uint32_t)waiting->call.from, is_waiting, waiting);
	/* Told before the answer: a program that goes on may end at once, and then its name can't be had any more. */
	if (is_waiting(waiting))
		supervisor_tell_patched(supervisor, pid, &result);
	return CALL_CONTINUE;
}

/* A 64-bit program starts, which is reported only so that it can be told of. */
static enum call_answer native_program_starts(struct supervisor *supervisor, pid_t pid)
{
	if (pid)
		supervisor_tell(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_NATIVE, .pid = pid });
	return CALL_CONTINUE;
}

static enum call_answer deal_with(struct supervisor *supervisor, struct waiting *waiting)
{
	if (socket_call_is(&waiting->call))
		return socket_call_reported(supervisor, waiting->listener, &waiting->call);
	if (waiting->call.number == I386_SET_THREAD_AREA)
		return program_starts(supervisor, waiting);
	if (waiting->call.number == X86_64_ARCH_PRCTL)
		return native_program_starts(supervisor, waiting->call.pid);
	return filter_load_reported(supervisor, waiting->listener, &waiting->call);
}

void serve_next(struct supervisor *supervisor, int listener)
{
	struct waiting waiting = { .listener = listener };

	if (listener_receive(listener, &waiting.call))
		return; /* a signal withdrew the call */
	switch (deal_with(supervisor, &waiting)) {
	case CALL_CONTINUE:
		listener_continue(listener, &waiting.call);
		break;
	case CALL_ANSWERED:
		break;
	case CALL_REPEAT:
		listener_repeat(listener, &waiting.call);
		filter_load_in_stopped(supervisor, &waiting.call);
		break;
	}
}

static void interrupt(int signal)
{
	(void)signal;
}

void serve_all(struct supervisor *supervisor, int listener)
{
	struct pollfd poll_listener = { .fd = listener, .events = POLLIN };
	struct sigaction interrupting = { .sa_handler = interrupt };
	sigset_t child, before;

	/* SIGCHLD comes only while ppoll() waits. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	sigdelset(&before, SIGCHLD);
	sigaction(SIGCHLD, &interrupting, NULL);
	supervisor_may_trace(supervisor);
	for (;;) {
		int ready = ppoll(&poll_listener, 1, NULL, &before), error = errno;

		/*
		 * A thread that ends while it is traced is reported to its tracer first, and only then to its
		 * parent.
		 */
		while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
			;
		if (ready < 0 && error != EINTR)
			return;
		if (ready <= 0)
			continue;
		if (poll_listener.revents & POLLIN)
			serve_next(supervisor, listener);
		else
			return; /* POLLHUP */
	}
}
