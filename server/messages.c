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
static PART long single_segment_in(const struct socketcall_server *server, struct traits traits, uint64_t vector,
				   struct socketcall_message *message)
{
	struct socketcall_segment *segment = scratch_of(server)->segments;
	const unsigned size = 2 * traits.word;
	unsigned char copy[16];
	uint64_t length;

	vector &= traits.last_address;
	if (RARELY(socketcall_beyond(server, vector, size) || read_as(server, traits, vector, copy, size) != size))
		return -SAME_EFAULT;
	length = word_read(traits, copy + traits.word);
	if (RARELY(length >> (8 * traits.word - 1)))
		return -SAME_EINVAL;
	segment->address = word_read(traits, copy) & traits.last_address;
	segment->size = length < MOST_BYTES ? length : MOST_BYTES;
	message->segments = segment;
	message->segment_count = 1;
	message->size = segment->size;
	return RARELY(socketcall_beyond(server, segment->address, segment->size)) ? -SAME_EFAULT : 0;
}

/* Reads `count` segments, as Linux' import_iovec(). Returns 0, -EMSGSIZE, -EINVAL or -EFAULT. */
static PART long segments_in(const struct socketcall_server *server, struct traits traits, uint64_t vector,
			     uint64_t count, struct socketcall_message *message)
{
	return RARELY(count != 1) ? socketcall_segments_in(server, vector, count, message)
				  : single_segment_in(server, traits, vector, message);
}

/* ---- The header -------------------------------------------------------------------------------------------------- */

struct header {
	uint64_t at;
	unsigned char bytes[56];
};

/* Does what socketcall_layout_read() does, but faster, for a struct msghdr: each member is in a word of its own, and
 * the two ints are in the first bytes of theirs. */
static PART uint64_t member(struct traits traits, const struct header *header, unsigned which)
{
	const unsigned char *bytes = header->bytes + (size_t)which * traits.word;

	return which == msghdr_namelen || which == msghdr_flags ? number_read(traits.swapped, bytes, 4)
								: word_read(traits, bytes);
}

static PART uint64_t address_member(struct traits traits, const struct header *header, unsigned which)
{
	return member(traits, header, which) & traits.last_address;
}

/* As Linux' copy_msghdr_from_user(). EBADF and ENOTSOCK come before its errors. Reads the name only if `sent`. */
static PART long header_in(const struct socketcall_server *server, struct traits traits, uint64_t address,
			   struct header *header, struct socketcall_message *message, bool sent)
{
	const size_t size = 7 * (size_t)traits.word;
	uint64_t name;
	long r;
	int length;

	header->at = address;
	if (RARELY(read_as(server, traits, address, header->bytes, size) != size))
		return -SAME_EFAULT;
	name = address_member(traits, header, msghdr_name);
	length = RARELY(name) ? (int)(uint32_t)member(traits, header, msghdr_namelen) : 0;
	if (RARELY(length < 0))
		return -SAME_EINVAL;
	if (sent && RARELY(length)) {
		message->name = &scratch_of(server)->name;
		r = socketcall_name_in(server, name, length < SOCKETCALL_NAME ? length : SOCKETCALL_NAME,
				       message->name);
		if (r)
			return r;
	}
	return segments_in(server, traits, member(traits, header, msghdr_iov), member(traits, header, msghdr_iovlen),
			   message);
}

/* 64-bit kernels set MSG_CMSG_COMPAT themselves for the messages of 32-bit programs. So a 64-bit program that sets it
 * gets EINVAL, and for a 32-bit program it changes nothing: it is removed. Returns 0 or -EINVAL. */
static PART long check_flags(struct traits traits, int *flags)
{
	if (traits.word == 8)
		return *flags & FLAG_CMSG_COMPAT ? -SAME_EINVAL : 0;
	*flags &= ~FLAG_CMSG_COMPAT;
	return 0;
}

/* ---- One message ------------------------------------------------------------------------------------------------- */

APART long socketcall_after_lookup(struct socketcall_server *server, int fd, long error)
{
	long r = server->backend->lookup ? server->backend->lookup(server, fd) : 0;

	return r ? r : error;
}

/* Parses a message to be sent. EBADF and ENOTSOCK come before its errors. */
static PART long sent_in(struct socketcall_server *server, struct traits traits, uint64_t address, int *flags,
			 struct socketcall_message *message)
{
	struct header header;
	uint64_t controls;
	long r = header_in(server, traits, address, &header, message, true);

	if (RARELY(r))
		return r;
	if (RARELY(message->vector))
		*flags |= (int)member(traits, &header, msghdr_flags) & FLAG_EOR;
	controls = member(traits, &header, msghdr_controllen);
	if (RARELY(controls > INT32_MAX))
		return -socketcall_errno_ENOBUFS;
	if (!controls)
		return 0;
	return socketcall_controls_in(server, address_member(traits, &header, msghdr_control), controls, message);
}

/* Returns the address of a member of the guest's header. */
static PART uint64_t place_of(struct traits traits, const struct header *header, unsigned which)
{
	return header->at + (uint64_t)which * traits.word;
}

/* Linux writes the flags before the length: in two pages, the flags may be written although the length can't. */
static APART long tail_out(struct socketcall_server *server, const struct header *header, uint64_t used, int flags)
{
	const struct traits traits = traits_of(server->arch);

	if (socketcall_put_number(server, place_of(traits, header, msghdr_flags), 4, (uint32_t)flags) ||
	    socketcall_put_number(server, place_of(traits, header, msghdr_controllen), traits.word, used))
		return -SAME_EFAULT;
	return 0;
}

/* Writes what came with a received message to the guest: control messages, the name, the flags. 0, or -errno. */
static PART long received_out(struct socketcall_server *server, struct traits traits, const struct header *header,
			      int flags, struct socketcall_message *message)
{
	const uint64_t used =
		socketcall_controls_out(server, address_member(traits, header, msghdr_control),
					member(traits, header, msghdr_controllen), flags & FLAG_CMSG_CLOEXEC, message);
	const uint64_t tail = place_of(traits, header, msghdr_controllen);
	const size_t size = traits.word + 4;
	unsigned char bytes[12];
	long r;

	if (RARELY(message->name)) {
		r = socketcall_name_out(server, message->name, address_member(traits, header, msghdr_name),
					place_of(traits, header, msghdr_namelen));
		if (r)
			return r;
	}
	message->flags |= flags & FLAG_CMSG_CLOEXEC;
	if (RARELY(!socketcall_in_one_page(tail, size)))
		return tail_out(server, header, used, message->flags);
	number_write(traits.swapped, bytes, traits.word, used);
	number_write(traits.swapped, bytes + traits.word, 4, (uint32_t)message->flags);
	return RARELY(write_as(server, traits, tail, bytes, size) != size) ? -SAME_EFAULT : 0;
}

/* The result of a resumed call: it had moved `before` bytes before it blocked, and its operation has now returned `r`.
 * If bytes have been moved, an error is dropped, as in Linux. */
static long total_moved(uint64_t before, long r)
{
	if (r == SOCKETCALL_WOULD_BLOCK || before == 0)
		return r;
	return (long)before + (r > 0 ? r : 0);
}

APART long socketcall_move_pending(struct socketcall_server *server, socketcall_move *move, int fd,
				   struct socketcall_message *message, int flags)
{
	uint64_t before = message->done = socketcall_moved_before(server);
	long r = move(server, fd, message, flags);

	if (r == SOCKETCALL_WOULD_BLOCK)
		server->pending->done = message->done;
	return total_moved(before, r);
}

/* sendmmsg and recvmmsg have looked up the descriptor before their first message, so there the message's own errors
 * come at once. */
static APART long refused(struct socketcall_server *server, int fd, const struct socketcall_message *message,
			  long error)
{
	return message->vector ? error : socketcall_after_lookup(server, fd, error);
}

static PART long send_message(struct socketcall_server *server, struct traits traits, int fd, uint64_t address,
			      int flags, struct socketcall_message *message)
{
	long r = sent_in(server, traits, address, &flags, message);

	if (RARELY(r))
		return refused(server, fd, message, r);
	return socketcall_message_send(server, fd, message, flags);
}

/* Linux has written the control messages before it failed. */
static APART long failed_out(struct socketcall_server *server, const struct header *header, int flags,
			     struct socketcall_message *message, long error)
{
	const struct traits traits = traits_of(server->arch);

	socketcall_controls_out(server, address_member(traits, header, msghdr_control),
				member(traits, header, msghdr_controllen), flags & FLAG_CMSG_CLOEXEC, message);
	return error;
}

static PART long receive_message(struct socketcall_server *server, struct traits traits, int fd, uint64_t address,
				 int flags, struct socketcall_message *message)
{
	struct header header;
	uint64_t controls;
	long r = header_in(server, traits, address, &header, message, false), out;

	if (RARELY(r))
		return refused(server, fd, message, r);
	if (RARELY(address_member(traits, &header, msghdr_name))) {
		message->name = &scratch_of(server)->name;
		message->name->length = 0;
	}
	message->wants_flags = 1;
	controls = member(traits, &header, msghdr_controllen);
	if (!address_member(traits, &header, msghdr_control))
		controls = 0;
	message->control_room = controls < SIZE_MAX ? (size_t)controls : SIZE_MAX; /* a 64-bit guest on a 32-bit host */
	r = socketcall_message_receive(server, fd, message, flags);
	if (RARELY(r < 0))
		return failed_out(server, &header, flags, message, r);
	out = received_out(server, traits, &header, flags, message);
	return RARELY(out) ? out : r;
}

/* For guests of any architecture. */
static __attribute__((__noinline__)) long send_any(struct socketcall_server *server, int fd, uint64_t address,
						   int flags, struct socketcall_message *message)
{
	return send_message(server, traits_of(server->arch), fd, address, flags, message);
}

static __attribute__((__noinline__)) long receive_any(struct socketcall_server *server, int fd, uint64_t address,
						      int flags, struct socketcall_message *message)
{
	return receive_message(server, traits_of(server->arch), fd, address, flags, message);
}

long socketcall_marshal_sendmsg(void *context, int fd, uint64_t address, int flags)
{
	struct socketcall_server *server = context;
	struct socketcall_message *message = &scratch_of(server)->message;
	long r = check_flags(traits_of(server->arch), &flags);

	if (RARELY(r))
		return r;
	socketcall_message_clear(message);
	if (server->arch->compat)
		return send_message(server, compat_traits(), fd, address, flags, message);
	return send_any(server, fd, address, flags, message);
}

long socketcall_marshal_recvmsg(void *context, int fd, uint64_t address, int flags)
{
	struct socketcall_server *server = context;
	struct socketcall_message message;
	long r = check_flags(traits_of(server->arch), &flags);

	if (RARELY(r))
		return r;
	socketcall_message_clear(&message);
	if (server->arch->compat)
		return receive_message(server, compat_traits(), fd, address, flags, &message);
	return receive_any(server, fd, address, flags, &message);
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
	long r = check_flags(traits_of(server->arch), &flags);

	if (!r)
		r = socketcall_after_lookup(server, fd, 0);
	count = count < MOST_MESSAGES ? count : MOST_MESSAGES;
	while (!r && sent < count) {
		struct socketcall_message message = { .vector = 1 };
		uint64_t address = message_at(server, messages, sent);

		r = send_any(server, fd, address, sent + 1 < count ? flags | FLAG_BATCH : flags, &message);
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

	return (int)header_in(server, traits_of(server->arch), address, &header, &message, false);
}

static void take_error_back(struct socketcall_server *server, int fd)
{
	if (server->backend->before_receiving)
		server->backend->before_receiving(server, fd, 0);
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
		r = receive_any(server, fd, address, flags & ~FLAG_WAITFORONE, &message);
		if (r >= 0)
			r = length_out(server, address, r);
		/* the kernel has stored the next message's error, but this one failed: so take the error back */
		if (r < 0 && message.kept)
			take_error_back(server, fd);
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
					take_error_back(server, fd);
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
	long r = check_flags(traits_of(server->arch), &flags);

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
