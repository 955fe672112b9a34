/* SPDX-License-Identifier: MIT
 *
 * What calls cost under a policy of ten families, whose filter judges sockets and nothing else. Static, for each
 * architecture that it judges.
 * Usage: policy SOCKETCALL ARCHITECTURE
 */
#define BOTH_OPTIONS                                                                                                   \
	"--families", "AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_ALG AF_VSOCK AF_BLUETOOTH AF_CAN AF_XDP"

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

int main(int argc, char **argv)
{
	static const char *const things[THINGS] = { "socket(AF_UNIX), close()", "socket(AF_INET), close()", "getppid()",
						    "write(), read() of a socket", "send(), recv()" };
	/*
	 * Of the others each pays for there being a filter, any filter: bench/throughput.sh has what becomes of
	 * programs.
	 */
	static const double wanted[THINGS] = { 1.05, 1.05, 0, 0, 0 };
	static char texts[THINGS][96];
	const char *text[THINGS];

	if (argc > BOTH_OPERANDS - 1 && strcmp(argv[1], BOTH_ARGUMENT) == 0) {
		both_answer(atoi(argv[2]), timed, argv + BOTH_OPERANDS);
		return 0;
	}
	if (argc != 3)
		return 2;
	for (int i = 0; i < THINGS; i++) {
		snprintf(texts[i], sizeof texts[i], "%s: %s, policy / bare", argv[2], things[i]);
		text[i] = texts[i];
	}
	both_measure(argv[0], argv[1], argv + 3, text, wanted, THINGS);
	return 0;
}
