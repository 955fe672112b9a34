/* SPDX-License-Identifier: MIT
 *
 * What sending and receiving share (messages.c): the message as the kernel has it.
 */
#ifndef SERVER_HOST_MESSAGES_H
#define SERVER_HOST_MESSAGES_H

#include "server/host/host.h"

enum {
	PARTS = SOCKETCALL_SEGMENTS,
	RIGHTS_MOST = 253,        /* SCM_MAX_FD: more are EINVAL before they are looked at */
	LEVEL_RDS = 276,          /* SOL_RDS, whose messages may hold addresses of memory */
	LEVEL_NONE = INT32_MAX,   /* no family has it: passed over where SOL_RDS isn't the family's own */
	TAKEN_PIDFD = 4,          /* SCM_PIDFD */
	PROBE = 0x10,             /* MSG_PROBE */
	CONTROL_OF_FAILURE = 512, /* credentials, a label and a pidfd have room in it */
	CLOEXEC_BACK = 0x40000000,
	COMPAT = (int)0x80000000u, /* MSG_CMSG_COMPAT, which sendmsg and recvmsg refuse */
};

/* What of the room behind the scratch the operations use: the kernel's structures, and copies of messages' bytes. */
struct host_room {
	struct iovec parts[PARTS + 1];
	unsigned char control[SOCKETCALL_CONTROL + 16];
	unsigned char bytes[];
};

_Static_assert(sizeof(struct host_room) + 0x10000 <= SOCKETCALL_ROOM, "there is room for any UDP datagram");

struct transfer {
	struct socketcall_server *server;
	struct socketcall_message *message;
	struct host_room *room;
	size_t bytes_size;
	int host, flags;
	struct kernel_message header;
	uint64_t wanted; /* bytes that the parts have */
	size_t copied;   /* how many of them are in room->bytes; 0: none, the parts are the guest's memory */
	bool all;        /* is `wanted` the rest of the message? */
};

#pragma GCC visibility push(hidden)

void socketcall_host_begin(struct transfer *t, struct socketcall_server *server, int host,
			   struct socketcall_message *message, int flags);

bool socketcall_host_is_stream(const struct transfer *t);

/*
 * The bytes from message->done on as the kernel's parts: the guest's memory, where at() says where it lies, or copies.
 * Memory that isn't there is a part that can't be touched, so that the kernel fails where it would have failed at the
 * guest. To be received: what can't be read isn't there.
 */
void socketcall_host_parts_of(struct transfer *t, int writable);

#pragma GCC visibility pop

#endif
