/* SPDX-License-Identifier: MIT
 * The libc's functions for the twenty calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>

#include "../entry.h"

const struct entry entry = { "libc", 0, ENTRY_LIBC };

#define INT(i)     ((int)w[i])
#define SIZE(i)    ((size_t)w[i])
#define LENGTH(i)  ((socklen_t)w[i])
#define POINTER(i) ((void *)w[i])

static long made(int call, const word *w)
{
	switch (call) {
	case SOCKETCALL_SOCKET:
		return socket(INT(0), INT(1), INT(2));
	case SOCKETCALL_BIND:
		return bind(INT(0), POINTER(1), LENGTH(2));
	case SOCKETCALL_CONNECT:
		return connect(INT(0), POINTER(1), LENGTH(2));
	case SOCKETCALL_LISTEN:
		return listen(INT(0), INT(1));
	case SOCKETCALL_ACCEPT:
		return accept(INT(0), POINTER(1), POINTER(2));
	case SOCKETCALL_GETSOCKNAME:
		return getsockname(INT(0), POINTER(1), POINTER(2));
	case SOCKETCALL_GETPEERNAME:
		return getpeername(INT(0), POINTER(1), POINTER(2));
	case SOCKETCALL_SOCKETPAIR:
		return socketpair(INT(0), INT(1), INT(2), POINTER(3));
	case SOCKETCALL_SEND:
		return send(INT(0), POINTER(1), SIZE(2), INT(3));
	case SOCKETCALL_RECV:
		return recv(INT(0), POINTER(1), SIZE(2), INT(3));
	case SOCKETCALL_SENDTO:
		return sendto(INT(0), POINTER(1), SIZE(2), INT(3), POINTER(4), LENGTH(5));
	case SOCKETCALL_RECVFROM:
		return recvfrom(INT(0), POINTER(1), SIZE(2), INT(3), POINTER(4), POINTER(5));
	case SOCKETCALL_SHUTDOWN:
		return shutdown(INT(0), INT(1));
	case SOCKETCALL_SETSOCKOPT:
		return setsockopt(INT(0), INT(1), INT(2), POINTER(3), LENGTH(4));
	case SOCKETCALL_GETSOCKOPT:
		return getsockopt(INT(0), INT(1), INT(2), POINTER(3), POINTER(4));
	case SOCKETCALL_SENDMSG:
		return sendmsg(INT(0), POINTER(1), INT(2));
	case SOCKETCALL_RECVMSG:
		return recvmsg(INT(0), POINTER(1), INT(2));
	case SOCKETCALL_ACCEPT4:
		return accept4(INT(0), POINTER(1), POINTER(2), INT(3));
	case SOCKETCALL_RECVMMSG:
		return recvmmsg(INT(0), POINTER(1), (unsigned)w[2], INT(3), POINTER(4));
	case SOCKETCALL_SENDMMSG:
		return sendmmsg(INT(0), POINTER(1), (unsigned)w[2], INT(3));
	}
	errno = ENOSYS;
	return -1;
}

long sc(int call, const word *w)
{
	long r = made(call, w);

	return r == -1 ? -errno : r;
}
