/* SPDX-License-Identifier: MIT
 * A library whose constructor and destructor make sockets. */
#include "../samples.h"

__attribute__((constructor)) static void begin(void)
{
	set_context("a library's constructor:");
	sample_all("constructor");
	set_context("%s", "");
}

__attribute__((destructor)) static void end(void)
{
	int pair[2];

	door = &door_raw;
	set_context("a library's destructor:");
	fact(sc(SYS_SOCKETPAIR, AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	fact(sc(SYS_SEND, pair[0], "x", 1, 0), "send");
}
