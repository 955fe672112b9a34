/* SPDX-License-Identifier: MIT */
#include "server/guest.h"
#include "server/operations.h"

enum {
	MOST_MESSAGES = 1024, /* of one sendmmsg: UIO_MAXIOV */
	/* of one recvmmsg: Linux has no limit, but recvmmsg may always return fewer messages than it is asked for */
	MOST_RECEIVED = 64 * 1024,
	NANOSECONDS = 1000000000,
};

/* ---- The vector -------------------------------------------------------------------------------------------------- */

/* As Linux' import_ubuf(), for a vector of one segment: cuts the length to MAX_RW_COUNT, and then checks whether the
 * segment is user space. (For longer vectors, socketcall_segments_in() checks before it cuts.) */
static inline long single_segment_in(const struct socketcall_server *server, uint64_t vector,
				     struct socketcall_segment *segment, struct socketcall_message *message)
{
	const unsigned word = server->arch->guest.word, size = 2 * word;
	unsigned char copy[16];
	uint64_t length;

	if (socketcall_beyond(server, vector, size) || socketcall_get(server, vector, copy, size))
		return -SAME_EFAULT;
	segment->address = socketcall_address(server, socketcall_word_read(server->arch, copy));
	length = socketcall_word_read(server->arch, copy + word);
	if (length >> (8 * word - 1))
		return -SAME_EINVAL;
	segment->size = length < MOST_BYTES ? length : MOST_BYTES;
	message->segments = segment;
	message->segment_count = 1;
	message->size = segment->size;
	return socketcall_beyond(server, segment->address, segment->size) ? -SAME_EFAULT : 0;
}

/* As Linux does, checks each entry's length before it reads the next entry: so EINVAL may come before EFAULT. */
long socketcall_segments_in(struct socketcall_server *server, uint64_t vector, uint64_t count,
			    struct socketcall_message *message)
{
	struct socketcall_segment *segments = scratch_of(server)->segments;
	unsigned char *copy = (unsigned char *)(scratch_of(server) + 1);
	unsigned word = server->arch->guest.word, size = 2 * word;
	size_t there;

	if (count > SOCKETCALL_SEGMENTS)
		return -socketcall_errno_EMSGSIZE;
	vector = socketcall_address(server, vector);
	if (count == 1)
		return single_segment_in(server, vector, segments, message);
	if (count && socketcall_beyond(server, vector, count * size))
		return -SAME_EFAULT;
	there = count ? socketcall_read(server, vector, copy, (size_t)count * size) : 0;
	for (size_t i = 0, end = size; i < count; i++, end += size) {
		uint64_t length;

		if (end > there)
			return -SAME_EFAULT;
		segments[i].address = socketcall_address(server, socketcall_word_read(server->arch, copy + i * size));
		length = socketcall_word_read(server->arch, copy + i * size + word);
		if (length >> (8 * word - 1))
			return -SAME_EINVAL;
		segments[i].size = length;
	}
	message->segments = segments;
	message->segment_count = (unsigned)count;
	message->size = 0;
	for (size_t i = 0; i < count; i++) {
		if (socketcall_beyond(server, segments[i].address, segments[i].size))
			return -SAME_EFAULT;
		if (segments[i].size > MOST_BYTES - message->size)
			segments[i].size = MOST_BYTES - message->size;
		message->size += segments[i].size;
	}
	return 0;
}

/* ---- The header -------------------------------------------------------------------------------------------------- */

struct header {
	uint64_t at, members[7];
};

static uint64_t member(const struct header *header, unsigned which)
{
	return header->members[which];
}

/* As Linux' copy_msghdr_from_user(). EBADF and ENOTSOCK come before its errors. Reads the name only if `sent`. */
static long header_in(struct socketcall_server *server, uint64_t address, struct header *header,
		      struct socketcall_message *message, bool sent)
{
	unsigned char bytes[56];
	uint64_t name;
	long r;
	int length;

	header->at = address;
	if (socketcall_get(server, address, bytes, 7 * (size_t)server->arch->guest.word))
		return -SAME_EFAULT;
	socketcall_msghdr_read(server->arch, bytes, header->members);
	name = header->members[msghdr_name] = socketcall_address(server, member(header, msghdr_name));
	header->members[msghdr_control] = socketcall_address(server, member(header, msghdr_control));
	length = name ? (int)(uint32_t)member(header, msghdr_namelen) : 0;
	if (length < 0)
		return -SAME_EINVAL;
	length = length < SOCKETCALL_NAME ? length : SOCKETCALL_NAME;
	if (sent && length) {
		message->name = &scratch_of(server)->name;
		r = socketcall_name_in(server, name, length, message->name);
		if (r)
			return r;
	}
	return socketcall_segments_in(server, member(header, msghdr_iov), member(header, msghdr_iovlen), message);
}

/* 64-bit kernels set MSG_CMSG_COMPAT themselves for the messages of 32-bit programs. So a 64-bit program that sets it
 * gets EINVAL, and for a 32-bit program it changes nothing: it is removed. Returns 0 or -EINVAL. */
static long check_flags(const struct socketcall_server *server, int *flags)
{
	if (server->arch->guest.word == 8)
		return *flags & FLAG_CMSG_COMPAT ? -SAME_EINVAL : 0;
	*flags &= ~FLAG_CMSG_COMPAT;
	return 0;
}

/* ---- One message ------------------------------------------------------------------------------------------------- */

long socketcall_after_lookup(struct socketcall_server *server, int fd, long error)
{
	long r = server->backend->lookup ? server->backend->lookup(server, fd) : 0;

	return r ? r : error;
}

/* Parses a message to be sent. EBADF and ENOTSOCK come before its errors. */
static long sent_in(struct socketcall_server *server, uint64_t address, int *flags, struct socketcall_message *message)
{
	struct header header;
	uint64_t controls;
	long r = header_in(server, address, &header, message, true);

	if (r)
		return r;
	if (message->vector)
		*flags |= (int)member(&header, msghdr_flags) & FLAG_EOR;
	controls = member(&header, msghdr_controllen);
	if (controls > INT32_MAX)
		return -socketcall_errno_ENOBUFS;
	return controls ? socketcall_controls_in(server, member(&header, msghdr_control), controls, message) : 0;
}

/* Writes what came with a received message to the guest: control messages, the name, the flags. 0, or -errno. */
static long received_out(struct socketcall_server *server, const struct header *header, int flags,
			 struct socketcall_message *message)
{
	const struct socketcall_arch *arch = server->arch;
	uint64_t used = socketcall_controls_out(server, member(header, msghdr_control),
						member(header, msghdr_controllen), flags & FLAG_CMSG_CLOEXEC, message);
	unsigned char bytes[12];
	long r;

#define AT(member) (header->at + (uint64_t)msghdr_##member * arch->guest.word)
	if (message->name) {
		r = socketcall_name_out(server, message->name, member(header, msghdr_name), AT(namelen));
		if (r)
			return r;
	}
	message->flags |= flags & FLAG_CMSG_CLOEXEC;
	/* Linux writes the flags before the length: in two pages, the flags may be written although the length can't */
	socketcall_number_write(arch, bytes, arch->guest.word, used);
	socketcall_number_write(arch, bytes + arch->guest.word, 4, (uint32_t)message->flags);
	if (socketcall_in_one_page(AT(controllen), arch->guest.word + 4))
		return socketcall_put(server, AT(controllen), bytes, arch->guest.word + 4);
	if (socketcall_put_whole(server, AT(flags), bytes + arch->guest.word, 4) ||
	    socketcall_put_whole(server, AT(controllen), bytes, arch->guest.word))
		return -SAME_EFAULT;
#undef AT
	return 0;
}

/* sendmmsg has looked up the descriptor before its first message, so there the message's own errors come at once. */
static inline __attribute__((__always_inline__)) long
send_message(struct socketcall_server *server, int fd, uint64_t address, int flags, struct socketcall_message *message)
{
	long r = sent_in(server, address, &flags, message);

	if (r)
		return message->vector ? r : socketcall_after_lookup(server, fd, r);
	return socketcall_message_send(server, fd, message, flags);
}

static inline __attribute__((__always_inline__)) long receive_message(struct socketcall_server *server, int fd,
								      uint64_t address, int flags,
								      struct socketcall_message *message)
{
	struct header header;
	uint64_t controls;
	long r = header_in(server, address, &header, message, false), out;

	if (r)
		return message->vector ? r : socketcall_after_lookup(server, fd, r);
	if (member(&header, msghdr_name)) {
		message->name = &scratch_of(server)->name;
		message->name->length = 0;
	}
	message->wants_flags = 1;
	controls = member(&header, msghdr_control) ? member(&header, msghdr_controllen) : 0;
	message->control_room = controls < SIZE_MAX ? (size_t)controls : SIZE_MAX; /* a 64-bit guest on a 32-bit host */
	r = socketcall_message_receive(server, fd, message, flags);
	if (r < 0) { /* Linux has written the control messages before it failed */
		socketcall_controls_out(server, member(&header, msghdr_control), member(&header, msghdr_controllen),
					flags & FLAG_CMSG_CLOEXEC, message);
		return r;
	}
	out = received_out(server, &header, flags, message);
	return out ? out : r;
}

long socketcall_marshal_sendmsg(void *context, int fd, uint64_t address, int flags)
{
	struct socketcall_server *server = context;
	struct socketcall_message *message = &scratch_of(server)->message;
	long r = check_flags(server, &flags);

	socketcall_message_clear(message);
	return r ? r : send_message(server, fd, address, flags, message);
}

long socketcall_marshal_recvmsg(void *context, int fd, uint64_t address, int flags)
{
	struct socketcall_server *server = context;
	struct socketcall_message message;
	long r = check_flags(server, &flags);

	socketcall_message_clear(&message);
	return r ? r : receive_message(server, fd, address, flags, &message);
}

/* ---- Vectors of messages ----------------------------------------------------------------------------------------- */

/* Returns the address of a vector's struct mmsghdr, which is a struct msghdr and the length of the message. */
static uint64_t message_at(const struct socketcall_server *server, uint64_t messages, unsigned i)
{
	return messages + (uint64_t)i * 8 * server->arch->guest.word;
}

static long length_out(const struct socketcall_server *server, uint64_t message, long length)
{
	return socketcall_put_number(server, message + 7 * (uint64_t)server->arch->guest.word, 4, (uint32_t)length);
}

static unsigned messages_before(const struct socketcall_server *server)
{
	return server->pending ? server->pending->messages : 0;
}

static void next_message(struct socketcall_server *server, unsigned i)
{
	if (!server->pending)
		return;
	server->pending->messages = i;
	server->pending->done = 0;
	server->pending->deadline = -1;
}

long socketcall_marshal_sendmmsg(void *context, int fd, uint64_t messages, unsigned count, int flags)
{
	struct socketcall_server *server = context;
	unsigned sent = messages_before(server);
	long r = check_flags(server, &flags);

	if (!r)
		r = socketcall_after_lookup(server, fd, 0);
	count = count < MOST_MESSAGES ? count : MOST_MESSAGES;
	while (!r && sent < count) {
		struct socketcall_message message = { .vector = 1 };
		uint64_t address = message_at(server, messages, sent);

		r = send_message(server, fd, address, sent + 1 < count ? flags | FLAG_BATCH : flags, &message);
		if (r < 0)
			break;
		if ((uint64_t)r < message.size || message.left)
			count = sent + 1;
		r = length_out(server, address, r);
		if (!r)
			next_message(server, ++sent);
	}
	if (r == SOCKETCALL_WOULD_BLOCK)
		return r;
	return sent ? (long)sent : r;
}

static int64_t now(struct socketcall_server *server)
{
	return server->backend->now ? server->backend->now(server) : 0;
}

/* recvmmsg's timeout. */
struct timeout {
	int64_t ends; /* CLOCK_MONOTONIC in ns; -1: there is no timeout */
	int64_t left; /* ns that were left after the last message */
};

/* Returns the error that the header at `address`, or its vector, causes when a message is received into it; else 0. */
static int error_of(struct socketcall_server *server, uint64_t address)
{
	struct socketcall_message message = { 0 };
	struct header header;

	return (int)header_in(server, address, &header, &message, false);
}

/* Receives until there are `count` messages, or until the timeout ends. An error after the first message is kept for
 * the socket's next call. */
static long receive_messages(struct socketcall_server *server, int fd, uint64_t messages, unsigned count, int flags,
			     struct timeout *timeout)
{
	unsigned got = messages_before(server);
	bool kept = false;
	long r = 0;

	if (got && flags & FLAG_WAITFORONE)
		flags |= FLAG_DONTWAIT;
	while (got < count) {
		struct socketcall_message message = { .vector = 1 };
		uint64_t address = message_at(server, messages, got);

		if (got + 1 < count && !server->pending)
			message.next_error = error_of(server, message_at(server, messages, got + 1));
		r = receive_message(server, fd, address, flags & ~FLAG_WAITFORONE, &message);
		if (r >= 0)
			r = length_out(server, address, r);
		/* the kernel has stored the next message's error, but this one failed: so take the error back */
		if (r < 0 && message.kept)
			server->backend->before_receiving(server, fd, 0);
		if (r)
			break;
		kept = message.kept;
		next_message(server, ++got);
		if (flags & FLAG_WAITFORONE)
			flags |= FLAG_DONTWAIT;
		if (timeout->ends >= 0) {
			timeout->left = timeout->ends - now(server);
			timeout->left = timeout->left > 0 ? timeout->left : 0;
			if (!timeout->left) {
				/* Linux doesn't come to the next message: so take its error back */
				if (kept)
					server->backend->before_receiving(server, fd, 0);
				break;
			}
		}
		if (message.flags & FLAG_OOB)
			break;
	}
	if (r == SOCKETCALL_WOULD_BLOCK || !got)
		return r;
	if (r < 0 && r != -socketcall_errno_EAGAIN && !kept && server->backend->keep_error)
		server->backend->keep_error(server, fd, r);
	return (long)got;
}

/* Reads recvmmsg's timeout: 0, -EFAULT or -EINVAL. These errors come before EBADF and ENOTSOCK. */
static long timeout_in(struct socketcall_server *server, uint64_t address, struct timeout *timeout)
{
	unsigned size = server->arch->timeout;
	unsigned char bytes[16];
	int64_t seconds, nanoseconds, start, most;

	if (socketcall_get(server, address, bytes, 2 * (size_t)size))
		return -SAME_EFAULT;
	seconds = (int64_t)socketcall_number_read(server->arch, bytes, size);
	nanoseconds = (int64_t)socketcall_number_read(server->arch, bytes + size, size);
	if (size == 4) {
		seconds = (int32_t)seconds;
		nanoseconds = (int32_t)nanoseconds;
	} else if (server->arch->guest.word == 4) /* Linux ignores the padding of a 32-bit program's nanoseconds */
		nanoseconds = (int64_t)(uint32_t)nanoseconds;
	if (seconds < 0 || nanoseconds < 0 || nanoseconds >= NANOSECONDS)
		return -SAME_EINVAL;
	if (server->pending && server->pending->ends >= 0) {
		timeout->ends = server->pending->ends;
		return 0;
	}
	start = now(server);
	most = INT64_MAX - start;
	timeout->ends = start + (seconds < most / NANOSECONDS ? seconds * NANOSECONDS + nanoseconds : most);
	if (server->pending)
		server->pending->ends = timeout->ends;
	return 0;
}

static long timeout_out(struct socketcall_server *server, uint64_t address, const struct timeout *timeout)
{
	unsigned size = server->arch->timeout;
	unsigned char bytes[16];

	socketcall_number_write(server->arch, bytes, size, (uint64_t)(timeout->left / NANOSECONDS));
	socketcall_number_write(server->arch, bytes + size, size, (uint64_t)(timeout->left % NANOSECONDS));
	return socketcall_put(server, address, bytes, 2 * (size_t)size);
}

long socketcall_marshal_recvmmsg(void *context, int fd, uint64_t messages, unsigned count, int flags, uint64_t address)
{
	struct socketcall_server *server = context;
	struct timeout timeout = { -1, 0 };
	long r = check_flags(server, &flags);

	address = socketcall_address(server, address);
	if (!r && address)
		r = timeout_in(server, address, &timeout);
	if (!r && !messages_before(server) && !socketcall_moved_before(server) && server->backend->before_receiving)
		r = server->backend->before_receiving(server, fd, flags);
	if (r)
		return r;
	count = count < MOST_RECEIVED ? count : MOST_RECEIVED;
	r = receive_messages(server, fd, messages, count, flags, &timeout);
	return r > 0 && address && timeout_out(server, address, &timeout) ? -SAME_EFAULT : r;
}
