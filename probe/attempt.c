/* SPDX-License-Identifier: MIT */
#include "probe/attempt.h"
#include "abi/x86.h"
#include "probe/calls.h"

#include "abi/kernel.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	UNKNOWN_TYPE_FLAG = 0x40000000, /* not in SOCK_TYPE_MASK, SOCK_CLOEXEC, SOCK_NONBLOCK: EINVAL */
	UNKNOWN_PRCTL = 0x7fff5c00,     /* an operation that no kernel has: EINVAL */
	CHILD_STATUS = 125, /* the parent ignores it; but it is no success, in case somebody else collects the child */
};

/* Added to a family: a bit above the 32 that the kernel takes, which a filter may compare. */
#define HIGH_BITS (1L << 32)

/*
 * The slot of the one attempt that this process makes before it exits. At file scope because the signal handler has no
 * argument of ours; attempt_make() sets it before the handler is installed.
 */
static struct attempt_slot *current;

__attribute__((noreturn)) static void end(enum doors_how how, int value)
{
	current->answer.how = how;
	current->answer.value = value;
	__atomic_store_n(&current->step, ATTEMPT_ENDS, __ATOMIC_RELEASE);
	_exit(CHILD_STATUS);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (current->step != ATTEMPT_TRIES)
		_exit(CHILD_STATUS); /* the parent finds the step in the slot */
	if (number == SIGSEGV)
		end(DOORS_FAULTED, 0);
	end(info->si_code == SYS_SECCOMP ? DOORS_TRAPPED : DOORS_DIED, number);
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	sigset_t both;

	sigaction(SIGSYS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigemptyset(&both);
	sigaddset(&both, SIGSYS);
	sigaddset(&both, SIGSEGV);
	sigprocmask(SIG_UNBLOCK, &both, NULL);
}

static void make_room(void)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
}

static void leave_nothing(void)
{
	pid_t parent;

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	parent = getppid(); /* 0: the parent is in another PID namespace. -1: a filter has answered */
	if (parent > 0 && parent != current->parent)
		_exit(CHILD_STATUS); /* the parent has ended before it could be a reason for the signal */
}

/* Notes that the step begins. Returns false if it is to be left out, because an earlier child died in it. */
static bool begin_step(enum attempt_step step)
{
	if (current->skip & 1u << step)
		return false;
	current->step = step;
	return true;
}

static int number(const char *arch, int call)
{
	return abi_direct(abi_arch(arch), call);
}

static int by_i386(const struct attempt *a, int call, long family, int type)
{
	return call_i386(number("i386", call), family, type, a->protocol, (long)(uintptr_t)current->pair);
}

static int by_socketcall(const struct attempt *a, int call, int type)
{
	current->block[0] = (uint32_t)a->family;
	current->block[1] = (uint32_t)type;
	current->block[2] = (uint32_t)a->protocol;
	current->block[3] = (uint32_t)(uintptr_t)current->pair;
	return call_i386(abi_arch("i386")->socketcall, call, (long)(uintptr_t)current->block, 0, 0);
}

static int by_native(const struct attempt *a, int call, long bits, long family, int type)
{
	return (int)call_native(number("x86_64", call) | bits, family, type, a->protocol,
				(long)(uintptr_t)current->pair);
}

static int try_socket(const struct attempt *a, int type)
{
	int call = a->ask == ATTEMPT_SOCKETPAIR ? SOCKETCALL_SOCKETPAIR : SOCKETCALL_SOCKET;

	if (a->invalid)
		type |= UNKNOWN_TYPE_FLAG;
	switch (a->door) {
	case DOORS_NATIVE:
		return by_native(a, call, 0, a->family, type);
	case DOORS_NATIVE_HIGH:
		return by_native(a, call, 0, a->family | HIGH_BITS, type);
	case DOORS_X32:
		return by_native(a, call, __X32_SYSCALL_BIT, a->family, type);
	case DOORS_I386:
		return by_i386(a, call, a->family, type);
	case DOORS_I386_HIGH:
		return by_i386(a, call, a->family | HIGH_BITS, type);
	case DOORS_SOCKETCALL:
		return by_socketcall(a, call, type);
	case DOORS_IO_URING:
	case DOORS_IO_URING_I386:
	case DOORS_IO_URING_X32:
		return attempt_uring(a, type, current);
	}
	__builtin_unreachable();
}

static bool is_unsuitable_type(int r)
{
	return r == -ESOCKTNOSUPPORT || r == -EPROTONOSUPPORT || r == -EPROTOTYPE;
}

static int try_types(const struct attempt *a)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };
	int r = -ESOCKTNOSUPPORT;

	if (a->type)
		return try_socket(a, a->type);
	for (unsigned i = 0; i < sizeof types / sizeof *types && is_unsuitable_type(r); i++)
		r = try_socket(a, types[i]);
	return r;
}

/* A filter may answer ERRNO(0), and a listener any number; so a descriptor is not believed to be a socket. */
static bool is_socket(int fd)
{
	struct stat status;

	if (!begin_step(ATTEMPT_VERIFIES))
		return true;
	if (fstat(fd, &status))
		return errno != EBADF;
	return S_ISSOCK(status.st_mode);
}

__attribute__((noreturn)) static void make_socket(const struct attempt *a)
{
	int r;

	current->pair[0] = -1;
	r = try_types(a);
	if (r == ATTEMPT_FAKED)
		end(DOORS_PRETENDED, 0);
	if (r < 0)
		end(DOORS_RETURNED, r);
	end(is_socket(a->ask == ATTEMPT_SOCKETPAIR ? current->pair[0] : r) ? DOORS_RETURNED : DOORS_PRETENDED, r);
}

/* Makes the call with a block that cannot be read, or an invalid descriptor or type: the kernel answers EFAULT, EBADF
 * or EINVAL. */
static int try_call(const struct attempt *a)
{
	bool made = a->call == SOCKETCALL_SOCKET || a->call == SOCKETCALL_SOCKETPAIR;
	int r;

	if (a->door == DOORS_SOCKETCALL)
		return call_i386(abi_arch("i386")->socketcall, a->call, 0, 0, 0);
	if (made)
		return call_i386(number("i386", a->call), AF_UNIX, SOCK_STREAM | UNKNOWN_TYPE_FLAG, 0, 0);
	r = call_i386(number("i386", a->call), -1, 0, 0, 0);
	/* Kernels without 32-bit times have only the variant with 64-bit times. */
	if (r == -ENOSYS && a->call == SOCKETCALL_RECVMMSG)
		r = call_i386(abi_arch("i386")->recvmmsg_time64, -1, 0, 0, 0);
	return r;
}

static int try_entry(const struct attempt *a)
{
	switch (a->door) {
	case DOORS_NATIVE:
	case DOORS_NATIVE_HIGH:
		return (int)call_native(X86_64_GETPID, 0, 0, 0, 0);
	case DOORS_I386:
	case DOORS_I386_HIGH:
	case DOORS_SOCKETCALL:
		return call_i386(I386_GETPID, 0, 0, 0, 0);
	case DOORS_X32:
		return (int)call_native(X86_64_GETPID | __X32_SYSCALL_BIT, 0, 0, 0, 0);
	case DOORS_IO_URING:
	case DOORS_IO_URING_I386:
	case DOORS_IO_URING_X32:
		return attempt_uring_enter(a->door);
	}
	__builtin_unreachable();
}

static int uring_disabled(void)
{
	int fd = open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC);
	char digit = 0;

	if (fd < 0 && errno == ENOENT && !access("/proc/sys/kernel/ostype", R_OK))
		return 0; /* the kernel is older than 6.6, and has no such sysctl */
	if (fd < 0)
		return -errno;
	return read(fd, &digit, 1) == 1 && digit >= '0' && digit <= '9' ? digit - '0' : -EINVAL;
}

static int try(const struct attempt *a)
{
	switch (a->ask) {
	case ATTEMPT_SOCKET:
	case ATTEMPT_SOCKETPAIR:
		make_socket(a);
	case ATTEMPT_CALL:
		return try_call(a);
	case ATTEMPT_ENTRY:
		return try_entry(a);
	case ATTEMPT_FILTER:
		return (int)call_native(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0);
	case ATTEMPT_FILTER_CHECK:
		return (int)call_native(SYS_prctl, UNKNOWN_PRCTL, 0, 0, 0);
	case ATTEMPT_URING_SETUP:
		return attempt_uring_setup(a->door, current);
	case ATTEMPT_RELEASE:
		return kernel_release();
	case ATTEMPT_URING_DISABLED:
		return uring_disabled();
	}
	__builtin_unreachable();
}

void attempt_make(const struct attempt *a, struct attempt_slot *slot)
{
	const struct rlimit none = { 0 };

	current = slot;
	/* This is no step that can be left out: the C library's start makes the same call, so filters allow it. */
	setrlimit(RLIMIT_CORE, &none);
	if (begin_step(ATTEMPT_LEAVES))
		leave_nothing();
	if (begin_step(ATTEMPT_CATCHES))
		catch_signals();
	if (begin_step(ATTEMPT_ROOM))
		make_room();
	begin_step(ATTEMPT_TRIES);
	end(DOORS_RETURNED, try(a));
}
