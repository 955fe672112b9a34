/* SPDX-License-Identifier: MIT */
#include "process/pass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int pass_send(int socket, const void *message, size_t size, int descriptor)
{
	union control control = { { 0 } };
	struct iovec data = { (void *)message, size };
	struct msghdr call = { .msg_iov = &data, .msg_iovlen = 1 };
	ssize_t n;

	if (descriptor >= 0) {
		struct cmsghdr *header;

		call.msg_control = control.bytes;
		call.msg_controllen = sizeof control.bytes;
		header = CMSG_FIRSTHDR(&call);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof descriptor);
		memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
	}
	do
		n = sendmsg(socket, &call, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
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
	return receive(socket, message, size, descriptor, 0);
}

int pass_peek(int socket, void *message, size_t size, int *descriptor)
{
	return receive(socket, message, size, descriptor, MSG_PEEK);
}
