/* SPDX-License-Identifier: MIT
 * ACCEPT4: accept4(2). */
#define _GNU_SOURCE
#define NAME "accept4"
#define CALL ACCEPT4
#include "accepting.h"

static void flags(void)
{
	EACH_CONNECTION(k)
	{
		union address a;
		socklen_t length;
		int listener = new_listener(k, &a, &length), client = new_client(k, &a, length), fd;

		fd = FD(f("accept4.%s.cloexec: accept4 accepts SOCK_CLOEXEC", k->name), ACCEPT4, listener, NULL, NULL,
			SOCK_CLOEXEC);
		FACT(is_cloexec(fd),
		     f("accept4.%s.cloexec.set: SOCK_CLOEXEC makes the new descriptor close on exec", k->name));
		FACT(!is_nonblocking(fd),
		     f("accept4.%s.cloexec.alone: SOCK_CLOEXEC alone doesn't make the new socket nonblocking",
		       k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		fd = FD(f("accept4.%s.nonblocking: accept4 accepts SOCK_NONBLOCK", k->name), ACCEPT4, listener, NULL,
			NULL, SOCK_NONBLOCK);
		FACT(is_nonblocking(fd),
		     f("accept4.%s.nonblocking.set: SOCK_NONBLOCK makes the new socket nonblocking", k->name));
		FACT(!is_cloexec(fd), f("accept4.%s.nonblocking.alone: SOCK_NONBLOCK alone doesn't make the new "
					"descriptor close on exec",
					k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		fd = FD(f("accept4.%s.both: accept4 accepts SOCK_CLOEXEC and SOCK_NONBLOCK together", k->name), ACCEPT4,
			listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		FACT(is_cloexec(fd) && is_nonblocking(fd),
		     f("accept4.%s.both.set: SOCK_CLOEXEC and SOCK_NONBLOCK together both take effect", k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		IS(-EINVAL, f("accept4.%s.unknown: an unknown flag: EINVAL", k->name), ACCEPT4, listener, NULL, NULL,
		   1);
		fd = FD(f("accept4.%s.unknown.kept: after an unknown flag the connection can still be accepted",
			  k->name),
			ACCEPT4, listener, NULL, NULL, 0);
		FACT(!is_nonblocking(listener),
		     f("accept4.%s.listener: SOCK_NONBLOCK doesn't make the listener nonblocking", k->name));
		close(fd);
		close(client);
		close(listener);
	}
	IS(-EBADF, "accept4.fd.flags: the descriptor is checked before the flags: EBADF", ACCEPT4, -1, NULL, NULL, 1);
}

int main(void)
{
	facts_begin();
	accepts();
	errors();
	flags();
	return facts_end();
}
