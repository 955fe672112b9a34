/* SPDX-License-Identifier: MIT
 * RECV: recv(2). */
#define _GNU_SOURCE
#define NAME "recv"
#include "receiving.h"

static long recv_by(int fd, void *data, size_t size, int how)
{
	return SC(RECV, fd, data, size, how);
}

int main(void)
{
	char c;

	facts_begin();
	DESCRIPTORS("recv", RECV, &c, 1, 0);
	receives();
	ends();
	unconnected();
	flags();
	return facts_end();
}
