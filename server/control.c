/* SPDX-License-Identifier: MIT */
#include "server/guest.h"

/* Names and numbers of SOL_SOCKET's options, for the rows of abi/values.def. */
enum {
#define SIGSET(bytes)
#define TYPE(name, value)
#define OPTION(name, value) name = socketcall_option_##name,
#include "abi/options/generic.def"
#undef SIGSET
#undef TYPE
#undef OPTION
};

#define KEY(level, type) ((uint64_t)(uint32_t)(level) << 32 | (uint32_t)(type))

enum structure socketcall_control_structure(int level, int type)
{
	if (level == SOL_SOCKET && type == SCM_RIGHTS) /* the most frequent, so asked first */
		return STRUCTURE_number;
	switch (KEY(level, type)) {
#define CONTROL(level, type, structure)                                                                                \
	case KEY(level, type):                                                                                         \
		return STRUCTURE_##structure;
#include "abi/values.def"
	default:
		return STRUCTURE_bytes;
	}
}

/* ---- From the guest ---------------------------------------------------------------------------------------------- */

struct header {
	uint64_t length; /* of the header and the data */
	int level, type;
};

static size_t header_size(const struct socketcall_server *server)
{
	return server->arch->guest.word == 4 ? 12 : 16;
}

static uint64_t aligned(const struct socketcall_server *server, uint64_t length)
{
	uint64_t word = server->arch->guest.word;

	return (length + word - 1) & ~(word - 1);
}

static void header_read(const struct socketcall_server *server, const unsigned char *bytes, struct header *header)
{
	unsigned word = server->arch->guest.word;

	header->length = socketcall_word_read(server->arch, bytes);
	header->level = (int)(uint32_t)socketcall_number_read(server->arch, bytes + word, 4);
	header->type = (int)(uint32_t)socketcall_number_read(server->arch, bytes + word + 4, 4);
}

/* Appends a message to message->controls, and its data to the scratch. `data` has `size` bytes in the guest's layout.
 * *used is how much of the scratch is full. Returns 0 or -ENOBUFS. */
static long append(const struct socketcall_server *server, struct socketcall_message *message, struct header *header,
		   const unsigned char *data, size_t size, size_t *used)
{
	const struct socketcall_arch *here = socketcall_arch_here();
	struct scratch *scratch = scratch_of(server);
	unsigned char *to = scratch->here.control + *used;
	size_t room = sizeof scratch->here.control - *used;
	enum structure structure;

	if (*used + 16 * ((size_t)message->control_count + 1) > SOCKETCALL_CONTROL)
		return -socketcall_errno_ENOBUFS;
	socketcall_control_in(server->arch, &header->level, &header->type);
	structure = socketcall_control_structure(header->level, header->type);
	if (socketcall_layout_same(server->arch, here, structure)) {
		if (size > room)
			return -socketcall_errno_ENOBUFS;
		socketcall_copy(to, data, size);
	} else {
		size = socketcall_layout_convert(structure, server->arch, data, size, here, to, room);
		if (size == room)
			return -socketcall_errno_ENOBUFS;
	}
	scratch->controls[message->control_count++] =
		(struct socketcall_control){ header->level, header->type, to, size };
	*used += (size + 7) & ~(size_t)7;
	return *used + 16 * (size_t)message->control_count > SOCKETCALL_CONTROL ? -socketcall_errno_ENOBUFS : 0;
}

/* A copy of the guest's control data. It lies in the room for messages' bytes, which is free before those are moved. */
static unsigned char *copy_of(const struct socketcall_server *server)
{
	return (unsigned char *)(scratch_of(server) + 1);
}

/*
 * The error for control data that has no room here. Linux answers it without reading data that is longer than
 * net.core.optmem_max. Shorter data it reads first, so unmapped memory is -EFAULT.
 */
static long too_long_error(const struct socketcall_server *server, uint64_t address, uint64_t size, long error)
{
	enum { OPTMEM_MAX = 128 * 1024 }; /* net.core.optmem_max, unless it has been set */

	if (size > OPTMEM_MAX)
		return error;
	for (uint64_t at = 0; at < size; at += SOCKETCALL_CONTROL) {
		size_t part = size - at < SOCKETCALL_CONTROL ? (size_t)(size - at) : SOCKETCALL_CONTROL;

		if (socketcall_get(server, address + at, copy_of(server), part))
			return -SAME_EFAULT;
	}
	return error;
}

/*
 * For 64-bit guests: Linux copies all control data, and the protocol then finds malformed messages. Bytes behind the
 * last message that are too few for a header are ignored.
 */
static long wide_in(const struct socketcall_server *server, uint64_t address, size_t size,
		    struct socketcall_message *message)
{
	unsigned char *copy = copy_of(server);
	size_t used = 0, at = 0;

	if (size > SOCKETCALL_CONTROL)
		return too_long_error(server, address, size, -socketcall_errno_ENOBUFS);
	if (socketcall_get(server, address, copy, size))
		return -SAME_EFAULT;
	while (size - at >= 16) {
		struct header header;
		long r;

		header_read(server, copy + at, &header);
		if (header.length < 16 || header.length > size - at) {
			scratch_of(server)->controls[message->control_count++] =
				(struct socketcall_control){ header.level, header.type, NULL, SIZE_MAX };
			return 0;
		}
		r = append(server, message, &header, copy + at + 16, (size_t)header.length - 16, &used);
		if (r)
			return r;
		at += (size_t)aligned(server, header.length);
		if (at >= size)
			break;
	}
	return 0;
}

/*
 * For 32-bit guests, as a 64-bit kernel does it (net/compat.c): first it reads the lengths of all messages, and then
 * copies message by message. It reads only the bytes that the lengths cover. A byte behind the last message counts as
 * another message, whose length is wrong.
 */
static long narrow_in(const struct socketcall_server *server, uint64_t address, uint64_t size,
		      struct socketcall_message *message)
{
	unsigned char *copy = copy_of(server);
	size_t limit = size < SOCKETCALL_CONTROL ? (size_t)size : SOCKETCALL_CONTROL, used = 0;
	size_t there = address ? socketcall_read(server, address, copy, limit) : 0;
	uint64_t at, length;
	bool fits = true;

	if (size < 12 || !address) /* there is no first message */
		return -SAME_EINVAL;
	for (at = 0; at < size; at += aligned(server, length)) {
		unsigned char word[4];

		if (at + 4 <= there)
			__builtin_memcpy(word, copy + at, 4);
		else if (at + 4 <= limit || socketcall_get(server, address + at, word, 4))
			return -SAME_EFAULT;
		length = socketcall_number_read(server->arch, word, 4);
		if (length < 12 || length > size - at)
			return -SAME_EINVAL;
		if (at + length > limit)
			fits = false;
		if (!fits && at > SOCKETCALL_CONTROL)
			break;
	}
	if (!fits)
		return too_long_error(server, address, size, -SAME_ENOMEM);
	for (at = 0; at < size; at += aligned(server, length)) {
		struct header header;
		long r;

		if (at + 12 > there)
			return -SAME_EFAULT;
		header_read(server, copy + at, &header);
		length = header.length;
		if (at + length > there)
			return -SAME_EFAULT;
		r = append(server, message, &header, copy + at + 12, (size_t)length - 12, &used);
		if (r)
			return -SAME_ENOMEM;
	}
	return 0;
}

long socketcall_controls_in(const struct socketcall_server *server, uint64_t address, uint64_t size,
			    struct socketcall_message *message)
{
	message->controls = scratch_of(server)->controls;
	message->control_count = 0;
	return server->arch->guest.word == 4 ? narrow_in(server, address, size, message)
					     : wide_in(server, address, (size_t)size, message);
}

/* ---- To the guest ------------------------------------------------------------------------------------------------ */

/* The part of the guest's control data that is still free. */
struct room {
	struct socketcall_server *server;
	uint64_t address, left; /* the guest's address, and how many bytes */
	int cloexec;            /* MSG_CMSG_CLOEXEC: received descriptors are close-on-exec */
	int *flags;             /* gets MSG_CTRUNC */
};

static void advance(struct room *room, uint64_t size)
{
	uint64_t space = aligned(room->server, size);

	space = space < room->left ? space : room->left;
	room->address += space;
	room->left -= space;
}

/*
 * Writes a message. For 64-bit guests Linux writes it in steps of up to 8 bytes, each wholly or not at all
 * (unsafe_copy_to_user()). The guest sees the steps if writable memory ends inside of the message.
 */
static long write_message(const struct socketcall_server *server, uint64_t address, const unsigned char *bytes,
			  size_t size)
{
	size_t at = 0, step;

	if (server->arch->guest.word == 4 || (address ^ (address + size - 1)) / SMALLEST_PAGE == 0)
		return socketcall_put(server, address, bytes, size);
	/* the length, the level, the type */
	for (step = 8; at < 16; at += step, step = 4)
		if (socketcall_put_whole(server, address + at, bytes + at, step))
			return -SAME_EFAULT;
	for (step = 8; step; step /= 2)
		for (; size - at >= step; at += step)
			if (socketcall_put_whole(server, address + at, bytes + at, step))
				return -SAME_EFAULT;
	return 0;
}

static void header_write(const struct socketcall_server *server, unsigned char *bytes, uint64_t length, uint32_t level,
			 uint32_t type)
{
	unsigned word = server->arch->guest.word;

	socketcall_number_write(server->arch, bytes, word, length);
	socketcall_number_write(server->arch, bytes + word, 4, level);
	socketcall_number_write(server->arch, bytes + word + 4, 4, type);
}

/* Linux' put_cmsg(): writes as much of a message as there is room for. Returns false if there is no room, or if the
 * write fails; then the next message takes its place. */
static bool put(struct room *room, int level, int type, const unsigned char *data, size_t size)
{
	const struct socketcall_server *server = room->server;
	size_t header = header_size(server), whole = header + size, length = whole;
	unsigned char *bytes = copy_of(server);

	if (!room->address || room->left < header) {
		*room->flags |= FLAG_CTRUNC;
		return false;
	}
	if (room->left < whole) {
		*room->flags |= FLAG_CTRUNC;
		length = (size_t)room->left;
	}
	socketcall_control_out(server->arch, &level, &type);
	header_write(server, bytes, length, (uint32_t)level, (uint32_t)type);
	socketcall_copy(bytes + header, data, length - header);
	if (write_message(server, room->address, bytes, length))
		return false;
	advance(room, whole);
	return true;
}

/* Makes a received descriptor the guest's, and writes its number to `address`. Returns false if one of the two
 * fails. */
static bool put_descriptor(const struct room *room, uint64_t address, long handle)
{
	struct socketcall_server *server = room->server;
	const struct socketcall_backend *backend = server->backend;
	struct socketcall_made made = { handle, -1 };
	int flags = room->cloexec ? (int)socketcall_type_SOCK_CLOEXEC : 0;
	long number;

	if (backend->reserve && backend->reserve(server, &made) < 0) {
		backend->drop(server, &made);
		return false;
	}
	if (made.number >= 0) {
		if (socketcall_put_number(server, address, 4, (uint32_t)made.number)) {
			backend->drop(server, &made);
			return false;
		}
		return backend->install(server, &made, flags) >= 0;
	}
	number = backend->install(server, &made, flags);
	return number >= 0 && !socketcall_put_number(server, address, 4, (uint32_t)number);
}

static void drop_received(struct socketcall_server *server, long handle)
{
	const struct socketcall_made made = { handle, -1 };

	server->backend->drop(server, &made);
}

/* Linux' scm_detach_fds(): the descriptors for which there is room become the guest's, the others are closed. */
static void put_rights(struct room *room, const int *handles, size_t count)
{
	const struct socketcall_server *server = room->server;
	size_t header = header_size(server), fits = 0, done = 0;
	unsigned char bytes[16];

	if (room->left > header) { /* scm_max_fds() is an int, and none fit if it is negative */
		int32_t most = (int32_t)(uint32_t)((room->left - header) / sizeof(int));

		fits = most > 0 ? (size_t)most : 0;
	}
	while (done < count && done < fits && put_descriptor(room, room->address + header + 4 * done, handles[done]))
		done++;
	/* put_descriptor() has closed the one that failed, if one did */
	for (size_t i = done + (done < count && done < fits); i < count; i++)
		drop_received(room->server, handles[i]);
	if (done < count)
		*room->flags |= FLAG_CTRUNC;
	if (!done)
		return;
	/* Linux' order, which shows only where a page ends inside the header. If one of these can't be written, Linux
	 * doesn't count the message, so the next one overwrites it. */
	if (socketcall_in_one_page(room->address, header)) {
		header_write(server, bytes, header + 4 * done, socketcall_sol_socket_out(server->arch), SCM_RIGHTS);
		if (!socketcall_put(server, room->address, bytes, header))
			advance(room, header + 4 * done);
		return;
	}
	if (!socketcall_put_number(server, room->address + header - 8, 4, socketcall_sol_socket_out(server->arch)) &&
	    !socketcall_put_number(server, room->address + header - 4, 4, SCM_RIGHTS) &&
	    !socketcall_put_number(server, room->address, server->arch->guest.word, header + 4 * done))
		advance(room, header + 4 * done);
}

/* Linux' scm_pidfd_recv(): without room for the whole message, the pidfd is closed. */
static void put_pidfd(struct room *room, int handle)
{
	uint64_t header = header_size(room->server), address = room->address;
	static const unsigned char none[4];

	if (!room->address || room->left < header + sizeof none) {
		*room->flags |= FLAG_CTRUNC;
		drop_received(room->server, handle);
		return;
	}
	if (!put(room, socketcall_option_SOL_SOCKET, SCM_PIDFD, none, sizeof none)) {
		drop_received(room->server, handle);
		return;
	}
	put_descriptor(room, address + header, handle);
}

static void put_control(struct room *room, const struct socketcall_control *control)
{
	const struct socketcall_server *server = room->server;
	const struct socketcall_arch *here = socketcall_arch_here();
	enum structure structure = socketcall_control_structure(control->level, control->type);
	unsigned char *converted = copy_of(server) + SOCKETCALL_CONTROL + 16;
	bool ours = control->level == (int)socketcall_option_SOL_SOCKET;
	size_t size = control->size;

	if (ours && control->type == SCM_RIGHTS) {
		put_rights(room, control->data, size / sizeof(int));
		return;
	}
	if (ours && control->type == SCM_PIDFD && size == sizeof(int)) {
		put_pidfd(room, *(const int *)control->data);
		return;
	}
	if (socketcall_layout_same(here, server->arch, structure)) {
		put(room, control->level, control->type, control->data, size);
		return;
	}
	size = socketcall_layout_convert(structure, here, control->data, size, server->arch, converted,
					 SOCKETCALL_CONTROL);
	put(room, control->level, control->type, converted, size);
}

uint64_t socketcall_controls_out(struct socketcall_server *server, uint64_t address, uint64_t size, int cloexec,
				 struct socketcall_message *message)
{
	struct room room = { server, address, size, cloexec, &message->flags };

	for (unsigned i = 0; i < message->control_count; i++)
		put_control(&room, &message->controls[i]);
	return size - room.left;
}
