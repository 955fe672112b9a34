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

static PART unsigned header_size(struct traits traits)
{
	return traits.word == 4 ? 12 : 16;
}

static PART uint64_t aligned(struct traits traits, uint64_t length)
{
	return (length + traits.word - 1) & ~(uint64_t)(traits.word - 1);
}

static PART void header_read(struct traits traits, const unsigned char *bytes, struct header *header)
{
	header->length = word_read(traits, bytes);
	header->level = (int)(uint32_t)number_read(traits.swapped, bytes + traits.word, 4);
	header->type = (int)(uint32_t)number_read(traits.swapped, bytes + traits.word + 4, 4);
}

/* SCM_RIGHTS is the most frequent control message, so it has a way of its own, on which it is an array of numbers. */
static PART bool is_rights(int level, int type)
{
	return level == SOL_SOCKET && type == SCM_RIGHTS;
}

/* Copies a control message's data in the layout of here. Returns its size, or SIZE_MAX if there is too little room. */
static APART size_t data_in(const struct socketcall_server *server, const struct header *header,
			    const unsigned char *data, size_t size, unsigned char *to, size_t room)
{
	const struct socketcall_arch *here = socketcall_arch_here();
	enum structure structure = socketcall_control_structure(header->level, header->type);

	if (socketcall_layout_same(server->arch, here, structure)) {
		if (size > room)
			return SIZE_MAX;
		socketcall_copy(to, data, size);
		return size;
	}
	size = socketcall_layout_convert(structure, server->arch, data, size, here, to, room);
	return size == room ? SIZE_MAX : size;
}

/* Appends a message to message->controls, and its data to the scratch. `data` has `size` bytes in the guest's layout.
 * *used is how much of the scratch is full. Returns 0 or -ENOBUFS. */
static PART long append(const struct socketcall_server *server, struct traits traits,
			struct socketcall_message *message, struct header *header, const unsigned char *data,
			size_t size, size_t *used)
{
	struct scratch *scratch = scratch_of(server);
	unsigned char *to = scratch->here.control + *used;
	size_t room = sizeof scratch->here.control - *used;

	if (RARELY(*used + 16 * ((size_t)message->control_count + 1) > SOCKETCALL_CONTROL))
		return -socketcall_errno_ENOBUFS;
	if (!traits.same_options)
		socketcall_control_in(server->arch, &header->level, &header->type);
	if (RARELY(traits.swapped || size > room || !is_rights(header->level, header->type)))
		size = data_in(server, header, data, size, to, room);
	else
		socketcall_copy(to, data, size);
	if (RARELY(size == SIZE_MAX))
		return -socketcall_errno_ENOBUFS;
	scratch->controls[message->control_count++] =
		(struct socketcall_control){ header->level, header->type, to, size };
	*used += (size + 7) & ~(size_t)7;
	return RARELY(*used + 16 * (size_t)message->control_count > SOCKETCALL_CONTROL) ? -socketcall_errno_ENOBUFS : 0;
}

/* A copy of the guest's control data. It lies in the room for messages' bytes, which is free before those are moved. */
static unsigned char *copy_of(const struct socketcall_server *server)
{
	return socketcall_room_of(server);
}

/*
 * The error for control data that has no room here. Linux answers it without reading data that is longer than
 * net.core.optmem_max. Shorter data it reads first, so unmapped memory is -EFAULT.
 */
static APART long too_long_error(const struct socketcall_server *server, uint64_t address, uint64_t size, long error)
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
static __attribute__((__noinline__)) long wide_in(const struct socketcall_server *server, uint64_t address, size_t size,
						  struct socketcall_message *message)
{
	const struct traits traits = traits_of(server->arch);
	unsigned char *copy = copy_of(server);
	size_t used = 0, at = 0;

	if (size > SOCKETCALL_CONTROL)
		return too_long_error(server, address, size, -socketcall_errno_ENOBUFS);
	if (socketcall_get(server, address, copy, size))
		return -SAME_EFAULT;
	while (size - at >= 16) {
		struct header header;
		long r;

		header_read(traits, copy + at, &header);
		if (header.length < 16 || header.length > size - at) {
			scratch_of(server)->controls[message->control_count++] =
				(struct socketcall_control){ header.level, header.type, NULL, SIZE_MAX };
			return 0;
		}
		r = append(server, traits, message, &header, copy + at + 16, (size_t)header.length - 16, &used);
		if (r)
			return r;
		at += (size_t)aligned(traits, header.length);
		if (at >= size)
			break;
	}
	return 0;
}

/* Does what narrow_in() does, if the control data isn't one message. `there` bytes of it are in copy_of(server). */
static APART long several_in(const struct socketcall_server *server, uint64_t address, uint64_t size, size_t there,
			     struct socketcall_message *message)
{
	const struct traits traits = traits_of(server->arch);
	unsigned char *copy = copy_of(server);
	size_t limit = size < SOCKETCALL_CONTROL ? (size_t)size : SOCKETCALL_CONTROL, used = 0;
	uint64_t at, length;
	bool fits = true;

	for (at = 0; at < size; at += aligned(traits, length)) {
		unsigned char word[4];

		if (at + 4 <= there)
			__builtin_memcpy(word, copy + at, 4);
		else if (at + 4 <= limit || socketcall_get(server, address + at, word, 4))
			return -SAME_EFAULT;
		length = number_read(traits.swapped, word, 4);
		if (length < 12 || length > size - at)
			return -SAME_EINVAL;
		if (at + length > limit)
			fits = false;
		if (!fits && at > SOCKETCALL_CONTROL)
			break;
	}
	if (!fits)
		return too_long_error(server, address, size, -SAME_ENOMEM);
	for (at = 0; at < size; at += aligned(traits, length)) {
		struct header header;

		if (at + 12 > there)
			return -SAME_EFAULT;
		header_read(traits, copy + at, &header);
		length = header.length;
		if (at + length > there)
			return -SAME_EFAULT;
		if (append(server, traits, message, &header, copy + at + 12, (size_t)length - 12, &used))
			return -SAME_ENOMEM;
	}
	return 0;
}

/*
 * For 32-bit guests, as a 64-bit kernel does it (net/compat.c): first it reads the lengths of all messages, and then
 * copies message by message. It reads only the bytes that the lengths cover. A byte behind the last message counts as
 * another message, whose length is wrong.
 */
static PART long narrow_in(const struct socketcall_server *server, struct traits traits, uint64_t address,
			   uint64_t size, struct socketcall_message *message)
{
	unsigned char *copy = copy_of(server);
	size_t limit = size < SOCKETCALL_CONTROL ? (size_t)size : SOCKETCALL_CONTROL, there, used = 0;
	struct header header;

	if (RARELY(size < 12 || !address)) /* there is no first message */
		return -SAME_EINVAL;
	there = read_as(server, traits, address, copy, limit);
	header_read(traits, copy, &header);
	if (RARELY(there != size || header.length - 12 > size - 12 || aligned(traits, header.length) < size))
		return several_in(server, address, size, there, message);
	return RARELY(append(server, traits, message, &header, copy + 12, (size_t)header.length - 12, &used))
		       ? -SAME_ENOMEM
		       : 0;
}

static __attribute__((__noinline__)) long narrow_in_any(const struct socketcall_server *server, uint64_t address,
							uint64_t size, struct socketcall_message *message)
{
	return narrow_in(server, traits_of(server->arch), address, size, message);
}

long socketcall_controls_in(const struct socketcall_server *server, uint64_t address, uint64_t size,
			    struct socketcall_message *message)
{
	message->controls = scratch_of(server)->controls;
	message->control_count = 0;
	if (server->arch->compat)
		return narrow_in(server, compat_traits(), address, size, message);
	return server->arch->guest.word == 4 ? narrow_in_any(server, address, size, message)
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

/* Returns how much of a room of `left` bytes a message of `size` bytes takes. */
static PART uint64_t taken_by(struct traits traits, uint64_t size, uint64_t left)
{
	uint64_t space = aligned(traits, size);

	return space < left ? space : left;
}

static void advance(struct room *room, uint64_t size)
{
	uint64_t space = taken_by(traits_of(room->server->arch), size, room->left);

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

static PART void header_write(struct traits traits, unsigned char *bytes, uint64_t length, uint32_t level,
			      uint32_t type)
{
	number_write(traits.swapped, bytes, traits.word, length);
	number_write(traits.swapped, bytes + traits.word, 4, level);
	number_write(traits.swapped, bytes + traits.word + 4, 4, type);
}

/* Linux' put_cmsg(): writes as much of a message as there is room for. Returns false if there is no room, or if the
 * write fails; then the next message takes its place. */
static bool put(struct room *room, int level, int type, const unsigned char *data, size_t size)
{
	const struct socketcall_server *server = room->server;
	const struct traits traits = traits_of(server->arch);
	size_t header = header_size(traits), whole = header + size, length = whole;
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
	header_write(traits, bytes, length, (uint32_t)level, (uint32_t)type);
	socketcall_copy(bytes + header, data, length - header);
	if (write_message(server, room->address, bytes, length))
		return false;
	advance(room, whole);
	return true;
}

/* Makes a received descriptor the guest's, and writes its number to `address`. Returns false if one of the two
 * fails. */
static PART bool put_descriptor(struct socketcall_server *server, struct traits traits, uint64_t address, long handle,
				int cloexec)
{
	const struct socketcall_backend *backend = server->backend;
	struct socketcall_made made = { handle, -1 };
	int flags = RARELY(cloexec) ? (int)socketcall_type_SOCK_CLOEXEC : 0;
	long number;

	if (backend->reserve && RARELY(backend->reserve(server, &made) < 0)) {
		backend->drop(server, &made);
		return false;
	}
	if (RARELY(made.number < 0)) {
		number = backend->install(server, &made, flags);
		return number >= 0 && !put_int(server, traits, address, (uint32_t)number);
	}
	if (RARELY(put_int(server, traits, address, (uint32_t)made.number))) {
		backend->drop(server, &made);
		return false;
	}
	return backend->install(server, &made, flags) >= 0;
}

/* Puts descriptors behind the first one, up to `most`. Returns how many there are then. */
static APART size_t put_more(struct socketcall_server *server, uint64_t address, const int *handles, size_t most,
			     int cloexec)
{
	size_t done = 1;

	while (done < most &&
	       put_descriptor(server, traits_of(server->arch), address + 4 * done, handles[done], cloexec))
		done++;
	return done;
}

static APART void drop_received(struct socketcall_server *server, const int *handles, size_t count)
{
	for (size_t i = 0; i < count; i++)
		server->backend->drop(server, &(struct socketcall_made){ handles[i], -1 });
}

/* Writes SCM_RIGHTS' header in Linux' order, which shows only where a page ends inside the header. */
static APART bool put_rights_header(struct socketcall_server *server, uint64_t address, uint64_t length)
{
	size_t header = header_size(traits_of(server->arch));
	uint32_t level = socketcall_sol_socket_out(server->arch);

	return !socketcall_put_number(server, address + header - 8, 4, level) &&
	       !socketcall_put_number(server, address + header - 4, 4, SCM_RIGHTS) &&
	       !socketcall_put_number(server, address, server->arch->guest.word, length);
}

/* Linux' scm_detach_fds(): the descriptors for which there is room become the guest's, the others are closed. Returns
 * the size of the message that was written; 0 if there is none. */
static PART uint64_t put_rights(struct socketcall_server *server, struct traits traits, uint64_t address, uint64_t left,
				int cloexec, const struct socketcall_control *control, int *flags)
{
	const unsigned header = header_size(traits);
	const int *handles = control->data;
	const size_t count = control->size / sizeof(int);
	size_t fits = 0, done = 0;
	unsigned char bytes[16];
	bool whole;

	if (left > header) { /* scm_max_fds() is an int, and none fit if it is negative */
		int32_t most = (int32_t)(uint32_t)((left - header) / sizeof(int));

		fits = most > 0 ? (size_t)most : 0;
	}
	fits = count < fits ? count : fits;
	if (fits && !RARELY(!put_descriptor(server, traits, address + header, handles[0], cloexec)))
		done = RARELY(fits > 1) ? put_more(server, address + header, handles, fits, cloexec) : 1;
	if (RARELY(done < count)) {
		size_t closed = done + (done < fits); /* put_descriptor() has closed the one that failed, if one did */

		drop_received(server, handles + closed, count - closed);
		*flags |= FLAG_CTRUNC;
	}
	if (RARELY(!done))
		return 0;
	/* If the header can't be written, Linux doesn't count the message, so the next one overwrites it. */
	header_write(traits, bytes, header + 4 * done,
		     traits.same_options ? (uint32_t)SOL_SOCKET : socketcall_sol_socket_out(server->arch), SCM_RIGHTS);
	whole = RARELY(!socketcall_in_one_page(address, header))
			? put_rights_header(server, address, header + 4 * done)
			: write_as(server, traits, address, bytes, header) == header;
	return RARELY(!whole) ? 0 : header + 4 * done;
}

static __attribute__((__noinline__)) uint64_t put_rights_any(struct socketcall_server *server, uint64_t address,
							     uint64_t left, int cloexec,
							     const struct socketcall_control *control, int *flags)
{
	return put_rights(server, traits_of(server->arch), address, left, cloexec, control, flags);
}

/* Linux' scm_pidfd_recv(): without room for the whole message, the pidfd is closed. */
static void put_pidfd(struct room *room, int handle)
{
	const struct traits traits = traits_of(room->server->arch);
	uint64_t header = header_size(traits), address = room->address;
	static const unsigned char none[4];

	if (!room->address || room->left < header + sizeof none) {
		*room->flags |= FLAG_CTRUNC;
		drop_received(room->server, &handle, 1);
		return;
	}
	if (!put(room, socketcall_option_SOL_SOCKET, SCM_PIDFD, none, sizeof none)) {
		drop_received(room->server, &handle, 1);
		return;
	}
	put_descriptor(room->server, traits, address + header, handle, room->cloexec);
}

/* Writes any message but SCM_RIGHTS. */
static APART void put_other(struct room *room, const struct socketcall_control *control)
{
	const struct socketcall_server *server = room->server;
	const struct socketcall_arch *here = socketcall_arch_here();
	enum structure structure = socketcall_control_structure(control->level, control->type);
	unsigned char *converted = copy_of(server) + SOCKETCALL_CONTROL + 16;
	size_t size = control->size;

	if (control->level == SOL_SOCKET && control->type == SCM_PIDFD && size == sizeof(int)) {
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

static APART uint64_t put_several(struct socketcall_server *server, uint64_t address, uint64_t size, int cloexec,
				  struct socketcall_message *message)
{
	struct room room = { server, address, size, cloexec, &message->flags };

	for (unsigned i = 0; i < message->control_count; i++) {
		const struct socketcall_control *control = &message->controls[i];

		if (is_rights(control->level, control->type))
			advance(&room,
				put_rights_any(server, room.address, room.left, cloexec, control, &message->flags));
		else
			put_other(&room, control);
	}
	return size - room.left;
}

uint64_t socketcall_controls_out(struct socketcall_server *server, uint64_t address, uint64_t size, int cloexec,
				 struct socketcall_message *message)
{
	const struct socketcall_control *control = message->controls;
	uint64_t length;

	if (!message->control_count)
		return 0;
	if (RARELY(message->control_count > 1 || !is_rights(control->level, control->type)))
		return put_several(server, address, size, cloexec, message);
	if (!server->arch->compat) {
		length = put_rights_any(server, address, size, cloexec, control, &message->flags);
		return taken_by(traits_of(server->arch), length, size);
	}
	length = put_rights(server, compat_traits(), address, size, cloexec, control, &message->flags);
	return taken_by(compat_traits(), length, size);
}
