/* SPDX-License-Identifier: MIT
 * SEND: send(2). */
#define _GNU_SOURCE
#define NAME "send"
#include "sending.h"

static long send_by(int fd, const void *data, size_t size, int flags)
{
	return SC(SEND, fd, data, size, flags);
}

int main(void)
{
	facts_begin();
	DESCRIPTORS("send", SEND, "x", 1, 0);
	sends();
	broken_pipes();
	no_peer();
	sizes();
	return facts_end();
}
