/* SPDX-License-Identifier: MIT
 * The entry itself: socketcall(2)'s call number and block. These facts are only in builds in which a block is read. */
#define _GNU_SOURCE
#include "kit.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <ucontext.h>

static const struct {
	const char *name;
	unsigned arity;
} calls[] = {
#define CALL(call, NAME, name, maker, arity, ...) [call] = { #name, arity },
#include "abi/calls.def"
#undef CALL
};

/* Runs the statement for five calls from `first`, because a place may state five facts at most. */
#define FIVE(call, first) for (int call = (first); call < (first) + 5; call++)
#define TWENTY(test)                                                                                                   \
	do {                                                                                                           \
		FIVE(call, 1) test;                                                                                    \
		FIVE(call, 6) test;                                                                                    \
		FIVE(call, 11) test;                                                                                   \
		FIVE(call, 16) test;                                                                                   \
	} while (0)

static const struct {
	const char *name;
	int call;
} outside[] = { { "0", 0 },
		{ "21", 21 },
		{ "minus-one", -1 },
		{ "least", (int)0x80000000 },
		{ "greatest", 0x7fffffff } },
  outside_more[] = { { "22", 22 }, { "100", 100 }, { "256", 256 }, { "257", 257 }, { "0x10001", 0x10001 } };

/* Words with which each call fails at its descriptor or family, whatever the other words are. */
static int pair_room[2];

static const word *harmless(void)
{
	static word block[SOCKETCALL_WORDS] = { (word)-1, 0, 0, 0, 0, 0 };

	block[3] = (word)pair_room; /* socketpair writes there before it checks the family */
	return block;
}

static long harmless_error(int call)
{
	switch (call) {
	case SOCKETCALL_SOCKET:
	case SOCKETCALL_SOCKETPAIR:
		return -EAFNOSUPPORT;
	}
	return -EBADF;
}

static void range(void)
{
	for (int i = 0; i < LENGTH(outside); i++) {
		EQ(-EINVAL, sc(outside[i].call, harmless()),
		   f("entry.range.%s: there is no call %d: EINVAL", outside[i].name, outside[i].call));
		EQ(-EINVAL, sc(outside[i].call, (const word *)nowhere()),
		   f("entry.range.%s.first: an unknown call fails before its block is read: EINVAL", outside[i].name));
		EQ(-EINVAL, sc(outside[i].call, NULL),
		   f("entry.range.%s.null: an unknown call fails even with a null pointer for a block: EINVAL",
		     outside[i].name));
		EQ(-EINVAL, sc(outside_more[i].call, harmless()),
		   f("entry.range.%s: there is no call %d: EINVAL", outside_more[i].name, outside_more[i].call));
	}
}

/* Copies `count` words to the end of accessible memory. */
static const word *at_end(const word *words, unsigned count)
{
	return memcpy(nowhere() - count * sizeof *words, words, count * sizeof *words);
}

/* Copies all but the last of `count` words to the end of accessible memory: the last word cannot be read. */
static const word *short_of(const word *words, unsigned count)
{
	char *start = nowhere() - (count - 1) * sizeof *words;

	memcpy(start, words, (count - 1) * sizeof *words);
	return (const word *)(void *)start;
}

static void words_read(void)
{
	char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *half;

	must(memory != MAP_FAILED && !munmap(memory + page, page), "memory");
	half = memory + page;
	TWENTY(EQ(-EFAULT, sc(call, NULL), f("entry.%s.null: a null pointer for a block: EFAULT", calls[call].name)));
	TWENTY(EQ(-EFAULT, sc(call, (const word *)nowhere()),
		  f("entry.%s.nowhere: a block that can't be read: EFAULT", calls[call].name)));
	TWENTY(EQ(-EFAULT, sc(call, (const word *)-sizeof(word)),
		  f("entry.%s.kernel: a block in the kernel's memory: EFAULT", calls[call].name)));
	TWENTY(EQ(harmless_error(call), sc(call, at_end(harmless(), calls[call].arity)),
		  f("entry.%s.page-end: a block that ends where its page ends is read, and nothing beyond it",
		    calls[call].name)));
	TWENTY(EQ(-EFAULT, sc(call, short_of(harmless(), calls[call].arity)),
		  f("entry.%s.one-less: a block whose last word can't be read: EFAULT", calls[call].name)));
	TWENTY(EQ(-EFAULT,
		  sc(call, (const word *)(void *)memcpy(half - calls[call].arity * sizeof(word) + 1, harmless(),
							calls[call].arity * sizeof(word) - 1)),
		  f("entry.%s.byte-less: a block whose last byte can't be read: EFAULT", calls[call].name)));
	TWENTY(EQ(-EFAULT, sc(call, (const word *)(void *)(nowhere() - 1)),
		  f("entry.%s.one-byte: a block of which only the first byte can be read: EFAULT", calls[call].name)));
	munmap(memory, page);
}

static const word *unaligned(const word *words, int by)
{
	static char memory[sizeof(word) * (SOCKETCALL_WORDS + 1)];

	return memcpy(memory + by, words, SOCKETCALL_WORDS * sizeof *words);
}

static const word *mapped(const word *words, int protection, int flags)
{
	static char *memory;

	if (memory)
		munmap(memory, page);
	memory = mmap(NULL, page, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED, "memory");
	memcpy(memory, words, SOCKETCALL_WORDS * sizeof *words);
	must(!mprotect(memory, page, protection), "memory");
	return (const word *)(void *)memory;
}

/* Copies the words to an address from which they lie across a page boundary. */
static const word *across(const word *words)
{
	static char *memory;

	if (!memory)
		memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED, "memory");
	return memcpy(memory + page - sizeof *words, words, SOCKETCALL_WORDS * sizeof *words);
}

static const word *protected(const word *words)
{
	static char *memory;

	if (!memory)
		memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED, "memory");
	memcpy(memory + page - sizeof *words, words, SOCKETCALL_WORDS * sizeof *words);
	must(!mprotect(memory + page, page, PROT_NONE), "memory");
	return (const word *)(void *)(memory + page - sizeof *words);
}

static void places(void)
{
	static const word in_constants[SOCKETCALL_WORDS] = { (word)-1, 0, 0, 0, 0, 0 };

	for (int by = 1; by < 4; by++)
		EQ(-EBADF, sc(SOCKETCALL_LISTEN, unaligned(harmless(), by)),
		   f("entry.unaligned.%d: a block need not be aligned", by));
	TWENTY(EQ(harmless_error(call), sc(call, unaligned(harmless(), 1)),
		  f("entry.%s.unaligned: an unaligned block is read", calls[call].name)));
	TWENTY(EQ(harmless_error(call), sc(call, mapped(harmless(), PROT_READ, MAP_PRIVATE)),
		  f("entry.%s.read-only: a block in read-only memory is read", calls[call].name)));
	TWENTY(EQ(harmless_error(call), sc(call, mapped(harmless(), PROT_READ | PROT_WRITE, MAP_SHARED)),
		  f("entry.%s.shared: a block in shared memory is read", calls[call].name)));
	TWENTY(EQ(harmless_error(call), sc(call, across(harmless())),
		  f("entry.%s.across: a block across a page boundary is read", calls[call].name)));
	EQ(-EFAULT, sc(SOCKETCALL_SENDTO, protected(harmless())),
	   "entry.across.protected: a block that continues in a page without read permission: EFAULT");
	EQ(-EBADF, sc(SOCKETCALL_SENDTO, in_constants),
	   "entry.constant: a block among the program's constants is read");
}

static void unwritten(void)
{
	word block[SOCKETCALL_WORDS + 2], copy[SOCKETCALL_WORDS + 2];
	int pair[2], fd;

	for (int i = 0; i < LENGTH(block); i++)
		block[i] = copy[i] = 0x5a5a0000u + (unsigned)i;
	block[0] = copy[0] = AF_UNIX;
	block[1] = copy[1] = SOCK_STREAM;
	block[2] = copy[2] = 0;
	fd = (int)sc(SOCKETCALL_SOCKET, block);
	FACT(fd >= 0, "entry.junk.after: words after the call's own are ignored");
	FACT(!memcmp(block, copy, sizeof block), "entry.block.kept: a call doesn't change its block");
	close(fd);
	block[0] = AF_UNIX;
	block[1] = SOCK_DGRAM;
	block[2] = 0;
	block[3] = (word)&block[4];
	EQ(0, sc(SOCKETCALL_SOCKETPAIR, block),
	   "entry.block.behind: a result can be written right behind the block's words");
	memcpy(pair, &block[4], sizeof pair);
	FACT(is_open(pair[0]) && is_open(pair[1]),
	     "entry.block.behind.written: the result right behind the words is correct");
	close_pair(pair);
	block[3] = (word)block;
	EQ(0, sc(SOCKETCALL_SOCKETPAIR, block), "entry.block.over: a result can be written over the block's own words");
	memcpy(pair, block, sizeof pair);
	FACT(is_open(pair[0]) && is_open(pair[1]), "entry.block.over.written: the result over the words is correct");
	EQ(4, SC(SEND, pair[0], "data", 4, 0),
	   "entry.block.over.send: a descriptor that was written over the words can send");
	block[0] = (word)pair[1];
	block[1] = (word)block;
	block[2] = sizeof block;
	block[3] = MSG_DONTWAIT;
	EQ(4, sc(SOCKETCALL_RECV, block), "entry.block.over.recv: data can be received over the block's own words");
	FACT(!memcmp(block, "data", 4), "entry.block.over.data: the data that was received over the words is correct");
	close_pair(pair);
	for (int i = 0; i < 5; i++) {
		static const struct {
			const char *name;
			unsigned char byte;
		} fills[] = { { "00", 0 }, { "ff", 0xff }, { "55", 0x55 }, { "80", 0x80 }, { "01", 1 } };

		memset(block, fills[i].byte, sizeof block);
		block[0] = (word)-1;
		block[1] = 1;
		EQ(-EBADF, sc(SOCKETCALL_LISTEN, block),
		   f("entry.junk.%s: words of bytes %s after the call's own are ignored", fills[i].name,
		     fills[i].name));
	}
}

#if __SIZEOF_POINTER__ == 8
/* The kernel reads an int argument from the low half of a 64-bit word. */
static void high_halves(void)
{
	const word junk = 0xdeadbeef00000000;
	int pair[2], value = 1;
	socklen_t length = sizeof value;
	long fd = SC(SOCKET, junk | AF_UNIX, junk | SOCK_STREAM, junk);

	FACT(fd >= 0, "entry.high.socket: the high halves of socket's words are ignored");
	IS(0, "entry.high.socketpair: the high halves of socketpair's ints are ignored", SOCKETPAIR, junk | AF_UNIX,
	   junk | SOCK_STREAM, junk, pair);
	IS(-EINVAL, "entry.high.listen: the high halves of listen's words are ignored: a socket without a name: EINVAL",
	   LISTEN, junk | (word)fd, junk | 1);
	IS(4, "entry.high.send: the high halves of send's descriptor and flags are ignored", SEND, junk | (word)pair[0],
	   "data", 4, junk);
	IS(4, "entry.high.recv: the high halves of recv's descriptor and flags are ignored", RECV, junk | (word)pair[1],
	   pair + 0 == pair ? (void *)(char[8]){ 0 } : NULL, 4, junk);
	IS(0, "entry.high.setsockopt: the high halves of setsockopt's ints are ignored", SETSOCKOPT,
	   junk | (word)pair[0], junk | SOL_SOCKET, junk | SO_REUSEADDR, &value, junk | sizeof value);
	IS(0, "entry.high.getsockopt: the high halves of getsockopt's ints are ignored", GETSOCKOPT,
	   junk | (word)pair[0], junk | SOL_SOCKET, junk | SO_REUSEADDR, &value, &length);
	IS(0, "entry.high.shutdown: the high halves of shutdown's words are ignored", SHUTDOWN, junk | (word)pair[0],
	   junk | SHUT_WR);
	IS(-EFAULT, "entry.high.pointer: the high half of a pointer counts: EFAULT", GETSOCKNAME, pair[1], junk,
	   &length);
	EQ(-EINVAL, sc(0, (const word *)0),
	   "entry.high.range: the call's number is an int: there is no call 0: EINVAL");
	close((int)fd);
	close_pair(pair);
}
#else
static void high_halves(void)
{
}
#endif

/* ---- Stacks ------------------------------------------------------------------------------------------------------ */

static long results[20];

static void all_calls(void)
{
	for (int call = 1; call <= 20; call++) {
		word block[SOCKETCALL_WORDS] = { (word)-1, 0, 0, (word)pair_room };

		results[call - 1] = sc(call, block);
	}
}

static bool all_right(void)
{
	for (int call = 1; call <= 20; call++)
		if (results[call - 1] != harmless_error(call))
			return false;
	memset(results, 0, sizeof results);
	return true;
}

static void handle(int number)
{
	(void)number;
	all_calls();
}

static void *thread(void *argument)
{
	(void)argument;
	all_calls();
	return NULL;
}

static ucontext_t main_context, other_context;

static const word *stack_top;

static void at_the_top(void)
{
	/* a block that reaches beyond the end of this stack */
	results[0] = sc(SOCKETCALL_SENDTO, stack_top - 5);
	results[1] = sc(SOCKETCALL_SENDTO, stack_top - 6);
	results[2] = sc(SOCKETCALL_LISTEN, stack_top - 1);
	results[3] = sc(SOCKETCALL_LISTEN, stack_top - 2);
}

static void stacks(void)
{
	char *stack = mmap(NULL, 18 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t alternative = { .ss_sp = stack, .ss_size = 16 * page };
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_ONSTACK };
	pthread_t id;
	word *top;

	must(stack != MAP_FAILED && !mprotect(stack + 16 * page, 2 * page, PROT_NONE), "a stack");
	all_calls();
	FACT(all_right(), "entry.stack: blocks on the stack are read");
	must(!sigaltstack(&alternative, NULL) && !sigaction(SIGUSR1, &action, NULL), "a signal handler");
	raise(SIGUSR1);
	FACT(all_right(), "entry.stack.signal: blocks on a signal handler's alternative stack are read");
	alternative.ss_flags = SS_DISABLE;
	sigaltstack(&alternative, NULL);
	must(!pthread_create(&id, NULL, thread, NULL) && !pthread_join(id, NULL), "a thread");
	FACT(all_right(), "entry.stack.thread: blocks on a thread's stack are read");
	must(!getcontext(&other_context), "a context");
	other_context.uc_stack = (stack_t){ .ss_sp = stack, .ss_size = 16 * page };
	other_context.uc_link = &main_context;
	makecontext(&other_context, all_calls, 0);
	must(!swapcontext(&main_context, &other_context), "a context");
	FACT(all_right(), "entry.stack.context: blocks on a stack that the program allocated are read");
	/* the stack pointer is 8 words below the end of readable memory */
	must(!getcontext(&other_context), "a context");
	top = (word *)(void *)(stack + 16 * page);
	memset(stack + 15 * page, 0, page);
	top[-6] = top[-2] = (word)-1; /* the descriptors of both blocks: invalid, so other words don't matter */
	stack_top = top;
	other_context.uc_stack = (stack_t){ .ss_sp = stack, .ss_size = 16 * page - 8 * sizeof(word) };
	other_context.uc_link = &main_context;
	makecontext(&other_context, at_the_top, 0);
	must(!swapcontext(&main_context, &other_context), "a context");
	EQ(-EFAULT, results[0],
	   "entry.stack.end.sendto: a block of six words whose sixth lies beyond the stack's end: EFAULT");
	EQ(-EBADF, results[1],
	   "entry.stack.end.sendto.whole: a block of six words that ends where the stack ends is read");
	EQ(-EFAULT, results[2],
	   "entry.stack.end.listen: a block of two words whose second lies beyond the stack's end: EFAULT");
	EQ(-EBADF, results[3],
	   "entry.stack.end.listen.whole: a block of two words that ends where the stack ends is read");
	munmap(stack, 18 * page);
}

/* Errors that come after the block was read. */
static void order(void)
{
	int pair[2], file = file_fd();
	word block[SOCKETCALL_WORDS] = { (word)file, 0, 0, 0, 0, 0 };

	TWENTY(if (harmless_error(call) == -EBADF)
		       EQ(-ENOTSOCK, sc(call, at_end(block, calls[call].arity)),
			  f("entry.%s.file: the descriptor of a file: ENOTSOCK", calls[call].name)));
	new_pair(&unix_stream, pair);
	block[0] = (word)pair[0];
	block[1] = (word)nowhere();
	block[2] = 1;
	EQ(-EFAULT, sc(SOCKETCALL_SEND, block), "entry.send.inner: a pointer to data that can't be read: EFAULT");
	EQ(-EFAULT, sc(SOCKETCALL_SENDMSG, block), "entry.sendmsg.inner: a message that can't be read: EFAULT");
	EQ(-EFAULT, sc(SOCKETCALL_RECVMSG, block), "entry.recvmsg.inner: a message that can't be read: EFAULT");
	EQ(-EFAULT, sc(SOCKETCALL_SENDMMSG, block), "entry.sendmmsg.inner: messages that can't be read: EFAULT");
	block[1] = (word) "x";
	EQ(1, sc(SOCKETCALL_SEND, at_end(block, 4)),
	   "entry.send.works: send succeeds with a block that ends where its page ends");
	close_pair(pair);
}

int main(void)
{
	facts_begin();
	if (entry.block) {
		range();
		words_read();
		places();
		unwritten();
		high_halves();
		stacks();
		order();
	}
	return facts_end();
}
