/* SPDX-License-Identifier: MIT */
#define SOCKETCALL_I386_GS
#include "caller/caller.h"
#include "caller/socketcall.h"

#include <errno.h>

int socketcall(int call, unsigned long *args)
{
	long r = socketcall_raw(call, args);

	if ((unsigned long)r < -4095UL)
		return (int)r;
	errno = (int)-r;
	return -1;
}
