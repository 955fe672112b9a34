/* SPDX-License-Identifier: MIT
 * A libc's socket functions over the calling end (socketcall/caller.h), one macro for each. They work wherever the
 * direct calls or the multiplexed ones are open. */
#include <errno.h>
#include <socketcall/caller.h>
#include <sys/socket.h>

/* clang-format off */
/* Turns the kernel's -errno into a libc's -1 and errno. */
static long set_errno(long r)
{
	if ((unsigned long)r < -4095UL)
		return r;
	errno = (int)-r;
	return -1;
}

#define INT(name, call, parameters, arguments) \
	int name parameters { return (int)set_errno(socketcall_##call arguments); }
#define SSIZE(name, call, parameters, arguments) \
	ssize_t name parameters { return set_errno(socketcall_##call arguments); }
#define TO const struct sockaddr
#define FROM struct sockaddr *restrict
#define ROOM socklen_t *restrict

INT(socket, socket, (int family, int type, int protocol), (family, type, protocol))
INT(bind, bind, (int fd, TO *to, socklen_t n), (fd, to, n))
INT(connect, connect, (int fd, TO *to, socklen_t n), (fd, to, n))
INT(listen, listen, (int fd, int backlog), (fd, backlog))
INT(accept, accept, (int fd, FROM from, ROOM n), (fd, from, n))
INT(getsockname, getsockname, (int fd, FROM name, ROOM n), (fd, name, n))
INT(getpeername, getpeername, (int fd, FROM name, ROOM n), (fd, name, n))
INT(socketpair, socketpair, (int family, int type, int protocol, int pair[2]), (family, type, protocol, pair))
SSIZE(send, send, (int fd, const void *data, size_t n, int flags), (fd, data, n, flags))
SSIZE(recv, recv, (int fd, void *data, size_t n, int flags), (fd, data, n, flags))
SSIZE(sendto, sendto, (int fd, const void *data, size_t n, int flags, TO *to, socklen_t length),
      (fd, data, n, flags, to, length))
SSIZE(recvfrom, recvfrom, (int fd, void *restrict data, size_t n, int flags, FROM from, ROOM length),
      (fd, data, n, flags, from, length))
INT(shutdown, shutdown, (int fd, int how), (fd, how))
INT(setsockopt, setsockopt, (int fd, int level, int option, const void *value, socklen_t n),
    (fd, level, option, value, n))
INT(getsockopt, getsockopt, (int fd, int level, int option, void *restrict value, ROOM n),
    (fd, level, option, value, n))
SSIZE(sendmsg, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
SSIZE(recvmsg, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
INT(accept4, accept4, (int fd, FROM from, ROOM n, int flags), (fd, from, n, flags))
INT(recvmmsg, recvmmsg, (int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout),
    (fd, messages, n, flags, timeout))
INT(sendmmsg, sendmmsg, (int fd, struct mmsghdr *messages, unsigned n, int flags), (fd, messages, n, flags))
