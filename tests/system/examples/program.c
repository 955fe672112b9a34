/* SPDX-License-Identifier: MIT
 *
 * A program without a libc that makes i386's socketcall(2) by int $0x80 and prints the results, which are the same on
 * Linux and on examples/kernel. It is compiled to three programs. Without a macro it is a server at the abstract name
 * NAME; with CLIENT, the client that talks to the server; with TRESPASSER, a program that reads the kernel's memory.
 */
#define _GNU_SOURCE
#include <socketcall/abi/calls.h>

#ifdef CLIENT
#define ROLE "client: "
#elif defined(TRESPASSER)
#define ROLE "trespasser: "
#else
#define ROLE "server: "
#endif

enum { EXIT = 1, WRITE = 4, NUMBER = 102, PAGE = 4096, SLEEPS = 5000, MANY = 20 };
enum { AF_UNIX = 1, SOCK_DGRAM = 2, SOL_SOCKET = 1, SO_TYPE = 3, SCM_RIGHTS = 1, DONTWAIT = 0x40 };
enum { ECONNREFUSED = 111, NOWHERE = 0x1000 };

struct name {
	unsigned short family;
	char bytes[62];
};
struct part {
	const void *at;
	unsigned size;
};
struct header {
	struct name *name;
	unsigned namelen;
	struct part *parts;
	unsigned part_count;
	void *control;
	unsigned controllen, flags;
};
struct rights {
	unsigned length;
	int level, type, fd;
};

static struct name server_name = { AF_UNIX, "\0" NAME };
enum { NAME_LENGTH = (int)(2 + sizeof NAME) };

static long enter(long number, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return r;
}

static void print(const char *text)
{
	unsigned size = 0;

	while (text[size])
		size++;
	enter(WRITE, 1, (long)text, (long)size);
}

static char *decimal(char *at, long value)
{
	unsigned long rest = value < 0 ? -(unsigned long)value : (unsigned long)value;
	char digits[12], *digit = digits;

	do
		*digit++ = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*at++ = '-';
	while (digit > digits)
		*at++ = *--digit;
	return at;
}

/* Prints a line by one write(), because both programs print to the same console. */
static long say(const char *what, long value)
{
	char line[96], *at = line;

	for (const char *from = ROLE; *from;)
		*at++ = *from++;
	while (*what)
		*at++ = *what++;
	*at++ = ' ';
	at = decimal(at, value);
	*at++ = '\n';
	*at = '\0';
	print(line);
	return value;
}

static long call(int number, const unsigned long *block)
{
	return enter(NUMBER, number, (long)block, 0);
}

#define P(pointer)      ((unsigned long)(pointer))
#define CALL(NAME, ...) call(SOCKETCALL_##NAME, (unsigned long[SOCKETCALL_WORDS]){ __VA_ARGS__ })
#define SAY(text, ...)  say(text, CALL(__VA_ARGS__))

#if defined(TRESPASSER)

static int run(void)
{
	SAY("bind of a descriptor that is not open", BIND, 99, P(&server_name), NAME_LENGTH);
	return (int)say("the kernel's first word", *(volatile int *)0x100000);
}

#elif !defined(CLIENT)

static int run(void)
{
	char data[32] = "";
	struct name from = { 0, "" };
	struct rights rights = { 0, 0, 0, -1 };
	struct part part = { data, sizeof data };
	struct header header = { &from, sizeof from, &part, 1, &rights, sizeof rights, 0 };
	unsigned long fd = (unsigned long)SAY("socket", SOCKET, AF_UNIX, SOCK_DGRAM, 0);
	long total = 0;

	SAY("recv with MSG_DONTWAIT and no message", RECV, fd, P(data), sizeof data, DONTWAIT);
	SAY("bind", BIND, fd, P(&server_name), NAME_LENGTH);
	SAY("recvmsg, which waits for the client", RECVMSG, fd, P(&header), 0);
	say("the length of its sender's name beyond NAME", (long)header.namelen - NAME_LENGTH);
	say("bytes of control data", (long)header.controllen);
	SAY("send by the received descriptor", SEND, (unsigned long)rights.fd, P("a reply"), 7, 0);
	for (int i = 0; i < MANY; i++)
		total += CALL(RECV, fd, P(data), sizeof data, 0);
	say("bytes of many messages", total);
	SAY("sendto the client's name", SENDTO, fd, P("bye"), 3, 0, P(&from), header.namelen);
	return 0;
}

#else

/* Nothing is mapped behind the end of this array. */
static char memory[2 * PAGE] __attribute__((aligned(4096)));

/* Tries again until the server is bound to its name. */
static long connect_to_server(unsigned long fd)
{
	long r = -ECONNREFUSED;

	for (int i = 0; r == -ECONNREFUSED && i < SLEEPS; i++) {
		const long millisecond[2] = { 0, 1000000 };

		r = CALL(CONNECT, fd, P(&server_name), NAME_LENGTH);
		if (r == -ECONNREFUSED)
			enter(162, P(millisecond), 0, 0); /* nanosleep */
	}
	return r;
}

static void make_errors(void)
{
	char *end = memory + 2 * PAGE;

	SAY("call 0", SOCKET - 1, 0);
	say("call 21", call(21, (unsigned long[]){ 0 }));
	say("a block at an unmapped address", call(SOCKETCALL_SOCKET, (void *)NOWHERE));
	say("a block at the end of the address space", call(SOCKETCALL_SOCKET, (void *)-8UL));
	say("a block of three words, two of them mapped", call(SOCKETCALL_SOCKET, (void *)(end - 8)));
	say("a block of two words at the end of memory", call(SOCKETCALL_LISTEN, (void *)(end - 8)));
	SAY("family 77", SOCKET, 77, SOCK_DGRAM, 0);
	SAY("type 13", SOCKET, AF_UNIX, 13, 0);
	SAY("an unknown flag", SOCKET, AF_UNIX, SOCK_DGRAM | 0x100, 0);
	SAY("protocol 9", SOCKET, AF_UNIX, SOCK_DGRAM, 9);
	SAY("send to a descriptor that is not open", SEND, 99, 0, 0, 0);
	SAY("bind of a descriptor that is not a socket", BIND, 1, P(&server_name), NAME_LENGTH);
	SAY("socketpair into unmapped memory", SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, NOWHERE);
}

static void use_pair(void)
{
	char *end = memory + 2 * PAGE, data[16] = "";
	int pair[2] = { -1, -1 }, value = 0, length = 2;
	struct part parts[2] = { { "some ", 5 }, { "thing", 5 } };
	struct header header = { 0, 0, parts, 2, 0, 0, 0 };
	unsigned long a, b;

	SAY("socketpair", SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, P(pair));
	say("one end", a = (unsigned long)pair[0]);
	say("the other", b = (unsigned long)pair[1]);
	SAY("getsockopt(SO_TYPE)", GETSOCKOPT, a, SOL_SOCKET, SO_TYPE, P(&value), P(&length));
	say("its value", value);
	say("its length", length);
	SAY("getsockopt into unmapped memory", GETSOCKOPT, a, SOL_SOCKET, SO_TYPE, NOWHERE, P(&length));
	SAY("getsockopt with an unmapped length", GETSOCKOPT, a, SOL_SOCKET, SO_TYPE, P(&value), NOWHERE);
	SAY("sendmsg of two parts", SENDMSG, a, P(&header), 0);
	parts[0] = (struct part){ data, 4 };
	parts[1] = (struct part){ data + 8, 4 };
	SAY("recvmsg into too few bytes", RECVMSG, b, P(&header), 0);
	say("its flags", (long)header.flags);
	say("the parts have the first bytes", data[3] == 'e' && data[8] == ' ' && data[11] == 'i');
	SAY("send of bytes beyond the end of memory", SEND, a, P(end - 4), 5, 0);
	SAY("send of bytes up to the end of memory", SEND, a, P(end - 4), 4, 0);
	SAY("recv into read-only memory", RECV, b, P("text"), 4, 0);
	SAY("recv of the message that this discarded", RECV, b, P(data), 4, DONTWAIT);
	header.parts = (void *)NOWHERE;
	SAY("sendmsg of parts at an unmapped address", SENDMSG, a, P(&header), 0);
	SAY("sendmsg of a header at an unmapped address", SENDMSG, a, NOWHERE, 0);
	SAY("listen", LISTEN, a, 1);
	SAY("getpeername of an unnamed peer", GETPEERNAME, a, P(data), P(&(int){ 16 }));
	SAY("send to an unused name", SENDTO, a, P(data), 4, 0, P("\1\0\0nobody here"), 14);
	SAY("bind", BIND, a, P("\1\0\0" NAME ".pair"), NAME_LENGTH + 5);
	SAY("bind of another socket to the same name", BIND, b, P("\1\0\0" NAME ".pair"), NAME_LENGTH + 5);
	SAY("bind of a bound socket", BIND, a, P("\1\0\0" NAME ".more"), NAME_LENGTH + 5);
	SAY("bind to a name at an unmapped address", BIND, b, NOWHERE, 8);
	SAY("bind to a name that is too long", BIND, b, P(memory), 200);
	length = 4;
	SAY("getsockname into four bytes", GETSOCKNAME, a, P(data), P(&length));
	say("the length of the whole name beyond NAME", length - NAME_LENGTH);
}

static int run(void)
{
	static struct name own = { AF_UNIX, "\0" NAME ".client" };
	char data[32] = "";
	int pair[2] = { -1, -1 };
	struct rights rights = { sizeof rights, SOL_SOCKET, SCM_RIGHTS, -1 };
	struct part part = { "hello", 5 };
	struct header header = { 0, 0, &part, 1, &rights, sizeof rights, 0 };
	unsigned long fd = (unsigned long)SAY("socket", SOCKET, AF_UNIX, SOCK_DGRAM, 0);
	long total = 0;

	make_errors();
	use_pair();
	SAY("bind", BIND, fd, P(&own), NAME_LENGTH + 7);
	say("connect", connect_to_server(fd));
	CALL(SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, P(pair));
	SAY("sendmsg of a descriptor that is not open", SENDMSG, fd, P(&header), 0);
	rights.fd = pair[1];
	SAY("sendmsg of a descriptor", SENDMSG, fd, P(&header), 0);
	SAY("recv at the other end, which waits", RECV, (unsigned long)pair[0], P(data), sizeof data, 0);
	say("the message is the reply", data[0] == 'a' && data[6] == 'y');
	for (int i = 0; i < MANY; i++)
		total += CALL(SEND, fd, P("many"), 4, 0);
	say("bytes of many messages", total);
	SAY("recv of the server's last message", RECV, fd, P(data), sizeof data, 0);
	return data[0] != 'b';
}

#endif

__attribute__((noreturn, used)) void start(void)
{
	for (int status = run();;)
		enter(EXIT, status, 0, 0);
}

__asm__(".globl _start\n_start: and $-16, %esp\ncall start\n");
