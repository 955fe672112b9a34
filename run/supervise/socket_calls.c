/* SPDX-License-Identifier: MIT */
#include "run/supervise/socket_calls.h"

#include "abi/abi.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>

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
 * The listener can't have the kernel kill a process or send it a trap's SIGSYS. While its call waits the thread's
 * number is its own, so it is killed from here; if that isn't permitted, the call fails all the same.
 */
static enum call_answer kill_caller(int listener, const struct listener_call *call)
{
	if (call->pid && listener_still_waits(listener, call))
		kill(call->pid, SIGKILL);
	listener_fail(listener, call, EPERM);
	return CALL_ANSWERED;
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
		return kill_caller(listener, call);
	listener_fail(listener, call, (int)(verdict & SECCOMP_RET_DATA));
	return CALL_ANSWERED;
}
