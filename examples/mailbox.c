/* SPDX-License-Identifier: MIT
 *
 * Serves the socket calls of another process, the guest, whose seccomp filter allows no socket call. The guest and the
 * server share the guest's memory, each at an address of its own. The guest puts a call into a mailbox there, and waits
 * for the server's answer. The guest makes each of the twenty calls and prints the result.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <socketcall/host.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMORY = 1 << 16 };
enum {
	IDLE,     /* there is no call */
	ASKED,    /* the guest has put a call into the mailbox */
	ANSWERED, /* the server has put the result there; the guest hasn't taken it yet */
};

/* The mailbox lies at the start of the guest's memory. */
struct mailbox {
	unsigned state; /* a futex */
	int call;
	unsigned long block; /* the block's address in the guest */
	long result;
};

static void sleep_while(unsigned *state, unsigned value)
{
	while (__atomic_load_n(state, __ATOMIC_ACQUIRE) == value)
		syscall(SYS_futex, state, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void wake_with(unsigned *state, unsigned value)
{
	__atomic_store_n(state, value, __ATOMIC_RELEASE);
	syscall(SYS_futex, state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* ---- The server -------------------------------------------------------------------------------------------------- */

struct machine {
	char *memory;        /* the guest's memory, at its address in the server */
	uint64_t guest_sees; /* its address in the guest */
};

/* Translates the guest's address to the server's, and reduces *size to the bytes that lie in the guest's memory. */
static void *at(void *context, uint64_t address, size_t *size, int writable)
{
	struct machine *machine = context;
	uint64_t offset = address - machine->guest_sees;

	(void)writable;
	if (offset >= MEMORY)
		return NULL;
	if (*size > MEMORY - offset)
		*size = MEMORY - offset;
	return machine->memory + offset;
}

static size_t read_guest(void *context, uint64_t address, void *to, size_t size)
{
	const void *from = at(context, address, &size, 0);

	return from ? (memcpy(to, from, size), size) : 0;
}

static size_t write_guest(void *context, uint64_t address, const void *from, size_t size)
{
	void *to = at(context, address, &size, 1);

	return to ? (memcpy(to, from, size), size) : 0;
}

static void serve(struct machine *machine)
{
	static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
	struct socketcall_host_context host = { 0 };
	struct socketcall_server server = {
		.arch = socketcall_arch_here(),
		.memory = { read_guest, write_guest, at, machine },
		.backend = &socketcall_host_backend,
		.context = &host,
		.scratch = scratch,
		.scratch_size = sizeof scratch,
	};
	struct mailbox *mailbox = (struct mailbox *)machine->memory;

	for (;;) {
		sleep_while(&mailbox->state, IDLE);
		mailbox->result = socketcall_serve(&server, mailbox->call, mailbox->block);
		wake_with(&mailbox->state, ANSWERED);
		sleep_while(&mailbox->state, ANSWERED);
	}
}

/* ---- The guest --------------------------------------------------------------------------------------------------- */

/* The guest's memory: everything that its calls point to. */
static struct guest {
	struct mailbox mailbox;
	unsigned long block[SOCKETCALL_WORDS];
	struct sockaddr_in name;
	socklen_t length;
	int pair[2], one;
	char data[64];
	struct iovec part;
	struct mmsghdr message;
} * g;

#define P(pointer)      ((unsigned long)(pointer))
#define CALL(NAME, ...) call_by_mailbox(SOCKETCALL_##NAME, #NAME, (unsigned long[SOCKETCALL_WORDS]){ __VA_ARGS__ })

static long call_by_mailbox(int call, const char *name, const unsigned long *words)
{
	long r;

	memcpy(g->block, words, sizeof g->block);
	g->mailbox.call = call;
	g->mailbox.block = P(g->block);
	wake_with(&g->mailbox.state, ASKED);
	sleep_while(&g->mailbox.state, ASKED);
	r = g->mailbox.result;
	wake_with(&g->mailbox.state, IDLE);
	if (r < 0)
		printf("%-11s %s\n", name, strerror((int)-r));
	else
		printf("%-11s %ld\n", name, r);
	return r;
}

/* Loads a seccomp filter that allows write(), futex() and exit_group(), and kills for every other call. */
static void close_all_doors(void)
{
	static const unsigned allowed[] = { SYS_write, SYS_futex, SYS_exit_group };
	struct sock_filter code[16] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog program = { 1, code };

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
		code[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(1);
}

static void be_guest(void)
{
	unsigned long server, client, end, pair[2];

	setvbuf(stdout, NULL, _IOFBF, 4096);
	printf("The guest's calls:\n");
	close_all_doors();

	g->name = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	g->length = sizeof g->name;
	g->one = 1;
	server = (unsigned long)CALL(SOCKET, AF_INET, SOCK_STREAM, 0);
	CALL(SETSOCKOPT, server, SOL_SOCKET, SO_REUSEADDR, P(&g->one), sizeof g->one);
	CALL(BIND, server, P(&g->name), sizeof g->name);
	CALL(LISTEN, server, 4);
	CALL(GETSOCKNAME, server, P(&g->name), P(&g->length));
	client = (unsigned long)CALL(SOCKET, AF_INET, SOCK_STREAM, 0);
	CALL(CONNECT, client, P(&g->name), sizeof g->name);
	CALL(GETPEERNAME, client, P(&g->name), P(&g->length));
	end = (unsigned long)CALL(ACCEPT, server, P(&g->name), P(&g->length));
	memcpy(g->data, "through the mailbox", 19);
	CALL(SEND, client, P(g->data), 19, 0);
	memset(g->data, 0, sizeof g->data);
	CALL(RECV, end, P(g->data), sizeof g->data, 0);
	printf("            (%s)\n", g->data);
	CALL(SENDTO, client, P(g->data), 7, 0, 0, 0);
	CALL(RECVFROM, end, P(g->data), sizeof g->data, 0, 0, 0);
	CALL(SHUTDOWN, client, SHUT_WR);
	CALL(ACCEPT4, end, 0, 0, SOCK_NONBLOCK);

	CALL(SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, P(g->pair));
	pair[0] = (unsigned long)g->pair[0];
	pair[1] = (unsigned long)g->pair[1];
	g->length = sizeof g->one;
	CALL(GETSOCKOPT, pair[0], SOL_SOCKET, SO_TYPE, P(&g->one), P(&g->length));
	g->part = (struct iovec){ g->data, 11 };
	g->message = (struct mmsghdr){ .msg_hdr = { .msg_iov = &g->part, .msg_iovlen = 1 } };
	CALL(SENDMSG, pair[0], P(&g->message), 0);
	CALL(RECVMSG, pair[1], P(&g->message), 0);
	CALL(SENDMMSG, pair[0], P(&g->message), 1, 0);
	CALL(RECVMMSG, pair[1], P(&g->message), 1, 0, 0);
	CALL(SEND, pair[0], P(be_guest), 1, 0); /* EFAULT: the server can't reach this address */
	fflush(stdout);
	_exit(0);
}

int main(void)
{
	char *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *there = mmap(NULL, MEMORY, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct machine machine = { memory, (uintptr_t)there };
	pid_t guest, server;
	int status;

	if (memory == MAP_FAILED || there == MAP_FAILED)
		return 1;
	fflush(stdout);
	guest = fork();
	if (guest == 0) {
		g = mremap(memory, MEMORY, MEMORY, MREMAP_MAYMOVE | MREMAP_FIXED, there);
		if (g == MAP_FAILED)
			_exit(1);
		be_guest();
	}
	server = fork();
	if (server == 0) {
		signal(SIGPIPE, SIG_IGN);
		serve(&machine);
	}
	waitpid(guest, &status, 0);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	if (WIFSIGNALED(status))
		printf("The guest was killed by signal %d.\n", WTERMSIG(status));
	return status != 0;
}
