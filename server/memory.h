/* SPDX-License-Identifier: MIT
 *
 * What marshal and the backend in server/host/ share: the scratch, and where the guest's memory lies here.
 */
#ifndef SERVER_MEMORY_H
#define SERVER_MEMORY_H

#include <stdbool.h>

#include "server/marshal.h"
#include "server/usual.h"

/* The beginning of server->scratch: what marshal has parsed of a call. The room for messages' bytes is behind it. */
struct scratch {
	/* What the most frequent calls use lies side by side: the message of a call that sends, the first segments. */
	struct socketcall_message message;
	struct socketcall_segment segments[SOCKETCALL_SEGMENTS];
	struct socketcall_control controls[SOCKETCALL_CONTROL / 16];
	union {
		unsigned char control[SOCKETCALL_CONTROL];
		unsigned char
			option[SOCKETCALL_OPTION + 1024]; /* some options write more than the length that they get */
	} here;
	struct socketcall_name name;
	struct socketcall_option set; /* setsockopt's */
};
_Static_assert(sizeof(struct scratch) + SOCKETCALL_ROOM <= SOCKETCALL_SCRATCH, "the scratch has that room");

static inline struct scratch *scratch_of(const struct socketcall_server *server)
{
	return (struct scratch *)server->scratch;
}

/* socketcall_room() inline: of server->scratch_size - sizeof(struct scratch) bytes. */
static inline void *socketcall_room_of(const struct socketcall_server *server)
{
	return scratch_of(server) + 1;
}

/* memcpy(), which a freestanding program has no header for. Without a call for an int, such as one descriptor. */
static inline void socketcall_copy(void *to, const void *from, size_t size)
{
	if (size == sizeof(int))
		__builtin_memcpy(to, from, sizeof(int));
	else
		__builtin_memcpy(to, from, size);
}

/* Drops the bits that the guest's addresses don't have. */
static inline uint64_t socketcall_address(const struct socketcall_server *server, uint64_t address)
{
	return address & server->arch->last_address;
}

/* Finds where all that is left of a message lies here, as socketcall_pieces() does, if it is one piece of the only
 * segment. Else returns false. */
static PART bool socketcall_is_one_piece(struct socketcall_server *server, const struct socketcall_message *message,
					 int writable, struct socketcall_piece *piece)
{
	uint64_t address, left = message->size - message->done;
	size_t there = (size_t)left;

	if (RARELY(!server->memory.at || message->segment_count != 1 || !left))
		return false;
	address = socketcall_address(server, message->segments->address + message->done);
	if (RARELY(left - 1 > server->arch->last_address - address))
		return false;
	piece->at = server->memory.at(server->memory.context, address, &there, writable);
	piece->size = (size_t)left;
	return !RARELY(!piece->at || there < left);
}

#endif
