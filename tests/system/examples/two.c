/* SPDX-License-Identifier: MIT
 * Calls each of a libc's socket functions, on connected sockets in one process. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define MUST(call)                                                                                                     \
	do {                                                                                                           \
		if ((call) < 0)                                                                                        \
			return perror(#call), 1;                                                                       \
	} while (0)

int main(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof name;
	int listener, client, server, type, pair[2];
	char data[32] = "";
	struct iovec part = { data, sizeof data };
	struct mmsghdr message = { .msg_hdr = { .msg_iov = &part, .msg_iovlen = 1 } };

	MUST(listener = socket(AF_INET, SOCK_STREAM, 0));
	MUST(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)));
	MUST(bind(listener, (struct sockaddr *)&name, sizeof name));
	MUST(listen(listener, 1));
	MUST(getsockname(listener, (struct sockaddr *)&name, &length));
	MUST(client = socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(client, (struct sockaddr *)&name, sizeof name));
	MUST(server = accept(listener, NULL, NULL));
	MUST(getpeername(client, (struct sockaddr *)&name, &length));
	MUST(send(client, "hello", 5, 0));
	MUST(recv(server, data, sizeof data, 0));
	MUST(sendto(server, data, 5, 0, NULL, 0));
	MUST(recvfrom(client, data, sizeof data, 0, NULL, NULL));
	MUST(shutdown(client, SHUT_RDWR));
	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	length = sizeof type;
	MUST(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &type, &length));
	MUST(sendmsg(pair[0], &message.msg_hdr, 0));
	MUST(recvmsg(pair[1], &message.msg_hdr, 0));
	MUST(sendmmsg(pair[0], &message, 1, 0));
	MUST(recvmmsg(pair[1], &message, 1, 0, NULL));
	return strcmp(data, "hello") != 0 || type != SOCK_DGRAM;
}
