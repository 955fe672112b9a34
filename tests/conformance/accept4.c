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

		fd = FD(f("accept4.%s.cloexec: takes SOCK_CLOEXEC", k->name), ACCEPT4, listener, NULL, NULL,
			SOCK_CLOEXEC);
		FACT(is_cloexec(fd), f("accept4.%s.cloexec.set: exec closes it", k->name));
		FACT(!is_nonblocking(fd), f("accept4.%s.cloexec.alone: it blocks all the same", k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		fd = FD(f("accept4.%s.nonblocking: takes SOCK_NONBLOCK", k->name), ACCEPT4, listener, NULL, NULL,
			SOCK_NONBLOCK);
		FACT(is_nonblocking(fd), f("accept4.%s.nonblocking.set: it doesn't block", k->name));
		FACT(!is_cloexec(fd), f("accept4.%s.nonblocking.alone: exec leaves it open all the same", k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		fd = FD(f("accept4.%s.both: takes both", k->name), ACCEPT4, listener, NULL, NULL,
			SOCK_CLOEXEC | SOCK_NONBLOCK);
		FACT(is_cloexec(fd) && is_nonblocking(fd), f("accept4.%s.both.set: and sets both", k->name));
		close(fd);
		close(client);
		client = connected_to(k, listener);
		IS(-EINVAL, f("accept4.%s.unknown: a flag that isn't one: EINVAL", k->name), ACCEPT4, listener, NULL,
		   NULL, 1);
		fd = FD(f("accept4.%s.unknown.kept: the connection is kept then", k->name), ACCEPT4, listener, NULL,
			NULL, 0);
		FACT(!is_nonblocking(listener), f("accept4.%s.listener: and the listener blocks as before", k->name));
		close(fd);
		close(client);
		close(listener);
	}
	IS(-EBADF, "accept4.fd.flags: the descriptor is looked at before the flags", ACCEPT4, -1, NULL, NULL, 1);
}

int main(void)
{
	facts_begin();
	accepts();
	errors();
	flags();
	return facts_end();
}
