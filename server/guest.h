/* SPDX-License-Identifier: MIT
 *
 * What the files of marshal share: architectures' numbers and structures (arch.c, layout.c), the guest's memory
 * (memory.c), sockets' names (names.c), control messages (control.c), messages (messages.c).
 */
#ifndef SERVER_GUEST_H
#define SERVER_GUEST_H

#include <stdbool.h>

#include "abi/native.h"
#include "server/memory.h"

/* Errors that have the same number on every architecture; the others are socketcall_errno_NAME. */
enum {
	SAME_EINTR = 4,
	SAME_EBADF = 9,
	SAME_ENOMEM = 12,
	SAME_EFAULT = 14,
	SAME_EINVAL = 22,
};

/* MSG_* and the like, include/linux/socket.h: the same on every architecture. */
enum {
	FLAG_OOB = 0x1,
	FLAG_CTRUNC = 0x8,
	FLAG_PROBE = 0x10,
	FLAG_DONTWAIT = 0x40,
	FLAG_EOR = 0x80,
	FLAG_WAITALL = 0x100,
	FLAG_ERRQUEUE = 0x2000,
	FLAG_WAITFORONE = 0x10000,
	FLAG_BATCH = 0x40000,
	FLAG_CMSG_CLOEXEC = 0x40000000,
	FLAG_CMSG_COMPAT = (int)0x80000000u,
	TYPE_MASK = 0xf,         /* SOCK_TYPE_MASK */
	MOST_BYTES = 0x7ffff000, /* MAX_RW_COUNT, of pages of 4096 bytes */
	SMALLEST_PAGE = 4096
};
/* The control messages of SOL_SOCKET that don't have the number of an option. */
enum { SCM_RIGHTS = 1, SCM_CREDENTIALS, SCM_SECURITY, SCM_PIDFD };

enum structure {
#define STRUCTURE(name) STRUCTURE_##name,
#define FIELD(structure, member, kind, count)
#include "abi/structures.def"
#undef STRUCTURE
#undef FIELD
};

/* The members of a structure: indexes into the array that socketcall_layout_read() fills. */
enum {
#define STRUCTURE(name)                       FIELDS_OF_##name##_, FIELDS_OF_##name = -1,
#define FIELD(structure, member, kind, count) structure##_##member,
#include "abi/structures.def"
#undef STRUCTURE
#undef FIELD
};

#pragma GCC visibility push(hidden)

/* In the functions' names, _in is from the guest to here, and _out from here to the guest. */

/* ---- arch.c: numbers --------------------------------------------------------------------------------------------- */

/* Converts a call's result: errors get the guest's numbers. */
long socketcall_error_out(const struct socketcall_arch *arch, long result);
/* The same for a positive errno. */
uint32_t socketcall_errno_out(const struct socketcall_arch *arch, uint32_t number);

/* Convert a socket's type with its flags, or accept4's flags. An unknown flag becomes one that no kernel accepts. */
int socketcall_type_in(const struct socketcall_arch *arch, int type);
uint32_t socketcall_type_out(const struct socketcall_arch *arch, uint32_t type);

/* Converts an option's level and number. An option that doesn't exist here becomes a number that no family has. */
void socketcall_option_in(const struct socketcall_arch *arch, int *level, int *option);
/* Convert a control message's level and type. */
void socketcall_control_in(const struct socketcall_arch *arch, int *level, int *type);
void socketcall_control_out(const struct socketcall_arch *arch, int *level, int *type);

/* Returns the guest's number for SOL_SOCKET. */
uint32_t socketcall_sol_socket_out(const struct socketcall_arch *arch);

/* ---- layout.c: structures ---------------------------------------------------------------------------------------- */

size_t socketcall_layout_size(const struct socketcall_arch *arch, enum structure structure);
/* True if both architectures have the same layout of the structure, and the same numbers in it. */
bool socketcall_layout_compared(const struct socketcall_arch *a, const struct socketcall_arch *b,
				enum structure structure);
static inline bool socketcall_layout_same(const struct socketcall_arch *a, const struct socketcall_arch *b,
					  enum structure structure)
{
	if (structure == STRUCTURE_number || structure == STRUCTURE_bytes)
		return structure == STRUCTURE_bytes || a->guest.order == b->guest.order;
	return (a->here && b->here) || socketcall_layout_compared(a, b, structure);
}

/*
 * Converts `size` bytes at `in`, a structure in the layout of `from`, to the layout of `to`. Padding becomes 0. Stops
 * at the end of the bytes or of the room, and returns how many bytes it has written. Bytes behind the structure are
 * converted as repetitions of its last member; a rest that isn't a whole member is copied.
 */
size_t socketcall_layout_convert(enum structure structure, const struct socketcall_arch *from, const void *in,
				 size_t size, const struct socketcall_arch *to, void *out, size_t room);

/* Reads all members of the structure at `bytes`, which must be numbers, into an array. */
void socketcall_layout_read(const struct socketcall_arch *arch, enum structure structure, const void *bytes,
			    uint64_t *members);

/* Returns the structure of a socket's address, which its first member, the family, tells. */
enum structure socketcall_address_structure(const struct socketcall_arch *arch, const void *bytes, size_t size);

/* True if the architecture's byte order isn't that of here. */
static inline bool is_swapped(const struct socketcall_arch *arch)
{
	return (arch->guest.order == SOCKETCALL_BIG) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

/*
 * What the most frequent calls have to know of the guest's architecture. Such a call is compiled twice, of the same
 * PARTs: for architectures whose arch->compat is set, as i386 on x86_64, with constant traits, so that no code tests
 * them; and for any architecture, with traits_of(arch).
 */
struct traits {
	unsigned word;
	bool swapped, same_numbers, same_options;
	uint64_t last_address;
};

static PART struct traits traits_of(const struct socketcall_arch *arch)
{
	return (struct traits){ arch->guest.word, is_swapped(arch), arch->same_numbers, arch->same_options,
				arch->last_address };
}

static PART struct traits compat_traits(void)
{
	return (struct traits){ 4, false, true, true, UINT32_MAX };
}

/* Reads a number of `size` bytes: 2, 4 or 8. */
static inline uint64_t number_read(bool swapped, const void *bytes, unsigned size)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (size) {
	case sizeof two:
		__builtin_memcpy(&two, bytes, sizeof two);
		return swapped ? __builtin_bswap16(two) : two;
	case sizeof four:
		__builtin_memcpy(&four, bytes, sizeof four);
		return swapped ? __builtin_bswap32(four) : four;
	default:
		__builtin_memcpy(&eight, bytes, sizeof eight);
		return swapped ? __builtin_bswap64(eight) : eight;
	}
}

static inline uint64_t socketcall_number_read(const struct socketcall_arch *arch, const void *bytes, unsigned size)
{
	return number_read(is_swapped(arch), bytes, size);
}

/* Reads a word. */
static PART uint64_t word_read(struct traits traits, const void *bytes)
{
	return traits.word == 4 ? number_read(traits.swapped, bytes, 4) : number_read(traits.swapped, bytes, 8);
}

static inline void number_write(bool swapped, void *bytes, unsigned size, uint64_t number)
{
	uint16_t two = (uint16_t)number;
	uint32_t four = (uint32_t)number;

	if (swapped) {
		two = __builtin_bswap16(two);
		four = __builtin_bswap32(four);
		number = __builtin_bswap64(number);
	}
	switch (size) {
	case sizeof two:
		__builtin_memcpy(bytes, &two, sizeof two);
		return;
	case sizeof four:
		__builtin_memcpy(bytes, &four, sizeof four);
		return;
	default:
		__builtin_memcpy(bytes, &number, sizeof number);
	}
}

static inline void socketcall_number_write(const struct socketcall_arch *arch, void *bytes, unsigned size,
					   uint64_t number)
{
	number_write(is_swapped(arch), bytes, size, number);
}

/* ---- memory.c: the guest's memory -------------------------------------------------------------------------------- */

/* True where Linux' access_ok() is false: a range that isn't user space is EFAULT even if nothing in it is accessed. */
static inline bool socketcall_beyond(const struct socketcall_server *server, uint64_t address, uint64_t size)
{
	return RARELY(server->memory_end) && (address > server->memory_end || size > server->memory_end - address);
}

/* Returns how many of `size` bytes lie before the end of the guest's addresses. */
static PART size_t before_end(struct traits traits, uint64_t address, uint64_t size)
{
	uint64_t left = traits.last_address - address;

	return (size_t)(RARELY(size > left && left != UINT64_MAX) ? left + 1 : size);
}

/* Both return how many bytes could be copied. */
static PART size_t read_as(const struct socketcall_server *server, struct traits traits, uint64_t address, void *to,
			   size_t size)
{
	address &= traits.last_address;
	size = before_end(traits, address, size);
	return size ? server->memory.read(server->memory.context, address, to, size) : 0;
}
static PART size_t write_as(const struct socketcall_server *server, struct traits traits, uint64_t address,
			    const void *from, size_t size)
{
	address &= traits.last_address;
	size = before_end(traits, address, size);
	return size ? server->memory.write(server->memory.context, address, from, size) : 0;
}

static inline size_t socketcall_read(const struct socketcall_server *server, uint64_t address, void *to, size_t size)
{
	return read_as(server, traits_of(server->arch), address, to, size);
}
static inline size_t socketcall_write(const struct socketcall_server *server, uint64_t address, const void *from,
				      size_t size)
{
	return write_as(server, traits_of(server->arch), address, from, size);
}

/* Both return 0, or -EFAULT if not all bytes could be copied. */
static inline long socketcall_get(const struct socketcall_server *server, uint64_t address, void *to, size_t size)
{
	return socketcall_read(server, address, to, size) == size ? 0 : -SAME_EFAULT;
}
static inline long socketcall_put(const struct socketcall_server *server, uint64_t address, const void *from,
				  size_t size)
{
	return socketcall_write(server, address, from, size) == size ? 0 : -SAME_EFAULT;
}
/* Writes up to 8 bytes across the end of a page: all of them or, with -EFAULT, none, as a store instruction does. */
long socketcall_put_across(const struct socketcall_server *server, uint64_t address, const unsigned char *bytes,
			   size_t size);
static inline bool socketcall_in_one_page(uint64_t address, size_t size)
{
	return address % SMALLEST_PAGE <= SMALLEST_PAGE - size;
}
static inline long socketcall_put_whole(const struct socketcall_server *server, uint64_t address,
					const unsigned char *bytes, size_t size)
{
	if (!socketcall_in_one_page(address, size))
		return socketcall_put_across(server, address, bytes, size);
	return socketcall_put(server, address, bytes, size);
}
/* Writes an int as one store instruction does. */
static PART long put_int(const struct socketcall_server *server, struct traits traits, uint64_t address, uint32_t value)
{
	unsigned char bytes[4];

	number_write(traits.swapped, bytes, sizeof bytes, value);
	if (RARELY(!socketcall_in_one_page(address, sizeof bytes)))
		return socketcall_put_across(server, address, bytes, sizeof bytes);
	return write_as(server, traits, address, bytes, sizeof bytes) == sizeof bytes ? 0 : -SAME_EFAULT;
}
static inline long socketcall_put_number(const struct socketcall_server *server, uint64_t address, unsigned size,
					 uint64_t value)
{
	unsigned char bytes[8];

	socketcall_number_write(server->arch, bytes, size, value);
	return socketcall_put_whole(server, address, bytes, size);
}
/* Reads an int: 0 or -EFAULT. */
long socketcall_get_int(const struct socketcall_server *server, uint64_t address, int *value);

/* Reads a vector of no segment or of several: 0, -EMSGSIZE, -EINVAL or -EFAULT. */
long socketcall_segments_in(const struct socketcall_server *server, uint64_t vector, uint64_t count,
			    struct socketcall_message *message);

/* ---- names.c ----------------------------------------------------------------------------------------------------- */

/* Reads a socket's name of `length` bytes, as Linux' move_addr_to_kernel(). Returns 0, -EINVAL or -EFAULT. */
long socketcall_name_in(const struct socketcall_server *server, uint64_t address, int length,
			struct socketcall_name *name);
/* Writes a name, and its length to `length_address`, which held the guest's room. As move_addr_to_user() of Linux 6.18,
 * writes the length first (6.12 writes the name first). Returns 0, -EINVAL or -EFAULT. */
long socketcall_name_out(const struct socketcall_server *server, const struct socketcall_name *name, uint64_t address,
			 uint64_t length_address);

/* ---- control.c --------------------------------------------------------------------------------------------------- */

/* Parses control data into message->controls: 0, -EFAULT, -EINVAL, -ENOBUFS, -ENOMEM. A malformed control message gets
 * the size SIZE_MAX: the backend must answer -EINVAL, but only when it comes to that message. */
long socketcall_controls_in(const struct socketcall_server *server, uint64_t address, uint64_t size,
			    struct socketcall_message *message);
/* Writes message->controls to the guest, and installs the descriptors among them. Returns how many bytes of the guest's
 * room are used. Sets MSG_CTRUNC in message->flags if there is too little room. */
uint64_t socketcall_controls_out(struct socketcall_server *server, uint64_t address, uint64_t size, int cloexec,
				 struct socketcall_message *message);
/* Returns the structure of a control message, whose level and type are those of here. */
enum structure socketcall_control_structure(int level, int type);

/* An empty message. For `= { 0 }` compilers use `rep stos` on x86, which takes longer than these stores. */
static inline void socketcall_message_clear(struct socketcall_message *message)
{
	message->name = NULL;
	message->segments = NULL;
	message->segment_count = 0;
	message->size = 0;
	message->done = 0;
	message->controls = NULL;
	message->control_count = 0;
	message->control_data = NULL;
	message->control_room = 0;
	message->wants_flags = 0;
	message->vector = 0;
	message->flags = 0;
	message->next_error = 0;
	message->kept = 0;
	message->left = 0;
}

/* ---- messages.c -------------------------------------------------------------------------------------------------- */

/* Returns how many of the message's bytes the call had moved before it blocked. */
static inline uint64_t socketcall_moved_before(const struct socketcall_server *server)
{
	return server->pending ? server->pending->done : 0;
}

/* A backend's operation that moves one message: send() or receive(). */
typedef long socketcall_move(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags);

/* Calls the operation for a call that may wait. A resumed call goes on behind the bytes that it had moved earlier. */
long socketcall_move_pending(struct socketcall_server *server, socketcall_move *move, int fd,
			     struct socketcall_message *message, int flags);

/* Both call the backend for one message, which is cleared but for what the guest passed. */
static PART long socketcall_message_send(struct socketcall_server *server, int fd, struct socketcall_message *message,
					 int flags)
{
	if (RARELY(!server->backend->send))
		return -socketcall_errno_ENOSYS;
	if (RARELY(server->pending))
		return socketcall_move_pending(server, server->backend->send, fd, message, flags);
	return server->backend->send(server, fd, message, flags);
}

static PART long socketcall_message_receive(struct socketcall_server *server, int fd,
					    struct socketcall_message *message, int flags)
{
	if (RARELY(!server->backend->receive))
		return -socketcall_errno_ENOSYS;
	message->controls = scratch_of(server)->controls;
	message->control_data = scratch_of(server)->here.control;
	message->control_count = 0;
	message->flags = 0;
	if (RARELY(server->pending))
		return socketcall_move_pending(server, server->backend->receive, fd, message, flags);
	return server->backend->receive(server, fd, message, flags);
}
/* Returns `error`, unless the descriptor is bad: EBADF and ENOTSOCK come first. `error` may be 0. */
long socketcall_after_lookup(struct socketcall_server *server, int fd, long error);

#pragma GCC visibility pop

#endif
