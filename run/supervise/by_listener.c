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

/* A call fails with EPERM after too many processes have ended while they dealt with it. */
enum {
	KILLS_MOST = 100, /* by any signal: this number is still tolerated */
	CRASHES_MOST = 3, /* by a signal other than SIGKILL: this number is too many */
};

/* A reported call and its listener: the context of is_waiting(). */
struct waiting {
	int listener;
	struct listener_call call;
};

/*
 * For patch_process(), which calls this to check that call.pid is still the number of the thread that made the call: a
 * waiting thread can't end, so its number can't become another thread's.
 */
static bool is_waiting(void *context)
{
	const struct waiting *waiting = context;

	return listener_call_is_waiting(waiting->listener, &waiting->call);
}

/* A 32-bit program sets up thread-local storage. That is its start, and it is patched. */
static enum call_answer program_starts(struct supervisor *supervisor, struct waiting *waiting)
{
	pid_t pid = waiting->call.pid;
	struct patch_result result = { .outcome = PATCH_FAILED, .error = -ESRCH };

	if (pid)
		result = patch_process(&supervisor->patcher, pid, (uint32_t)waiting->call.from, is_waiting, waiting);
	/*
	 * The event comes before the answer: after the answer the program may end, and on_event() couldn't read its
	 * name.
	 */
	if (is_waiting(waiting))
		supervisor_tell_patched(supervisor, pid, &result);
	return CALL_CONTINUE;
}

/*
 * A call that programs make just after code with stubs was mapped: `late` of filter/reports.h. That code is found by
 * the address that the call comes from; for glibc's rt_sigaction(), by the handler in its struct sigaction.
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
	/* A 64-bit program that makes a 32-bit call has no 32-bit vDSO, and nothing to patch: no event. */
	if (is_waiting(waiting) && result.outcome != PATCH_NO_VDSO)
		supervisor_tell_patched(supervisor, call->pid, &result);
	return CALL_CONTINUE;
}

/* The listener's filter isn't ours (an agent's profile), and reports calls that aren't dealt with here. */
static enum call_answer unknown_call(struct supervisor *supervisor, struct waiting *waiting)
{
	if (waiting->call.pid && is_waiting(waiting))
		supervisor_tell(supervisor, (struct supervisor_event){
						    .kind = SUPERVISOR_CALL_UNKNOWN,
						    .pid = waiting->call.pid,
					    });
	return CALL_REFUSE;
}

/* A 64-bit program starts. There is nothing to patch; this is reported only for the event. */
static enum call_answer native_program_starts(struct supervisor *supervisor, pid_t pid)
{
	if (pid)
		supervisor_tell(supervisor, (struct supervisor_event){ .kind = SUPERVISOR_NATIVE, .pid = pid });
	return CALL_CONTINUE;
}

/* If a multiplexed call can't be turned into a direct one, judge() decides about it. */
static enum call_answer multiplexed_call(struct supervisor *supervisor, struct waiting *waiting)
{
	enum call_answer answer = multiplexed_reported(supervisor, waiting->listener, &waiting->call);

	if (answer == CALL_REFUSE && supervisor->options.judge)
		return socket_call_reported(supervisor, waiting->listener, &waiting->call);
	return answer;
}

/* Deals with a call of i386. */
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
	return is_multiplexed_call(&waiting->call) ? multiplexed_call(supervisor, waiting)
						   : unknown_call(supervisor, waiting);
}

/*
 * True if the call can't be dealt with because this process has a worker. Only the worker may read the memory of
 * programs. It does that for multiplexed calls and for filter loads. The other calls lead to patch_process() and
 * patch_text(), which would read the memory in this process.
 */
static bool is_beyond_worker(const struct supervisor *supervisor, const struct listener_call *call)
{
	return supervisor->patcher.worker && !is_multiplexed_call(call) &&
	       !(call->arch == abi_arch("i386")->token && (call->number == I386_PRCTL || call->number == I386_SECCOMP));
}

/* A system call's number depends on the architecture, so each test below compares both. */
static enum call_answer deal_with(struct supervisor *supervisor, struct waiting *waiting)
{
	if (is_beyond_worker(supervisor, &waiting->call))
		return unknown_call(supervisor, waiting);
	if (supervisor->options.judge && is_socket_call(&waiting->call))
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
 * Deals with the call and answers it. If this process is killed meanwhile, another process calls this function for the
 * same call. The slot is cleared last: if it were cleared before the answer, a kill in between would lose the call, and
 * its thread would wait for ever.
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

	supervisor->kills = 0; /* before the next call is received: a kill right after that is its first one */
	if (listener_receive(listener, &supervisor->received, &waiting.call))
		return; /* -ENOENT: a signal withdrew the call */
	serve(supervisor, &waiting);
	if (supervisor->options.answered)
		supervisor->options.answered(supervisor->options.context, now() - since);
}

/* Every process that deals with this call is killed or crashes. So it isn't dealt with, and fails. */
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
		/* The killed process had answered it; or a signal withdrew it, and the thread will make it again. */
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

	/*
	 * SIGCHLD is blocked except in ppoll(), so it can't come between waitpid() and ppoll() and be missed.
	 * remote_wait() may consume a SIGCHLD; the loop calls waitpid() for all children each time around, so none is
	 * missed then either.
	 */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	sigdelset(&before, SIGCHLD);
	sigaction(SIGCHLD, &interrupting, NULL);
	supervisor->stop_waiting = REMOTE_BY_SIGNAL;
	supervisor_may_trace(supervisor);
	serve_received(supervisor, listener);
	for (;;) {
		int ready;

		/*
		 * When a traced thread ends, the kernel reports that to the tracer first, and to the thread's parent
		 * only after the tracer has waited for it. So wait for every thread at once, or programs' own waits
		 * would hang.
		 */
		while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
			threads_release_late(pid, status);
		ready = ppoll(polls, sizeof polls / sizeof *polls, NULL, &before);
		if (ready < 0 && errno != EINTR)
			return true; /* not expected: needed_try() has seen that no filter refuses ppoll() */
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
