/* SPDX-License-Identifier: MIT
 *
 * To be run under `socketcall run --families AF_UNIX`, as a program of x86-64 and as one of i386. Tries to get a
 * socket of AF_INET nevertheless, in each way that is open to a hostile program. Each way is a test, in a child of its
 * own, and passes if it gets no socket. Prints TAP.
 *
 * With an argument (after_exec()) it only asks at each door, and exits with 0 if it gets no such socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "tests/fixtures/tap.h"
#include "tests/system/policy/programs/doors.h"

enum {
	LEAKED = 1,           /* exit status: the way got a socket of AF_INET */
	CANT = 77,            /* exit status: the way can't be tried here */
	IO_URING_SETUP = 425, /* on every architecture */
};

/* True if one of the doors gives a socket of AF_INET. */
static bool gets_socket(void)
{
	struct low *low = low_memory();
	struct asked asked = { AF_INET, SOCK_STREAM, 0, false };

	low->watched = true;
	for (unsigned i = 0; i < door_count; i++) {
		low->made = 0;
		if (doors[i].ask(&asked) == 0 && low->made == AF_INET)
			return true;
	}
	return false;
}

static int leak_if(bool leaked)
{
	return leaked ? LEAKED : 0;
}

/* ---- In this process --------------------------------------------------------------------------------------------- */

static int just_ask(void)
{
	return leak_if(gets_socket());
}

static int in_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) ? CANT : leak_if(gets_socket());
}

static int with_markers(void)
{
	struct asked asked = { AF_INET, SOCK_STREAM, 0, false };
	uint32_t words[4];

	/* The supervisor marks its own calls by this value, in an argument that the call doesn't use. */
	set_words(&asked, words);
	return leak_if(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0, 0x5343, 0x5343, 0x5343) >= 0 ||
		       int80(I386_SOCKET, (uint32_t[]){ AF_INET, SOCK_STREAM, 0, 0x5343 }) >= 0);
}

static int by_io_uring(void)
{
	static char parameters[256];

	return leak_if(syscall(IO_URING_SETUP, 8, parameters) >= 0 ||
		       int80(IO_URING_SETUP, (uint32_t[]){ 8, (uint32_t)(uintptr_t)low_memory()->block, 0, 0 }) >= 0 ||
		       syscall(0x40000000 | IO_URING_SETUP, 8, parameters) >= 0);
}

static int after_exec(void)
{
	execl("/proc/self/exe", "hostile", "again", NULL);
	return CANT;
}

/* ---- Filters of its own ------------------------------------------------------------------------------------------ */

static int load_filter(uint32_t verdict, unsigned flags)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, I386_SOCKETCALL, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, verdict),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void ignore_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
}

static int with_filter(uint32_t verdict)
{
	struct sigaction action = { .sa_sigaction = ignore_trap, .sa_flags = SA_SIGINFO };

	sigaction(SIGSYS, &action, NULL);
	return load_filter(verdict, 0) == 0 ? leak_if(gets_socket()) : CANT;
}

static int with_allow(void)
{
	return with_filter(SECCOMP_RET_ALLOW);
}

static int with_log(void)
{
	return with_filter(SECCOMP_RET_LOG);
}

static int with_trace(void)
{
	return with_filter(SECCOMP_RET_TRACE);
}

static int with_trap(void)
{
	return with_filter(SECCOMP_RET_TRAP);
}

static int with_notifications(void)
{
	return with_filter(SECCOMP_RET_USER_NOTIF);
}

static volatile int listener = -1;

static void *continue_calls(void *unused)
{
	while (listener < 0)
		;
	for (;;) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			return unused;
		answer.id = call.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

/* Another thread, which doesn't have the filter, lets each reported call continue. */
static int with_listener(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, continue_calls, NULL))
		return CANT;
	listener = load_filter(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	return listener < 0 ? CANT : leak_if(gets_socket());
}

/* ---- Another process --------------------------------------------------------------------------------------------- */

#ifdef __x86_64__
/*
 * Starts a child that stops for its tracer, loads a filter with `verdict` for getppid() if that isn't 0, and calls it.
 */
static pid_t start_traced_child(uint32_t verdict)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(CANT); /* it has a tracer already */
		raise(SIGSTOP);
		if (verdict) {
			struct sock_filter filter[] = {
				BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
				BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
				BPF_STMT(BPF_RET | BPF_K, verdict),
				BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
			};
			struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

			if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
				_exit(CANT);
		}
		syscall(SYS_getppid);
		_exit(0);
	}
	return pid;
}

/* The child is stopped at the entry of a call. Replaces this call by socket(). True if that gets a socket. */
static bool makes_socket(pid_t pid)
{
	struct user_regs_struct registers;
	int status;

	ptrace(PTRACE_GETREGS, pid, NULL, &registers);
	registers.orig_rax = SYS_socket;
	registers.rdi = AF_INET;
	registers.rsi = SOCK_STREAM;
	registers.rdx = 0;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return false;
	ptrace(PTRACE_GETREGS, pid, NULL, &registers);
	return (long)registers.rax >= 0;
}

/* Lets the child run until it stops, by `event`, at the entry of getppid(). */
static bool runs_to_call(pid_t pid, int request, int event)
{
	struct user_regs_struct registers;
	int status;

	for (int stops = 0; stops < 100; stops++) {
		ptrace(request, pid, NULL, NULL);
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			return false;
		ptrace(PTRACE_GETREGS, pid, NULL, &registers);
		if (status >> 16 == event && registers.orig_rax == SYS_getppid)
			return true;
	}
	return false;
}

static int seize(uint32_t verdict, int request, int event)
{
	pid_t pid = start_traced_child(verdict);
	int status, result = CANT;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return CANT;
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (long)(PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL));
	if (runs_to_call(pid, request, event))
		result = leak_if(makes_socket(pid));
	kill(pid, SIGKILL);
	waitpid(pid, &status, __WALL);
	return result;
}

static int with_replaced_call(void)
{
	return seize(0, PTRACE_SYSCALL, 0);
}

static int with_traced_filter(void)
{
	return seize(SECCOMP_RET_TRACE, PTRACE_CONT, PTRACE_EVENT_SECCOMP);
}

/* The kernel uses only the low 32 bits of the system call's number and of the words. */
static int with_high_bits(void)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(1ul << 32 | SYS_socket), "D"(1ul << 32 | AF_INET), "S"(1ul << 32 | SOCK_STREAM), "d"(0)
			 : "memory", "rcx", "r11");
	return leak_if(result >= 0);
}
#else
/* Writes to this process' own memory, whatever its protection. */
static bool write_text(void *at, const void *bytes, size_t size)
{
	int memory = open("/proc/self/mem", O_RDWR);

	return memory >= 0 && pwrite64(memory, bytes, size, (off64_t)(uintptr_t)at) == (ssize_t)size;
}

/*
 * Restores the vDSO's entry as it was before it was patched, so that code that calls it makes multiplexed calls again.
 */
static int unpatched(void)
{
	unsigned char bytes[] = { 0x51, 0x52, 0x55, 0x89, 0 }; /* three pushes; mov %esp, %ebp or %ecx, %ebp */
	unsigned char *entry = (unsigned char *)getauxval(AT_SYSINFO);
	struct asked asked = { AF_UNIX, SOCK_STREAM, 0, false };

	ask_multiplexed(&asked); /* after this call the vDSO is patched */
	bytes[4] = entry[6] == 0x34 ? 0xe5 : 0xcd;
	if (entry[0] != 0xe9 || !write_text(entry, bytes, sizeof bytes))
		return CANT;
	return leak_if(gets_socket());
}

/* Replaces the vDSO's entry by code that makes the call by `int $0x80`. */
static int repatched(void)
{
	static const unsigned char bytes[] = { 0xcd, 0x80, 0xc3 };

	return write_text((void *)getauxval(AT_SYSINFO), bytes, sizeof bytes) ? leak_if(gets_socket()) : CANT;
}

/* A far call enters 64-bit code, which makes x86-64's call. */
static int in_64_bit_mode(void)
{
	static const struct {
		unsigned char code[24];
	} call = { { 0x0f, 0x05, 0xcb } }; /* syscall; lret */
	unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct {
		uint32_t offset;
		uint16_t selector;
	} __attribute__((packed)) far = { (uint32_t)(uintptr_t)code, 0x33 };
	int result;

	if (code == MAP_FAILED)
		return CANT;
	memcpy(code, &call, sizeof call);
	__asm__ volatile("lcall *%1"
			 : "=a"(result)
			 : "m"(far), "0"(41), "D"(AF_INET), "S"(SOCK_STREAM), "d"(0)
			 : "memory", "cc", "ecx");
	return leak_if(result >= 0);
}
#endif

/* ---- All ways ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*try)(void);
} ways[] = {
	{ "asking at each door", just_ask },
	{ "asking in a user namespace of its own", in_user_namespace },
	{ "the marks of the supervisor's own calls", with_markers },
	{ "io_uring, by each entry", by_io_uring },
	{ "another program, by exec", after_exec },
	{ "a filter of its own that allows", with_allow },
	{ "a filter of its own that logs", with_log },
	{ "a filter of its own that asks a tracer", with_trace },
	{ "a filter of its own that traps", with_trap },
	{ "a filter of its own that reports, to nobody", with_notifications },
	{ "a filter of its own that reports to itself", with_listener },
#ifdef __x86_64__
	{ "a child whose call is replaced by ptrace at its entry", with_replaced_call },
	{ "a child whose call is replaced by ptrace when its own filter reports it to the tracer", with_traced_filter },
	{ "high bits of the number and the words", with_high_bits },
#else
	{ "the vDSO's entry, restored", unpatched },
	{ "the vDSO's entry, replaced by code of the program's own", repatched },
	{ "code of 64 bits in the program", in_64_bit_mode },
#endif
};

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return just_ask();
	for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
		pid_t pid = fork();
		int status = 0;

		if (pid == 0) {
			alarm(60);
			_exit(ways[i].try());
		}
		waitpid(pid, &status, 0);
		ok(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CANT), "%s%s", ways[i].name,
		   WIFEXITED(status) && WEXITSTATUS(status) == CANT ? " # SKIP it cannot be tried here" : "");
	}
	return plan();
}
