/* SPDX-License-Identifier: MIT */
#include "process/pass.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/*
 * Sends by write(2), because a filter may refuse sendmsg(2) and recvmsg(2) while it allows write(2) and read(2).
 * write() has no MSG_NOSIGNAL. So SIGPIPE is blocked meanwhile, and the one that this write() causes is taken by
 * sigtimedwait(); a SIGPIPE that was pending before stays pending.
 */
static int send_plain(int socket, const void *message, size_t size)
{
	static const struct timespec at_once = { 0 };
	sigset_t broken, mask, pending;
	ssize_t n;
	int r;

	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &broken, &mask);
	do
		n = write(socket, message, size);
	while (n < 0 && errno == EINTR);
	r = n < 0 ? -errno : 0;
	if (r == -EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&broken, NULL, &at_once);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}

int pass_send(int socket, const void *message, size_t size, int descriptor)
{
	return descriptor < 0 ? send_plain(socket, message, size)
			      : pass_send_by_message(socket, message, size, descriptor);
}

/* Adds the descriptor to the message of *call, by the control data in *control. */
static void attach(struct msghdr *call, union control *control, int descriptor)
{
	struct cmsghdr *header;

	call->msg_control = control->bytes;
	call->msg_controllen = sizeof control->bytes;
	header = CMSG_FIRSTHDR(call);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof descriptor);
	memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
}

int pass_send_by_message(int socket, const void *message, size_t size, int descriptor)
{
	union control control = { { 0 } };
	struct iovec data = { (void *)message, size };
	struct msghdr call = { .msg_iov = &data, .msg_iovlen = 1 };
	ssize_t n;

	if (descriptor >= 0)
		attach(&call, &control, descriptor);
	do
		n = sendmsg(socket, &call, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static int receive_plain(int socket, void *message, size_t size)
{
	ssize_t n;

	do
		n = read(socket, message, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EPIPE;
}

static int receive(int socket, void *message, size_t size, int *descriptor, int flags)
{
	union control control;
	struct iovec data = { message, size };
	struct msghdr call = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
	};
	struct cmsghdr *header;
	ssize_t n;

	*descriptor = -1;
	do
		n = recvmsg(socket, &call, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n != size)
		return -EPIPE;
	header = CMSG_FIRSTHDR(&call);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
	return 0;
}

int pass_receive(int socket, void *message, size_t size, int *descriptor)
{
	return descriptor ? receive(socket, message, size, descriptor, 0) : receive_plain(socket, message, size);
}

int pass_peek(int socket, void *message, size_t size, int *descriptor)
{
	return receive(socket, message, size, descriptor, MSG_PEEK);
}
