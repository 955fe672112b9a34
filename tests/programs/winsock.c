/* SPDX-License-Identifier: MIT
 * A 32-bit Windows program that uses Winsock: TCP with select() between two threads, and UDP, over the loopback. */
#include <winsock2.h>
#include <stdio.h>

static SOCKET listener;
static struct sockaddr_in address;

static void fail(const char *what)
{
	printf("%s: error %d\n", what, WSAGetLastError());
	fflush(stdout);
	ExitProcess(1);
}

static DWORD WINAPI client(void *unused)
{
	SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
	char data[64] = { 0 };

	(void)unused;
	if (s == INVALID_SOCKET || connect(s, (struct sockaddr *)&address, sizeof address))
		fail("connect");
	if (send(s, "a question", 10, 0) != 10 || shutdown(s, SD_SEND))
		fail("send");
	if (recv(s, data, sizeof data, MSG_WAITALL) != 9)
		fail("recv");
	printf("the client got: %s\n", data);
	closesocket(s);
	return 0;
}

static void serve(void)
{
	struct timeval patience = { 20, 0 };
	char data[64] = { 0 };
	int have = 0, n;
	fd_set set;
	SOCKET s;

	FD_ZERO(&set);
	FD_SET(listener, &set);
	if (select(0, &set, NULL, NULL, &patience) != 1)
		fail("select");
	s = accept(listener, NULL, NULL);
	if (s == INVALID_SOCKET)
		fail("accept");
	while ((n = recv(s, data + have, sizeof data - have, 0)) > 0)
		have += n;
	printf("the server got: %s\n", data);
	if (send(s, "an answer", 9, 0) != 9)
		fail("send");
	closesocket(s);
}

static void datagrams(void)
{
	SOCKET a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0);
	int length = sizeof address, one = 1;
	char data[64] = { 0 };

	address.sin_port = 0;
	if (bind(a, (struct sockaddr *)&address, sizeof address) ||
	    getsockname(a, (struct sockaddr *)&address, &length))
		fail("bind");
	if (setsockopt(b, SOL_SOCKET, SO_BROADCAST, (char *)&one, sizeof one))
		fail("setsockopt");
	if (sendto(b, "datagram", 8, 0, (struct sockaddr *)&address, sizeof address) != 8)
		fail("sendto");
	if (recvfrom(a, data, sizeof data, 0, NULL, NULL) != 8)
		fail("recvfrom");
	printf("%s\n", data);
}

int main(void)
{
	int length = sizeof address;
	WSADATA data;
	HANDLE thread;

	if (WSAStartup(MAKEWORD(2, 2), &data))
		fail("WSAStartup");
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener == INVALID_SOCKET || bind(listener, (struct sockaddr *)&address, sizeof address) ||
	    listen(listener, 1) || getsockname(listener, (struct sockaddr *)&address, &length))
		fail("listen");
	thread = CreateThread(NULL, 0, client, NULL, 0, NULL);
	serve();
	WaitForSingleObject(thread, 20000);
	datagrams();
	return 0;
}
