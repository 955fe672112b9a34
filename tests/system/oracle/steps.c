/* SPDX-License-Identifier: MIT
 * A signal at each instruction of a call: the thread is single-stepped by the trap flag, and the SIGTRAP handler makes
 * calls itself, forks, or waits for a vfork() child. The number of instructions isn't printed. */
#include "oracle.h"

#include <sys/ucontext.h>

enum { FLAG_TF = 0x100, ENTER_KERNEL_MOST = 160, LEAST_STEPS = 3 };

enum deed { CALLS, FORKS, VFORKS };

/* Shared with the handler. */
static struct {
	enum deed deed;
	int at;       /* the step at which the handler acts; -1: at none */
	int step;     /* of the call that is being made */
	int is_child; /* of the handler's fork() */
	int wrong;    /* how many of its actions failed */
} now;

/* Two calls, one whose block is on the stack and one whose isn't. */
static void make_calls(void)
{
	static const uint32_t elsewhere[3] = { AF_UNIX, 77, 0 };
	int value = 0;
	socklen_t length = sizeof value;

	now.wrong += sc(SYS_GETSOCKOPT, 1000000, SOL_SOCKET, SO_TYPE, &value, &length) != -EBADF;
	now.wrong += raw_call(SYS_SOCKET, elsewhere) != -EINVAL;
}

static void reap(pid_t child)
{
	int status;

	now.wrong += waitpid(child, &status, 0) != child || status;
}

static void do_deed(void)
{
	pid_t child;

	switch (now.deed) {
	case CALLS:
		make_calls();
		break;
	case FORKS:
		child = fork();
		now.is_child = !child;
		if (child)
			reap(child);
		break;
	case VFORKS:
		child = vfork();
		if (!child)
			_exit(0);
		reap(child);
		break;
	}
}

static void on_step(int signal, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint32_t from_start = (uint32_t)registers[REG_EIP] - (uint32_t)enter_kernel;

	(void)signal;
	(void)info;
	now.step++;
	if (now.step > LEAST_STEPS && from_start < ENTER_KERNEL_MOST) {
		registers[REG_EFL] &= ~FLAG_TF; /* back from the call */
		return;
	}
	if (now.step == now.at)
		do_deed();
}

/* Makes the call while the handler acts. The registers are preserved, except for the trap flag. */
static long stepped(uint32_t call, const void *block)
{
	struct registers r = { __NR_socketcall, call, (uint32_t)block, 3, 4, 5, 6, FLAGS_ALWAYS | FLAG_TF | FLAG_CF };

	now.step = 0;
	enter_kernel(&r, NULL);
	compare_register("ebx", call, r.ebx);
	compare_register("ecx", (uint32_t)block, r.ecx);
	compare_register("edx", 3, r.edx);
	compare_register("esi", 4, r.esi);
	compare_register("edi", 5, r.edi);
	compare_register("ebp", 6, r.ebp);
	compare_flags(FLAGS_ALWAYS | FLAG_CF, r.eflags);
	return (long)r.eax;
}

/* All these calls, with the handler's action at each step, each in a call of its own. */
static void at_each_step(enum deed deed, const char *name, const char *stack)
{
	static uint32_t elsewhere[3] = { AF_UNIX, 77, 0 };
	uint32_t on_stack[3] = { AF_UNIX, 77, 0 };
	const struct {
		const char *name;
		uint32_t call;
		const void *block;
	} calls[] = {
		{ "socket from the stack", SYS_SOCKET, on_stack },
		{ "socket from static data", SYS_SOCKET, elsewhere },
		{ "socket from -4", SYS_SOCKET, (void *)-4 },
		{ "call 21", LAST_CALL + 1, NULL },
	};

	for (size_t i = 0; i < COUNT(calls); i++) {
		long wanted;
		int steps;

		now.deed = CALLS;
		now.at = -1;
		wanted = stepped(calls[i].call, calls[i].block);
		steps = now.step;
		now.deed = deed;
		now.wrong = 0;
		for (now.at = 1; now.at <= steps; now.at++) {
			long r = stepped(calls[i].call, calls[i].block);

			if (now.is_child)
				_exit(r != wanted || now.wrong);
			now.wrong += r != wanted;
		}
		fact(wanted, "%s, and the handler %s on %s: %s", calls[i].name, name, stack,
		     now.wrong ? "SOMETHING WENT WRONG" : "nothing goes wrong");
	}
}

int main(void)
{
	static char other[1 << 16];
	const stack_t alternate = { .ss_sp = other, .ss_size = sizeof other };

	oracle_begin("steps");
	must(sigaltstack(&alternate, NULL), "sigaltstack");
	for (int i = 0; i < 2; i++) {
		const struct sigaction action = {
			.sa_sigaction = on_step,
			.sa_flags = SA_SIGINFO | (i ? SA_ONSTACK : 0),
		};
		const char *stack = i ? "a stack of its own" : "the same stack";

		must(sigaction(SIGTRAP, &action, NULL), "sigaction");
		at_each_step(CALLS, "makes calls", stack);
		at_each_step(FORKS, "forks", stack);
		at_each_step(VFORKS, "waits for a vfork()ed child", stack);
	}
	return 0;
}
