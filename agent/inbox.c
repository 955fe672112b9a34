/* SPDX-License-Identifier: MIT */
#include "agent/inbox.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "process/listener.h"

enum {
	BACKLOG = 64,     /* listen()'s */
	FIRST_PASSED = 3, /* SD_LISTEN_FDS_START */
};

/* ---- The socket -------------------------------------------------------------------------------------------------- */

/* True if the address is of a socket at which nobody listens: connect() is refused. */
static bool is_stale(const struct sockaddr_un *address)
{
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool stale;

	if (probe < 0)
		return false;
	stale = connect(probe, (const struct sockaddr *)address, sizeof *address) && errno == ECONNREFUSED;
	close(probe);
	return stale;
}

int inbox_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, r = 0;
	mode_t mask;

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof address))
		r = -errno;
	if (r == -EADDRINUSE && is_stale(&address) && !unlink(path))
		r = bind(fd, (struct sockaddr *)&address, sizeof address) ? -errno : 0;
	umask(mask);
	if (!r && listen(fd, BACKLOG))
		r = -errno;
	if (!r)
		return fd;
	close(fd);
	return r;
}

int inbox_from_systemd(void)
{
	const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	int listening = 0, type = 0, domain = 0;
	socklen_t size = sizeof listening;

	if (!count || !pid || strtol(pid, NULL, 10) != getpid())
		return -1;
	if (strcmp(count, "1") != 0 || getsockopt(FIRST_PASSED, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) ||
	    getsockopt(FIRST_PASSED, SOL_SOCKET, SO_DOMAIN, &domain, &size) ||
	    getsockopt(FIRST_PASSED, SOL_SOCKET, SO_TYPE, &type, &size) || !listening || domain != AF_UNIX ||
	    type != SOCK_STREAM)
		return -EINVAL;
	return FIRST_PASSED;
}

bool inbox_peer_is_trusted(int connection)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	return !getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* ---- A message --------------------------------------------------------------------------------------------------- */

/* What has been received so far. */
struct arrived {
	char text[AGENT_MESSAGE_MOST];
	size_t length;
	int descriptors[AGENT_DESCRIPTORS_MOST];
	unsigned count;
};

static int fail(struct socketcall_policy_error *error, int number, const char *what)
{
	*error = (struct socketcall_policy_error){ .place = { 0 } };
	snprintf(error->text, sizeof error->text, "%s", what);
	return number;
}

/* Appends the message's descriptors to *arrived. If there are more than fit, closes the others and returns false. */
static bool keep_descriptors(struct arrived *arrived, struct msghdr *call)
{
	bool fits = !(call->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *header = CMSG_FIRSTHDR(call); header; header = CMSG_NXTHDR(call, header)) {
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
			if (arrived->count < AGENT_DESCRIPTORS_MOST) {
				arrived->descriptors[arrived->count++] = fd;
				continue;
			}
			close(fd);
			fits = false;
		}
	}
	return fits;
}

static int milliseconds_until(const struct timespec *end)
{
	struct timespec now;
	long long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (end->tv_sec - now.tv_sec) * 1000LL + (end->tv_nsec - now.tv_nsec) / 1000000;
	return left > 0 ? (int)left : 0;
}

/*
 * Waits for data, until `end` at most, and receives once. Returns 1, more may come; 0, the peer has shut its side down;
 * or -errno, with *error.
 */
static int receive_part(int connection, const struct timespec *end, struct arrived *arrived,
			struct socketcall_policy_error *error)
{
	struct pollfd readable = { .fd = connection, .events = POLLIN };
	union {
		char bytes[CMSG_SPACE(sizeof(int) * AGENT_DESCRIPTORS_MOST)];
		struct cmsghdr align;
	} control;
	struct iovec data = { arrived->text + arrived->length, sizeof arrived->text - arrived->length };
	struct msghdr call = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
	};
	int ready = poll(&readable, 1, milliseconds_until(end));
	ssize_t n;

	if (ready < 0)
		return errno == EINTR ? 1 : fail(error, -errno, strerror(errno));
	if (ready == 0)
		return fail(error, -ETIMEDOUT, "the container runtime did not finish sending the state in time");
	if (!data.iov_len)
		return fail(error, -EMSGSIZE, "the state is longer than 65536 bytes");
	n = recvmsg(connection, &call, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : fail(error, -errno, strerror(errno));
	arrived->length += (size_t)n;
	if (!keep_descriptors(arrived, &call))
		return fail(error, -EINVAL, "more descriptors came than are allowed");
	return n > 0;
}

/* Reads the state, and removes the listener from *arrived. Returns its descriptor; or -EINVAL, with *error. */
static int take_listener(struct arrived *arrived, struct agent_message *message, struct socketcall_policy_error *error)
{
	int fd;

	if (agent_message_read(message, arrived->text, arrived->length, error))
		return -EINVAL;
	if (message->descriptors != arrived->count)
		return fail(error, -EINVAL, "\"fds\" does not name as many descriptors as came");
	fd = arrived->descriptors[message->listener];
	if (!is_listener(fd))
		return fail(error, -EINVAL, "\"seccompFd\" is not a seccomp listener");
	arrived->descriptors[message->listener] = -1;
	return fd;
}

int inbox_receive(int connection, int seconds, struct agent_message *message, struct socketcall_policy_error *error)
{
	struct arrived *arrived = calloc(1, sizeof *arrived);
	struct timespec end;
	int r;

	if (!arrived)
		return fail(error, -ENOMEM, strerror(ENOMEM));
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do
		r = receive_part(connection, &end, arrived, error);
	while (r > 0 && (arrived->count == 0 || agent_message_read(message, arrived->text, arrived->length, error)));
	if (r == 0 && !arrived->length && !arrived->count)
		r = fail(error, -ENODATA, "nothing came");
	if (r >= 0)
		r = take_listener(arrived, message, error);
	for (unsigned i = 0; i < arrived->count; i++)
		if (arrived->descriptors[i] >= 0)
			close(arrived->descriptors[i]);
	free(arrived);
	return r;
}
