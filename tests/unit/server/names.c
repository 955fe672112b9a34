/* SPDX-License-Identifier: MIT
 *
 * socketcall_format() must name options, types, errors and control messages of each architecture by that architecture's
 * numbers in abi/. (format.t can't test this: it compares with strace, which knows this machine's numbers.) TAP.
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <socketcall/format.h>

#include "tests/unit/server/guest.h"

static const struct named {
	const char *name;
	size_t at; /* offset in struct numbers */
} named[] = {
#define SIGSET(bytes)
#define ERRNO(name, value)  { #name, offsetof(struct numbers, n_##name) },
#define OPTION(name, value) { #name, offsetof(struct numbers, n_##name) },
#define TYPE(name, value)   { #name, offsetof(struct numbers, n_##name) },
#include "abi/errno/generic.def"
#include "abi/options/generic.def"
};

static char line[4096];

static int read_all(void *context, uint64_t address, void *to, size_t size)
{
	return read_guest(context, address, to, size) != size;
}

static const char *said(int call, const uint64_t words[6], long result)
{
	struct socketcall_format format = { .arch = server.arch, .text = line, .size = sizeof line };
	struct socketcall_request request = { call, 6, { 0 } };

	memcpy(request.word, words, sizeof request.word);
	format.memory.read = read_all;
	socketcall_format(&format, &request, NULL);
	socketcall_format(&format, &request, &result);
	return line;
}
#define SAID(NAME, result, ...) said(SOCKETCALL_##NAME, (const uint64_t[6]){ __VA_ARGS__ }, result)

static int number_of(const struct named *row)
{
	int number;

	memcpy(&number, (const char *)n + row->at, sizeof number);
	return number;
}

static bool says(const char *what)
{
	return strstr(line, what) != NULL;
}

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* The first wrong name, for the architecture's single assertion. */
static char wrong[sizeof line + 256];

static void must_say(const char *what)
{
	if (!*wrong && !says(what))
		snprintf(wrong, sizeof wrong, ", but not %.80s: %s", what, line);
}

static void right(const char *what)
{
	ok(!*wrong, "%s: %s%s", n->name, what, wrong);
	*wrong = 0;
}

static void constants(void)
{
	char expected[80];

	for (unsigned i = 0; i < sizeof named / sizeof *named; i++) {
		const char *name = named[i].name;
		int number = number_of(&named[i]);

		if (!strcmp(name, "SOL_SOCKET") || begins(name, "SCM_"))
			continue;
		if (begins(name, "SO_")) {
			SAID(GETSOCKOPT, -1, 3, (uint64_t)n->n_SOL_SOCKET, (uint64_t)number, 0, 0);
			name = strcmp(name, "SO_ATTACH_FILTER") ? name : "SO_GET_FILTER"; /* they share a number */
			snprintf(expected, sizeof expected, "(3, SOL_SOCKET, %s, NULL", name);
		} else if (begins(name, "SOCK_")) {
			SAID(SOCKET, 3, AF_INET,
			     (uint64_t)number |
				     (begins(name, "SOCK_S") || begins(name, "SOCK_D") ? 0 : (uint64_t)n->n_SOCK_DGRAM),
			     0);
			snprintf(expected, sizeof expected, "%s", name);
		} else {
			SAID(LISTEN, -number, 3, 1);
			snprintf(expected, sizeof expected, " = -1 %s (", name);
		}
		must_say(expected);
	}
	right("options, types and errors have their names");
}

/* Makes a control message with `size` bytes of data: zeros, but for a byte of 7 after each member's start. */
static void control(int type, unsigned size)
{
	unsigned header = word == 4 ? 12 : 16;

	for (unsigned i = 0; i < 7; i++)
		put(HEADER + i * word, word, 0);
	put(HEADER + 4 * word, word, CONTROL);
	put(HEADER + 5 * word, word, header + size);
	put(CONTROL, word, header + size);
	put(CONTROL + header - 8, 4, (uint64_t)n->n_SOL_SOCKET);
	put(CONTROL + header - 4, 4, (uint64_t)type);
	for (unsigned i = 0; i < size; i++)
		put(CONTROL + header + i, 1, 0);
}

static void controls(void)
{
	unsigned header = word == 4 ? 12 : 16, seconds = strcmp(n->name, "x32") ? word : 8;
	unsigned fraction = strcmp(n->name, "sparc64") ? seconds : 4;

	control(SCM_RIGHTS, 4);
	put(CONTROL + header, 4, 9);
	SAID(SENDMSG, 0, 3, HEADER, 0);
	must_say("{cmsg_len=");
	must_say(", cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[9]}");
	control(n->n_SO_TIMESTAMP_OLD, 2 * seconds);
	put(CONTROL + header, seconds, 5);
	put(CONTROL + header + seconds, fraction, 6);
	SAID(SENDMSG, 0, 3, HEADER, 0);
	must_say("cmsg_type=SO_TIMESTAMP_OLD, cmsg_data={tv_sec=5, tv_usec=6}}");
	control(n->n_SO_TIMESTAMPNS_NEW, 16);
	put(CONTROL + header, 8, 5);
	put(CONTROL + header + 8, 8, 6);
	SAID(SENDMSG, 0, 3, HEADER, 0);
	must_say("cmsg_type=SO_TIMESTAMPNS_NEW, cmsg_data={tv_sec=5, tv_nsec=6}}");
	control(n->n_SO_TXTIME, 8);
	SAID(SENDMSG, 0, 3, HEADER, 0);
	must_say("cmsg_type=SO_TXTIME");
	control(0x7ff0, 4);
	SAID(SENDMSG, 0, 3, HEADER, 0);
	must_say("cmsg_type=0x7ff0 /* SCM_??? */");
	right("control messages have their names and times");
}

static void timeout(void)
{
	unsigned size = server.arch->timeout;

	put(VALUE, size, 3);
	put(VALUE + size, size, 4);
	SAID(RECVMMSG, 0, 3, HEADER, 0, 0, VALUE);
	must_say(", {tv_sec=3, tv_nsec=4}) = 0");
	right("recvmmsg's timeout has this architecture's size");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	for (unsigned i = 0, count = guests(); i < count; i++)
		if (become(i)) {
			constants();
			controls();
			timeout();
		}
	return plan();
}
