/* SPDX-License-Identifier: MIT */
#include "run/supervise/socket_calls.h"

#include "abi/abi.h"
#include "process/registers.h"
#include "process/remote.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ptrace.h>

static bool makes_socket(const struct listener_call *call, const struct abi_arch *arch)
{
	return call->arch == arch->token &&
	       (call->number == arch->number[SOCKETCALL_SOCKET] || call->number == arch->number[SOCKETCALL_SOCKETPAIR]);
}

bool is_socket_call(const struct listener_call *call)
{
	return makes_socket(call, abi_arch("x86_64")) || makes_socket(call, abi_arch("i386"));
}

/*
 * The verdict kills or traps. Only the kernel can kill a process by SIGSYS or send a trap's SIGSYS. So the thread
 * repeats the call with a mark, and the confinement's filter, which has the same rule, kills or traps. If the thread
 * can't be traced, this process sends SIGKILL to the thread's process instead, before it answers the call. If even that
 * isn't permitted, at least the call fails.
 */
static enum call_answer leave_to_filters(struct supervisor *supervisor, int listener, const struct listener_call *call)
{
	struct listener_waiting waiting = { listener, call };

	if (call->pid && supervisor->options.confinement && supervisor_may_trace(supervisor) &&
	    !remote_attach_if(call->pid, listener_is_waiting, &waiting))
		return CALL_MARK;
	listener_kill(listener, call);
	listener_fail(listener, call, EPERM);
	return CALL_ANSWERED;
}

void socket_call_in_stopped(struct supervisor *supervisor, const struct listener_call *call)
{
	if (remote_wait(call->pid, supervisor->stop_waiting) == -ESRCH)
		return;
	/*
	 * Changes nothing if the thread is on its way to a signal handler, or isn't in the mode that the call was made
	 * in: then its repeated call isn't marked, and is reported again.
	 */
	registers_set_fifth(call->pid, call->arch == abi_arch("i386")->token, call->number,
			    supervisor->options.socket_mark);
	ptrace(PTRACE_DETACH, call->pid, NULL, NULL);
}

enum call_answer socket_call_reported(struct supervisor *supervisor, int listener, const struct listener_call *call)
{
	struct seccomp_data data = { .nr = call->number, .arch = call->arch, .instruction_pointer = call->from };
	uint32_t verdict, action;

	memcpy(data.args, call->argument, sizeof data.args);
	verdict = supervisor->options.judge(supervisor->options.context, call->pid, &data);
	action = verdict & SECCOMP_RET_ACTION_FULL;
	if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG)
		return CALL_CONTINUE;
	if (action != SECCOMP_RET_ERRNO)
		return leave_to_filters(supervisor, listener, call);
	listener_fail(listener, call, (int)(verdict & SECCOMP_RET_DATA));
	return CALL_ANSWERED;
}
