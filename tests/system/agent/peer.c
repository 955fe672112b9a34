/* SPDX-License-Identifier: MIT
 *
 * For the agent's tests: the agent's peer, a container runtime; or another agent.
 *
 *	peer continue SOCKET       is an agent that lets each reported call continue, as a control. It serves until it
 *	                           is killed, each container in a process of its own
 *	peer send SOCKET COUNT     sends its standard input to an agent, with COUNT copies of that descriptor
 *	peer hand SOCKET PROGRAM…  does what a container runtime does: loads a filter that has socketcall reported,
 *	                           sends the listener to an agent, and executes the program
 *	peer with SOCKET SOCKETCALL PROGRAM…  does the same, with an agent that it starts: SOCKETCALL agent
 *	peer report NUMBER SOCKET PROGRAM…  does the same as `hand`, but has i386's call NUMBER reported, too
 */
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fixtures/listener.h"

enum { COPIES_MOST = 32, I386_SOCKETCALL = 102 };

static int receive_listener(int connection)
{
	static char state[65536];
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec data = { state, sizeof state };
	struct msghdr call = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
	};
	int listener = -1;

	if (recvmsg(connection, &call, 0) > 0 && CMSG_FIRSTHDR(&call))
		memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&call)), sizeof listener);
	return listener;
}

static void let_go_on(int listener)
{
	struct pollfd readable = { .fd = listener, .events = POLLIN };
	struct seccomp_notif call;

	while (poll(&readable, 1, -1) == 1 && readable.revents & POLLIN) {
		struct seccomp_notif_resp answer = { .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

		memset(&call, 0, sizeof call);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		answer.id = call.id;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

static int serve(const struct sockaddr_un *address)
{
	int inbox = socket(AF_UNIX, SOCK_STREAM, 0), connection;

	if (bind(inbox, (const struct sockaddr *)address, sizeof *address) || listen(inbox, 8))
		return 1;
	signal(SIGCHLD, SIG_IGN);
	while ((connection = accept(inbox, NULL, NULL)) >= 0) {
		int listener = receive_listener(connection);

		if (listener >= 0 && fork() == 0) {
			close(inbox);
			close(connection);
			let_go_on(listener);
			return 0;
		}
		close(listener);
		close(connection);
	}
	return 1;
}

static int send_with(int peer, void *text, size_t length, const int *descriptors, unsigned count)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * COPIES_MOST)];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec data = { text, length };
	struct msghdr call = { .msg_iov = &data, .msg_iovlen = 1 };

	if (count) {
		struct cmsghdr *header;

		call.msg_control = control.bytes;
		call.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		header = CMSG_FIRSTHDR(&call);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
	}
	return sendmsg(peer, &call, MSG_NOSIGNAL) < 0;
}

static int send_input(const struct sockaddr_un *address, unsigned count)
{
	static char text[1 << 20];
	static const int copies[COPIES_MOST] = { STDIN_FILENO };
	int peer = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t length = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, text + length, sizeof text - length)) > 0)
		length += (size_t)n;
	if (connect(peer, (const struct sockaddr *)address, sizeof *address))
		return 1;
	return send_with(peer, text, length, copies, count);
}

static int hand(const struct sockaddr_un *address, unsigned number, char **program)
{
	char state[128];
	int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), listener;

	if (connect(peer, (const struct sockaddr *)address, sizeof *address))
		return 1;
	listener = load_reporting(number);
	snprintf(state, sizeof state, "{\"fds\":[\"seccompFd\"],\"pid\":%d,\"state\":{\"id\":\"hand-%d\"}}",
		 (int)getpid(), (int)getpid());
	if (listener < 0 || send_with(peer, state, strlen(state), &listener, 1))
		return 1;
	close(listener);
	close(peer);
	execvp(program[0], program);
	return 1;
}

/* Starts an agent, and waits until it listens. Returns 0; or 1, it doesn't. */
static int start_agent(const struct sockaddr_un *address, const char *socketcall)
{
	enum { TRIES = 3000, PAUSE = 20 * 1000 /* microseconds; a minute in all */ };
	int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r = -1;

	if (fork() == 0) {
		execl(socketcall, socketcall, "agent", "--listen", address->sun_path, (char *)NULL);
		_exit(1);
	}
	for (unsigned i = 0; r && i < TRIES; i++) {
		usleep(PAUSE);
		r = connect(peer, (const struct sockaddr *)address, sizeof *address);
	}
	close(peer);
	return r ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned number = I386_SOCKETCALL;
	int status = 2;

	if (argc > 4 && strcmp(argv[1], "report") == 0) {
		number = (unsigned)atoi(argv[2]);
		argv[2] = "hand";
		argv++, argc--;
	}

	if (argc < 3 || strlen(argv[2]) >= sizeof address.sun_path)
		return status;
	memcpy(address.sun_path, argv[2], strlen(argv[2]));
	if (strcmp(argv[1], "continue") == 0)
		status = serve(&address);
	else if (argc > 4 && strcmp(argv[1], "with") == 0)
		status = start_agent(&address, argv[3]) ? 1 : hand(&address, number, argv + 4);
	else if (argc > 3 && strcmp(argv[1], "hand") == 0)
		status = hand(&address, number, argv + 3);
	else if (argc == 4 && atoi(argv[3]) <= COPIES_MOST)
		status = send_input(&address, (unsigned)atoi(argv[3]));
	if (status == 1)
		perror("peer");
	return status;
}
