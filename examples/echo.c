/* SPDX-License-Identifier: MIT
 * An echo server without any libc: gcc -nostdlib -static -ffreestanding. It listens on a free port of 127.0.0.1, prints
 * the port's number, serves one client after the other, and exits when a client sends "quit". */
#include <asm/unistd.h>
#include <socketcall/caller.h>
#include <stdbool.h>

#include "start.h"

/* The kernel's structures and constants, which a libc's headers would declare. */
enum { AF_INET = 2, LOOPBACK = 0x7f000001, SOCK_STREAM = socketcall_type_SOCK_STREAM };
struct sockaddr_in {
	unsigned short family;
	unsigned char port[2], address[4], zero[8];
};

static bool is_equal(const char *a, const char *b, long n)
{
	while (n-- > 0)
		if (*a++ != *b++)
			return false;
	return true;
}

/* Subtracts instead of dividing: for some processors the compiler's division is a library function. */
static void print_port(const unsigned char *port)
{
	static const unsigned units[] = { 10000, 1000, 100, 10, 1 };
	unsigned n = port[0] * 256U + port[1];
	char line[6];

	for (int i = 0; i < 5; i++)
		for (line[i] = '0'; n >= units[i]; n -= units[i])
			line[i]++;
	line[5] = '\n';
	socketcall_enter3(__NR_write, 1, (unsigned long)line, sizeof line);
}

static void serve(int client, int *quit)
{
	char data[4096];
	long n;

	while (!*quit && (n = socketcall_recv(client, data, sizeof data, 0)) > 0) {
		*quit = n >= 4 && is_equal(data, "quit", 4);
		for (long sent = 0, r; sent < n; sent += r)
			if ((r = socketcall_send(client, data + sent, (unsigned long)(n - sent), 0)) <= 0)
				return;
	}
}

static int run(void)
{
	static struct sockaddr_in name = { AF_INET, { 0, 0 }, { LOOPBACK >> 24, 0, 0, LOOPBACK & 255 }, { 0 } };
	unsigned length = sizeof name;
	int listener = (int)socketcall_socket(AF_INET, SOCK_STREAM, 0), quit = 0;

	if (listener < 0 || socketcall_bind(listener, &name, sizeof name) || socketcall_listen(listener, 8) ||
	    socketcall_getsockname(listener, &name, &length))
		return 1;
	print_port(name.port);
	while (!quit) {
		long client = socketcall_accept(listener, 0, 0);

		if (client < 0)
			return 1;
		serve((int)client, &quit);
		socketcall_enter3(__NR_close, (unsigned long)client, 0, 0);
	}
	return 0;
}

void start(void)
{
	for (unsigned long status = (unsigned long)run();;)
		socketcall_enter3(__NR_exit, status, 0, 0);
}
