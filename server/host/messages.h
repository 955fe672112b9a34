/* SPDX-License-Identifier: MIT
 *
 * What sending and receiving share (messages.c): a message in the form that the kernel takes.
 */
#ifndef SERVER_HOST_MESSAGES_H
#define SERVER_HOST_MESSAGES_H

#include "server/host/host.h"
#include "server/levels.h"
#include "server/memory.h"

enum {
	PARTS = SOCKETCALL_SEGMENTS,
	RIGHTS_MOST = 253,         /* SCM_MAX_FD: the kernel answers EINVAL to more before it looks at any */
	LEVEL_NONE = INT32_MAX,    /* a level that every family ignores; replaces LEVEL_RDS */
	TAKEN_PIDFD = 4,           /* SCM_PIDFD */
	PROBE = 0x10,              /* MSG_PROBE */
	CONTROL_OF_FAILURE = 512,  /* room for all that comes with a failed receive: credentials, a label, a pidfd */
	CLOEXEC_BACK = 0x40000000, /* MSG_CMSG_CLOEXEC: recvmsg returns it in msg_flags */
	COMPAT = (int)0x80000000u, /* MSG_CMSG_COMPAT: never passed on; marshal answers EINVAL where Linux does */
};

/* How the operations use socketcall_room(): the kernel's structures, then copies of messages' bytes. */
struct host_room {
	struct iovec parts[PARTS + 1];
	unsigned char control[SOCKETCALL_CONTROL + 16];
	unsigned char bytes[];
};

_Static_assert(sizeof(struct host_room) + 0x10000 <= SOCKETCALL_ROOM, "there is room for any UDP datagram");

struct transfer {
	struct socketcall_server *server;
	struct socketcall_message *message;
	int host, flags;
	struct kernel_message header;
	struct iovec part; /* the only part of most messages; the parts of others are in the room */
	/* of a message that isn't one part, and so not copied */
	uint64_t wanted; /* how many bytes the parts have together */
	size_t copied;   /* how many of them are copies in the room; 0: the parts are the guest's own memory */
	bool cut;        /* `wanted` is less than what is left of the message */
};

#pragma GCC visibility push(hidden)

/* Leaves out what depends on the message's parts. */
static PART void begin(struct transfer *t, struct socketcall_server *server, int host,
		       struct socketcall_message *message, int flags)
{
	t->server = server;
	t->message = message;
	t->host = host;
	t->flags = flags;
	t->header.name = NULL;
	t->header.namelen = 0;
	t->header.control = NULL;
	t->header.controllen = 0;
	t->header.flags = 0;
}

static inline struct host_room *host_room_of(const struct transfer *t)
{
	return (struct host_room *)socketcall_room_of(t->server);
}

bool socketcall_host_is_stream(const struct transfer *t);

/* Makes the message's bytes from message->done on the header's only part, if they lie in one piece here. Else returns
 * false: then socketcall_host_parts_of() must follow. */
static PART bool is_one_part(struct transfer *t, int writable)
{
	struct socketcall_piece piece;

	if (RARELY(!socketcall_is_one_piece(t->server, t->message, writable, &piece)))
		return false;
	t->part.iov_base = piece.at;
	t->part.iov_len = piece.size;
	t->header.iov = &t->part;
	t->header.iovlen = 1;
	return true;
}

/*
 * Makes the bytes of any message the header's parts: the guest's own memory if there is at(), else copies. Unmapped
 * memory becomes a part at NOWHERE, so that the kernel fails at the same byte as it would for the guest. A copy that is
 * received into is first filled from the guest, so then memory that can't be read counts as unmapped.
 */
void socketcall_host_parts_of(struct transfer *t, int writable);

#pragma GCC visibility pop

#endif
