/* SPDX-License-Identifier: MIT */
#include "run/supervise/by_listener.h"

#include "abi/abi.h"
#include "abi/i386.h"
#include "abi/x86.h"
#include "filter/reports.h"
#include "process/listener.h"
#include "process/remote.h"
#include "process/threads.h"
#include "run/patch/patch.h"
#include "run/supervise/answer.h"
#include "run/supervise/filter_loads.h"
#include "run/supervise/multiplexed.h"
#include "run/supervise/socket_calls.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* A call fails when so many processes that dealt with it were killed. */
enum {
	KILLS_MOST = 100,
	CRASHES_MOST = 3, /* or so many crashed: by a signal other than SIGKILL */
};

struct waiting {
	int listener;
	struct listener_call call;
};

/* For patch_process(): a thread number is the calling thread's as long as its call waits. */
static bool is_waiting(void *context)
{
	const struct waiting *waiting = context;

	return listener_call_is_waiting(waiting->listener, &waiting->call);
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

/*
 * A call that is made when code has just appeared that makes multiplexed calls: filter/reports.h, `late`. Of
 * glibc's the signal's handler lies in that code.
 */
static enum call_answer code_appears(struct supervisor *supervisor, struct waiting *waiting)
{
	const struct listener_call *call = &waiting->call;
	struct patch_place place = { .address = (uint32_t)call->from };
	struct patch_result result;

	if (!call->pid)
		return CALL_CONTINUE;
	if (call->number == I386_RT_SIGACTION && (uint32_t)call->argument[0] == FILTER_REPORTS_GLIBC_SIGNAL)
		place = (struct patch_place){ .address = (uint32_t)call->argument[1], .is_pointer = true };
	result = patch_text(&supervisor->patcher, call->pid, place, is_waiting, waiting);
	/* A 64-bit program can make such a call, too, which is of no interest. */
	if (is_waiting(waiting) && result.outcome != PATCH_NO_VDSO)
		supervisor_tell_patched(supervisor, call->pid, &result);
	return CALL_CONTINUE;
}

/* A filter that isn't the supervisor's own reports more than it has asked for. */
static enum call_answer unknown_call(struct supervisor *supervisor, struct waiting *waiting)
{
	if (waiting->call.pid && is_waiting(waiting))
		supervisor_tell(supervisor, (struct supervisor_event){
						    .kind = SUPERVISOR_CALL_UNKNOWN,
						    .pid = waiting->call.pid,
					    });
	return CALL_REFUSE;
}

/* A 64-bit program starts, which is reported only so that it can be told of. */
static enum call_answer native_program_starts(struct supervisor *supervisor, pid_t pid)
{
	if (pid)
		supervisor_tell(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_NATIVE, .pid = pid });
	return CALL_CONTINUE;
}

/* A judge() says what becomes of a multiplexed call that can't be turned into a direct one. */
static enum call_answer multiplexed_call(struct supervisor *supervisor, struct waiting *waiting)
{
	enum call_answer answer = multiplexed_reported(supervisor, waiting->listener, &waiting->call);

	if (answer == CALL_REFUSE && supervisor->options.judge)
		return socket_call_reported(supervisor, waiting->listener, &waiting->call);
	return answer;
}

/* A call of i386. */
static enum call_answer deal_with_32(struct supervisor *supervisor, struct waiting *waiting)
{
	switch (waiting->call.number) {
	case I386_SET_THREAD_AREA:
		return program_starts(supervisor, waiting);
	case I386_RT_SIGACTION:
	case I386_MODIFY_LDT:
		return code_appears(supervisor, waiting);
	case I386_PRCTL:
	case I386_SECCOMP:
		return filter_load_reported(supervisor, waiting->listener, &waiting->call);
	}
	return multiplexed_is(&waiting->call) ? multiplexed_call(supervisor, waiting)
					      : unknown_call(supervisor, waiting);
}

/*
 * Whether it is a call that nobody deals with where a worker looks at a program's memory: the worker makes the steps of
 * multiplexed calls, and patch_process() and patch_text() would look here.
 */
static bool is_beyond_worker(const struct supervisor *supervisor, const struct listener_call *call)
{
	return supervisor->patcher.worker && !multiplexed_is(call) &&
	       !(call->arch == abi_arch("i386")->token && (call->number == I386_PRCTL || call->number == I386_SECCOMP));
}

/* A number says nothing without its architecture, which is therefore looked at first. */
static enum call_answer deal_with(struct supervisor *supervisor, struct waiting *waiting)
{
	if (is_beyond_worker(supervisor, &waiting->call))
		return unknown_call(supervisor, waiting);
	if (supervisor->options.judge && socket_call_is(&waiting->call))
		return socket_call_reported(supervisor, waiting->listener, &waiting->call);
	if (waiting->call.arch == abi_arch("i386")->token)
		return deal_with_32(supervisor, waiting);
	if (waiting->call.arch == abi_arch("x86_64")->token && waiting->call.number == X86_64_ARCH_PRCTL)
		return native_program_starts(supervisor, waiting->call.pid);
	return unknown_call(supervisor, waiting);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/*
 * Deals with the call and answers it. This process may be killed at any moment: then another one calls this for the
 * same call, until it has been answered.
 */
static void serve(struct supervisor *supervisor, struct waiting *waiting)
{
	switch (deal_with(supervisor, waiting)) {
	case CALL_CONTINUE:
		listener_continue(waiting->listener, &waiting->call);
		break;
	case CALL_ANSWERED:
		break;
	case CALL_REFUSE:
		listener_refuse(waiting->listener, &waiting->call);
		break;
	case CALL_TURN:
		listener_repeat(waiting->listener, &waiting->call);
		multiplexed_in_stopped(supervisor, &waiting->call);
		break;
	case CALL_MARK:
		listener_repeat(waiting->listener, &waiting->call);
		socket_call_in_stopped(supervisor, &waiting->call);
		break;
	case CALL_REPEAT:
		listener_repeat(waiting->listener, &waiting->call);
		filter_load_in_stopped(supervisor, &waiting->call);
		break;
	}
	supervisor->answered++;
	listener_slot_clear(&supervisor->received);
}

void serve_next(struct supervisor *supervisor, int listener)
{
	struct waiting waiting = { .listener = listener };
	uint64_t since = now();

	if (listener_receive(listener, &supervisor->received, &waiting.call))
		return; /* a signal withdrew the call */
	supervisor->kills = 0;
	serve(supervisor, &waiting);
	if (supervisor->options.answered)
		supervisor->options.answered(supervisor->options.context, now() - since);
}

/* Who deals with this call is killed again and again: it isn't dealt with, and fails. */
static void give_up(struct supervisor *supervisor, const struct waiting *waiting)
{
	listener_fail(waiting->listener, &waiting->call, EPERM);
	supervisor->answered++;
	listener_slot_clear(&supervisor->received);
}

void serve_received(struct supervisor *supervisor, int listener)
{
	struct waiting waiting = { .listener = listener };

	supervisor_recover(supervisor);
	if (!listener_slot_has_call(&supervisor->received, &waiting.call))
		return;
	if (!is_waiting(&waiting)) {
		/* It was answered; or a signal withdrew it, and the thread makes the call once more. */
		listener_slot_clear(&supervisor->received);
	} else if (++supervisor->kills > KILLS_MOST || supervisor->crashes >= CRASHES_MOST) {
		give_up(supervisor, &waiting);
	} else {
		serve(supervisor, &waiting);
	}
}

static void interrupt(int signal)
{
	(void)signal;
}

bool serve_all(struct supervisor *supervisor, int listener, int guard)
{
	struct pollfd polls[] = {
		{ .fd = listener, .events = POLLIN },
		{ .fd = guard, .events = POLLIN },
	};
	struct sigaction interrupting = { .sa_handler = interrupt };
	sigset_t child, before;
	int status;
	pid_t pid;

	/* SIGCHLD comes only while ppoll() waits. What takes it away before has the loop see to all children. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	sigdelset(&before, SIGCHLD);
	sigaction(SIGCHLD, &interrupting, NULL);
	supervisor->waiting = REMOTE_BY_SIGNAL;
	supervisor_may_trace(supervisor);
	serve_received(supervisor, listener);
	for (;;) {
		int ready;

		/*
		 * A thread that ends while it is traced is reported to its tracer first, and only then to its
		 * parent.
		 */
		while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
			threads_release_late(pid, status);
		ready = ppoll(polls, sizeof polls / sizeof *polls, NULL, &before);
		if (ready < 0 && errno != EINTR)
			return true;
		if (ready <= 0)
			continue;
		if (polls[1].revents)
			return false;
		if (polls[0].revents & POLLIN)
			serve_next(supervisor, listener);
		else
			return true; /* POLLHUP */
	}
}
