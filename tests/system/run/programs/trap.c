/* SPDX-License-Identifier: MIT
 * Makes multiplexed calls by an `int $0x80` of its own, as `run --trap` must make them work: the program must not see a
 * difference. Prints TAP. With the argument "again", it was executed by itself, and exits with 7 if a call works; with
 * "race", it exits with 7 if calls work in all of many programs that another thread executes while the first one makes
 * calls. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

enum { SOCKETCALL = 102, PAGE = 4096, BUSY_CALLS = 2000, RACES = 100 };

/* The registers after the call: all but eax must be as before. */
struct registers {
	uint32_t edx, esi, edi, ebp, esp_before, esp_after;
};

long call_raw(int call, const void *block, struct registers *after);
__asm__(".pushsection .text\n"
	"call_raw:\n"
	"	.cfi_startproc\n"
	"	pushl %ebp\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset ebp, 0\n"
	"	pushl %edi\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset edi, 0\n"
	"	pushl %esi\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset esi, 0\n"
	"	pushl %ebx\n .cfi_adjust_cfa_offset 4\n .cfi_rel_offset ebx, 0\n"
	"	movl 20(%esp), %ebx\n"
	"	movl 24(%esp), %ecx\n"
	"	movl 28(%esp), %eax\n"
	"	movl %esp, 16(%eax)\n"
	"	movl $0xdddddddd, %edx\n"
	"	movl $0x51515151, %esi\n"
	"	movl $0xd1d1d1d1, %edi\n"
	"	movl $0xbbbbbbbb, %ebp\n"
	"	movl $102, %eax\n"
	"	int $0x80\n"
	"	pushl %eax\n .cfi_adjust_cfa_offset 4\n"
	"	movl 32(%esp), %eax\n"
	"	movl %edx, (%eax)\n"
	"	movl %esi, 4(%eax)\n"
	"	movl %edi, 8(%eax)\n"
	"	movl %ebp, 12(%eax)\n"
	"	leal 4(%esp), %edx\n"
	"	movl %edx, 20(%eax)\n"
	"	popl %eax\n .cfi_adjust_cfa_offset -4\n"
	"	popl %ebx\n .cfi_adjust_cfa_offset -4\n .cfi_restore ebx\n"
	"	popl %esi\n .cfi_adjust_cfa_offset -4\n .cfi_restore esi\n"
	"	popl %edi\n .cfi_adjust_cfa_offset -4\n .cfi_restore edi\n"
	"	popl %ebp\n .cfi_adjust_cfa_offset -4\n .cfi_restore ebp\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".popsection\n");

static long raw(int call, long a, long b, long c, long d)
{
	long block[] = { a, b, c, d };
	struct registers after;
	long r = call_raw(call, block, &after);

	if (after.edx != 0xdddddddd || after.esi != 0x51515151 || after.edi != 0xd1d1d1d1 || after.ebp != 0xbbbbbbbb ||
	    after.esp_before != after.esp_after) {
		ok(0, "the registers are preserved");
		exit(1);
	}
	return r;
}

static bool works(void)
{
	int ends[2];
	char byte = 0;

	if (raw(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, (long)ends))
		return false;
	if (raw(SYS_SEND, ends[0], (long)"x", 1, 0) != 1 || raw(SYS_RECV, ends[1], (long)&byte, 1, 0) != 1)
		return false;
	close(ends[0]);
	close(ends[1]);
	return byte == 'x';
}

static volatile sig_atomic_t caught, masked, last_code;
static int told[2] = { -1, -1 }; /* a pipe, while there is one: a byte for each signal that was handled */

static void on_signal(int signal, siginfo_t *info, void *context)
{
	sigset_t mask;

	(void)context;
	(void)!write(told[1], "", 1);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	masked = sigismember(&mask, SIGUSR2);
	last_code = info->si_code;
	caught = signal;
}

static void handle(int signal, int flags)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | flags };

	sigaction(signal, &action, NULL);
	caught = masked = 0;
}

/* In a child: waits until the parent sleeps in its call, a minute at most. A child whose parent has ended ends, too. */
static void wait_asleep(pid_t parent)
{
	char path[32], line[256];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)parent);
	for (int tries = 0, asleep = 0; tries < 60000 && asleep < 3; tries++) {
		int fd = open(path, O_RDONLY);
		ssize_t n = read(fd, line, sizeof line - 1);
		const char *name;

		close(fd);
		if (getppid() != parent)
			_exit(0);
		line[n > 0 ? n : 0] = '\0';
		name = strrchr(line, ')');
		asleep = name && name[1] && name[2] == 'S' ? asleep + 1 : 0;
		usleep(1000);
	}
}

/*
 * Starts a child that sends SIGALRM while the call waits; if `fd` is a descriptor, writes a byte to it when the call
 * goes on.
 */
static pid_t disturb(int fd)
{
	pid_t parent = getpid(), pid = fork();
	char byte;

	if (pid == 0) {
		close(told[1]); /* if the parent ends without a signal, read() says so */
		wait_asleep(parent);
		kill(parent, SIGALRM);
		if (fd >= 0 && read(told[0], &byte, 1) == 1) {
			wait_asleep(parent);
			(void)!write(fd, "y", 1);
		}
		_exit(0);
	}
	return pid;
}

static void blocking(void)
{
	int ends[2];
	char byte = 0;
	long r;

	raw(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, (long)ends);
	handle(SIGALRM, 0);
	disturb(-1);
	r = raw(SYS_RECV, ends[0], (long)&byte, 1, 0);
	ok(r == -EINTR && caught == SIGALRM, "a call that waits is interrupted by a handler: EINTR");
	ok(!masked, "the handler runs with no signal masked but its own: the call isn't made in another handler");
	wait(NULL);
	handle(SIGALRM, SA_RESTART);
	if (pipe(told))
		exit(1);
	disturb(ends[1]);
	r = raw(SYS_RECV, ends[0], (long)&byte, 1, 0);
	ok(r == 1 && byte == 'y' && caught == SIGALRM, "with SA_RESTART the call goes on afterwards");
	wait(NULL);
	close(told[0]);
	close(told[1]);
	told[1] = -1;
	close(ends[0]);
	close(ends[1]);
}

static void sigsys(void)
{
	const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | 7),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof program / sizeof *program, (struct sock_filter *)program };
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ok(works(), "a call works while every signal is blocked");
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGSYS, SIG_IGN);
	ok(works(), "… and while SIGSYS is ignored");
	handle(SIGSYS, 0);
	ok(works() && !caught, "… and while SIGSYS has a handler, which isn't called");
	handle(SIGSYS, 0);
	raise(SIGSYS);
	ok(caught == SIGSYS && last_code == SI_TKILL, "the handler gets a SIGSYS that the program sends to itself");
	handle(SIGSYS, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
	syscall(SYS_getppid);
	ok(caught == SIGSYS && last_code == 1, "… and the SIGSYS of a filter of the program's own");
	ok(works(), "… with which calls still work");
}

static void faults(void)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long *end = (long *)(pages + PAGE);
	struct registers after;

	munmap(pages + PAGE, PAGE);
	end[-2] = -1;
	end[-1] = 0;
	ok(call_raw(SYS_LISTEN, end - 2, &after) == -EBADF,
	   "a block that ends at the end of accessible memory is read");
	ok(call_raw(SYS_LISTEN, end - 1, &after) == -EFAULT, "a block that extends beyond it is EFAULT");
	ok(call_raw(SYS_LISTEN, NULL, &after) == -EFAULT, "a null block is EFAULT");
	ok(call_raw(0, NULL, &after) == -EINVAL && call_raw(21, NULL, &after) == -EINVAL &&
		   call_raw(-1, NULL, &after) == -EINVAL,
	   "what is no call is EINVAL before that");
	munmap(pages, PAGE);
}

static void *in_thread(void *good)
{
	for (int i = 0; i < BUSY_CALLS; i++)
		if (raw(SYS_LISTEN, -1, 0, 0, 0) != -EBADF)
			return NULL;
	return good;
}

static void threads(void)
{
	static char good;
	pthread_t thread[4];
	int all = 1;

	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, in_thread, &good);
	for (int i = 0; i < 4; i++) {
		void *result;

		pthread_join(thread[i], &result);
		all &= result == &good;
	}
	ok(all, "four threads make two thousand calls each");
}

/* On a stack whose next page isn't mapped yet, like the main thread's, which grows. */
static __attribute__((noinline)) long deep(int levels)
{
	volatile char room[PAGE - 256];
	long r;

	room[0] = (char)levels;
	r = levels ? deep(levels - 1) : raw(SYS_LISTEN, -1, 0, 0, 0);
	return room[0] == (char)levels ? r : 0;
}

static void processes(const char *program)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(works() ? 7 : 8);
	ok(waitpid(pid, &status, 0) == pid && status == 7 << 8, "a forked child makes calls");
	pid = vfork();
	if (pid == 0) {
		execl(program, program, "again", (char *)NULL);
		_exit(9);
	}
	ok(waitpid(pid, &status, 0) == pid && status == 7 << 8, "a program that the child executes makes calls");
}

static const char *self;
static pthread_barrier_t begun;

static void *execute(void *after)
{
	pthread_barrier_wait(&begun);
	usleep((unsigned)(uintptr_t)after);
	execl(self, self, "again", (char *)NULL);
	_exit(9);
}

/* The thread that calls exec takes over the number of the thread that makes the call. */
static int race(void)
{
	for (unsigned i = 0; i < RACES; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			pthread_t thread;

			pthread_barrier_init(&begun, NULL, 2);
			pthread_create(&thread, NULL, execute, (void *)(uintptr_t)(i * 20));
			pthread_barrier_wait(&begun);
			for (;;)
				raw(SYS_LISTEN, -1, 0, 0, 0);
		}
		if (waitpid(pid, &status, 0) != pid || status != 7 << 8)
			return 1;
	}
	return 7;
}

static void on_another_stack(void)
{
	static struct registers after;
	static const long block[] = { -1, 0 };
	char *stack = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long r = 0;

	/* The call uses seven words of the stack, so a page is enough. */
	__asm__ volatile("movl %%esp, %%esi\n\t"
			 "movl %[stack], %%esp\n\t"
			 "pushl %%esi\n\t"
			 "pushl %[after]\n\t"
			 "pushl %[block]\n\t"
			 "pushl $4\n\t"
			 "call call_raw\n\t"
			 "addl $12, %%esp\n\t"
			 "popl %%esp"
			 : "=a"(r)
			 : [stack] "r"(stack + PAGE), [after] "r"(&after), [block] "r"(block)
			 : "esi", "edx", "memory", "cc");
	ok(r == -EBADF, "a call on a stack of one page works");
	munmap(stack, PAGE);
}

int main(int argc, char **argv)
{
	setbuf(stdout, NULL);
	self = argv[0];
	if (argc > 1 && strcmp(argv[1], "race") == 0)
		return race();
	if (argc > 1)
		return works() ? 7 : 8;
	ok(works(), "a pair of sockets, a byte sent and received");
	blocking();
	faults();
	threads();
	ok(deep(40) == -EBADF, "a call deep in the stack works");
	on_another_stack();
	processes(argv[0]);
	sigsys();
	return plan();
}
