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

bool socket_call_is(const struct listener_call *call)
{
	return makes_socket(call, abi_arch("x86_64")) || makes_socket(call, abi_arch("i386"));
}

/*
 * Only the kernel can kill a process by SIGSYS, or send it a trap's signal. So the thread is made to repeat the call
 * with a mark, and the filters judge it. Where the thread may not be traced, the process is killed from here instead.
 * If that is not permitted either, the call still fails.
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
	/*
	 * On its way to a signal's handler, or in a mode that can't be: afterwards it makes its call, which is
	 * reported.
	 */
	if (remote_wait(call->pid, supervisor->waiting) == -ESRCH)
		return;
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
