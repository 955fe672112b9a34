/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define SOCKETCALL_I386_GS
#include "caller/caller.h"
#include "server/host/guest.h"
#include "server/host/operations.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PARTS = 1024 }; /* UIO_MAXIOV */

/* A guest's message header as the kernel may have it: every pointer leads into this process, or nowhere. */
struct message {
	struct kernel_message header;
	struct sockaddr_storage name;
	struct iovec parts[PARTS + 1];
	size_t size; /* the sum of the parts */
};

/* Makes m's parts of the guest's `count` at `list`. Too many, or a list that leads nowhere, are the kernel's to
 * find. */
static void translate_parts(const struct socketcall_host *host, struct message *m, uint64_t list, size_t count,
			    int writable)
{
	const struct iovec *guest = count <= PARTS ? socketcall_host_whole(host, list, count * sizeof *guest, 0) : NULL;
	size_t n = 0;

	m->size = 0;
	m->header.iov = NOWHERE;
	m->header.iovlen = count;
	if (!guest)
		return;
	for (size_t i = 0; i < count; i++) {
		struct iovec part;
		int pieces;

		socketcall_host_copy_once(&part, &guest[i], sizeof part);
		m->size += part.iov_len;
		/* a negative length is EINVAL before any part is used */
		pieces = part.iov_len > SSIZE_MAX ? 0
						  : socketcall_host_parts_of(host, (uintptr_t)part.iov_base,
									     part.iov_len, writable, &m->parts[n]);
		/* one may be in two pieces, if there is room: nothing is reached behind it */
		if (pieces == 0 || (pieces == 2 && (n > i || count == PARTS))) {
			m->parts[n] = (struct iovec){ NOWHERE, part.iov_len };
			pieces = 1;
		}
		n += (size_t)pieces;
	}
	m->header.iov = m->parts;
	m->header.iovlen = n;
}

/* Copies the header at `address` and translates it. False when the address leads nowhere. */
static bool message_in(const struct socketcall_host *host, struct message *m, uint64_t address, int writable)
{
	struct kernel_message guest, *h = &m->header;
	void *control;

	if (socketcall_host_copy_in(host, &guest, address, sizeof guest))
		return false;
	*h = guest;
	translate_parts(host, m, (uintptr_t)guest.iov, guest.iovlen, writable);
	control = guest.controllen <= INT_MAX
			  ? socketcall_host_whole(host, (uintptr_t)guest.control, guest.controllen, writable)
			  : NULL;
	/* whatever the length, the kernel never gets the guest's own pointer */
	h->control = control ? control : guest.control && guest.controllen ? NOWHERE : NULL;
	return true;
}

/* Control data go to sockets of known families only: others' may hold addresses of memory. */
static long control_refused(int fd, const struct message *m)
{
	long family;

	if (!m->header.controllen)
		return 0;
	family = socketcall_host_family_of(fd);
	return family < 0 ? family : socketcall_host_family_is_known((int)family) ? 0 : -EOPNOTSUPP;
}

static long send_message(const struct socketcall_host *host, int fd, uint64_t address, int flags, size_t *size)
{
	struct message m;
	long r;

	flags = socketcall_host_sending(flags);
	if (!message_in(host, &m, address, 0))
		return socketcall_sendmsg(fd, NOWHERE, flags);
	r = control_refused(fd, &m);
	if (r)
		return r;
	if (m.header.name) {
		int length = (int)m.header.namelen;

		/* longer is as long as the longest (__copy_msghdr()) */
		if (length > (int)sizeof m.name)
			m.header.namelen = sizeof m.name;
		m.header.name = (void *)(uintptr_t)socketcall_host_name_in(host, &m.name, (uintptr_t)m.header.name,
									   (int)m.header.namelen);
	}
	*size = m.size;
	return socketcall_sendmsg(fd, &m.header, flags);
}

static long receive_message(const struct socketcall_host *host, int fd, uint64_t address, int flags, int *out_flags)
{
	struct message m;
	struct kernel_message guest;
	int room, r = 0;
	long got;

	if (!message_in(host, &m, address, 1))
		return socketcall_recvmsg(fd, NOWHERE, flags);
	got = control_refused(fd, &m);
	if (got)
		return got;
	guest = m.header;
	room = (int)guest.namelen;
	if (guest.name)
		m.header.name = &m.name;
	got = socketcall_recvmsg(fd, &m.header, flags);
	if (got < 0)
		return got;
	*out_flags = (int)m.header.flags;
	if (guest.name)
		r = socketcall_host_name_out(host, &m.name, m.header.namelen, (uintptr_t)guest.name, room);
#define OUT(member)                                                                                                    \
	if (!r)                                                                                                        \
	r = socketcall_host_copy_out(host, address + offsetof(struct kernel_message, member), &m.header.member,        \
				     sizeof m.header.member)
	if (guest.name)
		OUT(namelen);
	OUT(flags);
	OUT(controllen);
#undef OUT
	return r ? r : got;
}

long socketcall_host_sendmsg(void *server, int fd, uint64_t address, int flags)
{
	size_t size = 0;

	return send_message(server, fd, address, flags, &size);
}

long socketcall_host_recvmsg(void *server, int fd, uint64_t address, int flags)
{
	int out;

	return receive_message(server, fd, address, flags, &out);
}

/* What a message of a vector came to is written behind its header. */
static long length_out(const struct socketcall_host *host, uint64_t message, long length)
{
	unsigned n = (unsigned)length;

	return socketcall_host_copy_out(host, message + offsetof(struct kernel_messages, length), &n, sizeof n);
}

long socketcall_host_sendmmsg(void *server, int fd, uint64_t messages, unsigned count, int flags)
{
	long r = socketcall_sendmmsg(fd, NULL, 0, flags);
	unsigned sent;

	for (sent = 0; !r && sent < count && sent < PARTS; sent++) {
		uint64_t message = messages + (uint64_t)sent * sizeof(struct kernel_messages);
		size_t size = 0;

		r = send_message(server, fd, message, flags, &size);
		if (r < 0)
			break;
		if ((size_t)r < size)
			count = sent + 1;
		r = length_out(server, message, r);
		if (r)
			break;
	}
	return sent ? (long)sent : r;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Receives until `count` messages came, or it is `deadline` (in ns; none when negative) after one of them. */
static long receive_messages(const struct socketcall_host *host, int fd, uint64_t messages, unsigned count, int flags,
			     int64_t deadline)
{
	unsigned got = 0;
	long r = 0;

	while (!r && got < count) {
		uint64_t message = messages + (uint64_t)got * sizeof(struct kernel_messages);
		int out = 0;

		r = receive_message(host, fd, message, flags & ~MSG_WAITFORONE, &out);
		if (r < 0)
			break;
		r = length_out(host, message, r);
		if (r)
			break;
		got++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if ((deadline >= 0 && now() >= deadline) || (out & MSG_OOB))
			break;
	}
	return got ? (long)got : r;
}

long socketcall_host_recvmmsg(void *server, int fd, uint64_t messages, unsigned count, int flags, uint64_t timeout)
{
	struct kernel_time {
		long seconds, nanoseconds; /* not libc's, which may be of 64 bits where these aren't */
	} time;
	int64_t deadline = -1, left;
	long r;

	if (timeout) {
		if (socketcall_host_copy_in(server, &time, timeout, sizeof time))
			return -EFAULT;
		if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= 1000000000)
			return -EINVAL;
		deadline = now();
		left = INT64_MAX - deadline;
		left = time.seconds < left / 1000000000 ? (int64_t)time.seconds * 1000000000 + time.nanoseconds : left;
		deadline += left;
	}
	/* of no messages: what the kernel looks at before the first, an error that waits on the socket among it */
	r = socketcall_recvmmsg(fd, NULL, 0, flags, NULL);
	/* With MSG_ERRQUEUE that error isn't looked at, and Linux 6.1 answers EBADF for no messages, whatever the
	 * descriptor. */
	if (count > 0 && (flags & MSG_ERRQUEUE) && r == -EBADF) {
		r = socketcall_host_family_of(fd);
		r = r < 0 ? r : 0;
	}
	if (r)
		return r;
	r = receive_messages(server, fd, messages, count, flags, deadline);
	if (r <= 0 || !timeout)
		return r;
	left = deadline - now();
	if (left < 0)
		left = 0;
	time = (struct kernel_time){ (long)(left / 1000000000), (long)(left % 1000000000) };
	return socketcall_host_copy_out(server, timeout, &time, sizeof time) ? -EFAULT : r;
}
