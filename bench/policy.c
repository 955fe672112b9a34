/* SPDX-License-Identifier: MIT
 *
 * Measures what calls cost under a policy of ten families, whose filter judges calls that create sockets and no others.
 * Static, compiled for each architecture that the policy judges. Calls that it doesn't judge are also compared with the
 * same calls under a filter that allows everything (allowing.c).
 * Usage: policy SOCKETCALL ARCHITECTURE ALLOWING
 */
#define BOTH_OPTIONS                                                                                                   \
	"--families", "AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_ALG AF_VSOCK AF_BLUETOOTH AF_CAN AF_XDP",

#include "bench/both.h"

#include <sys/syscall.h>

enum { CALLS = 200, UNIX_SOCKET = 0, INET_SOCKET, OTHER_CALL, READ_WRITE, SEND_RECEIVE, THINGS };

static void make_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0)
		exit(1);
	close(fd);
}

static void transfer(const int ends[2], char which)
{
	char byte = 0;
	ssize_t sent, received;

	if (which == READ_WRITE) {
		sent = write(ends[0], &byte, 1);
		received = read(ends[1], &byte, 1);
	} else {
		sent = send(ends[0], &byte, 1, 0);
		received = recv(ends[1], &byte, 1, 0);
	}
	if (sent != 1 || received != 1)
		exit(1);
}

static double timed(char which, char **unused)
{
	static int ends[2];
	double start;

	(void)unused;
	if (!ends[0] && socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		exit(1);
	start = now();
	for (int i = 0; i < CALLS; i++) {
		if (which == OTHER_CALL)
			syscall(SYS_getppid);
		else if (which == UNIX_SOCKET || which == INET_SOCKET)
			make_socket(which == UNIX_SOCKET ? AF_UNIX : AF_INET);
		else
			transfer(ends, which);
	}
	return (now() - start) / CALLS;
}

/* Writes the text of each thing that is timed: "ARCH: THING, policy / OTHER". */
static void name_things(const char *const *things, const char *arch, const char *other, const char *text[THINGS])
{
	static char texts[2 * THINGS][96];
	static unsigned used;

	for (int i = 0; i < THINGS; i++, used++) {
		snprintf(texts[used], sizeof texts[used], "%s: %s, policy / %s", arch, things[i], other);
		text[i] = texts[used];
	}
}

int main(int argc, char **argv)
{
	static const char *const things[THINGS] = { "socket(AF_UNIX), close()", "socket(AF_INET), close()", "getppid()",
						    "write(), read() of a socket", "send(), recv()" };
	/* All other calls pay for the existence of a filter, whichever it is: compare with the filter that allows
	 * all. */
	static const double bare[THINGS] = { 1.05, 1.05, 0, 0, 0 }, allowed[THINGS] = { 0, 0, 1.02, 1.02, 1.02 };
	const char *text[THINGS];

	if (argc > BOTH_OPERANDS - 1 && strcmp(argv[1], BOTH_ARGUMENT) == 0) {
		both_answer(atoi(argv[2]), timed, argv + BOTH_OPERANDS);
		return 0;
	}
	if (argc != 4)
		return 2;
	name_things(things, argv[2], "bare", text);
	both_measure(argv[0], argv[1], argv + argc, text, bare, THINGS);

	const char *const run[] = { argv[1], "run", BOTH_OPTIONS "--", NULL }, *const allow[] = { argv[3], NULL };

	name_things(things, argv[2], "allow-all filter", text);
	both_compare(both_start(argv[0], run, argv + argc), both_start(argv[0], allow, argv + argc), text, allowed,
		     THINGS);
	return 0;
}
