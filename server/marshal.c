/* SPDX-License-Identifier: MIT */
#include "server/dispatch.h"
#include "server/guest.h"
#include "server/operations.h"

/* The pointers of accept, send and recv stay null: socketcall_dispatch() then calls accept4, sendto and recvfrom. */
const struct socketcall_operations socketcall_marshal = {
#define CALL(call, NAME, name, maker, ...)                                                                             \
	.name = (int)socketcall_call_##name == (int)socketcall_call_##maker ? socketcall_marshal_##name : 0,
#include "abi/calls.def"
#undef CALL
};

/* Calls the backend's operation; -ENOSYS if the backend doesn't have it. */
#define BACKEND(server, operation, ...)                                                                                \
	((server)->backend->operation ? (server)->backend->operation((server), __VA_ARGS__) : -socketcall_errno_ENOSYS)

static long install(struct socketcall_server *server, const struct socketcall_made *made, int type)
{
	return BACKEND(server, install, made, type & (int)socketcall_type_SOCK_CLOEXEC);
}

static void drop_pair(struct socketcall_server *server, const struct socketcall_made *made)
{
	if (server->backend->drop)
		server->backend->drop(server, made);
}

/* ---- Calls without memory ---------------------------------------------------------------------------------------- */

long socketcall_marshal_socket(void *context, int family, int type, int protocol)
{
	struct socketcall_server *server = context;
	struct socketcall_made made = { -1, -1 };
	long r;

	type = socketcall_type_in(server->arch, type);
	r = BACKEND(server, socket, family, type, protocol, &made);
	return r ? r : install(server, &made, type);
}

long socketcall_marshal_listen(void *context, int fd, int backlog)
{
	struct socketcall_server *server = context;

	return BACKEND(server, listen, fd, backlog);
}

long socketcall_marshal_shutdown(void *context, int fd, int how)
{
	struct socketcall_server *server = context;

	return BACKEND(server, shutdown, fd, how);
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

long socketcall_marshal_bind(void *context, int fd, uint64_t address, int length)
{
	struct socketcall_server *server = context;
	struct socketcall_name *name = &scratch_of(server)->name;
	long r = socketcall_name_in(server, address, length, name);

	return r ? socketcall_after_lookup(server, fd, r) : BACKEND(server, bind, fd, name);
}

long socketcall_marshal_connect(void *context, int fd, uint64_t address, int length)
{
	struct socketcall_server *server = context;
	struct socketcall_name *name = &scratch_of(server)->name;
	long r = socketcall_name_in(server, address, length, name), found;

	if (!r)
		return BACKEND(server, connect, fd, name);
	/* Linux' connect reads the name before it reports ENOTSOCK, but behind EBADF (__sys_connect()) */
	found = socketcall_after_lookup(server, fd, r);
	return found == -SAME_EBADF ? found : r;
}

long socketcall_marshal_accept4(void *context, int fd, uint64_t address, uint64_t length_address, int flags)
{
	struct socketcall_server *server = context;
	struct socketcall_name *name = &scratch_of(server)->name;
	struct socketcall_made made = { -1, -1 };
	long r;

	address = socketcall_address(server, address);
	flags = socketcall_type_in(server->arch, flags);
	name->length = 0;
	r = BACKEND(server, accept4, fd, address ? name : NULL, flags, &made);
	if (r)
		return r;
	r = address ? socketcall_name_out(server, name, address, length_address) : 0;
	if (!r)
		return install(server, &made, flags);
	drop_pair(server, &made);
	return r;
}

long socketcall_marshal_getsockname(void *context, int fd, uint64_t address, uint64_t length_address)
{
	struct socketcall_server *server = context;
	struct socketcall_name *name = &scratch_of(server)->name;
	long r = BACKEND(server, getsockname, fd, name);

	return r ? r : socketcall_name_out(server, name, address, length_address);
}

long socketcall_marshal_getpeername(void *context, int fd, uint64_t address, uint64_t length_address)
{
	struct socketcall_server *server = context;
	struct socketcall_name *name = &scratch_of(server)->name;
	long r = BACKEND(server, getpeername, fd, name);

	return r ? r : socketcall_name_out(server, name, address, length_address);
}

/* ---- Pairs ------------------------------------------------------------------------------------------------------- */

static long pair_out(struct socketcall_server *server, uint64_t address, long first, long second)
{
	if (socketcall_put_number(server, address, 4, (uint32_t)first) ||
	    socketcall_put_number(server, address + 4, 4, (uint32_t)second))
		return -SAME_EFAULT;
	return 0;
}

/* Linux writes the numbers before it makes the sockets. So a call that fails after that has written them, and if they
 * can't be written, EFAULT comes before the errors of making sockets. */
long socketcall_marshal_socketpair(void *context, int family, int type, int protocol, uint64_t address)
{
	struct socketcall_server *server = context;
	struct socketcall_made made[2] = { { -1, -1 }, { -1, -1 } };
	bool known;
	long numbers[2], r, out = 0;

	type = socketcall_type_in(server->arch, type);
	r = BACKEND(server, socketpair, family, type, protocol, made);
	known = made[0].number >= 0 && made[1].number >= 0;
	if (r && !known)
		return r;
	if (known)
		out = pair_out(server, address, made[0].number, made[1].number);
	if (r || out) {
		drop_pair(server, &made[0]);
		drop_pair(server, &made[1]);
		return out ? out : r;
	}
	numbers[0] = install(server, &made[0], type);
	if (numbers[0] < 0) {
		drop_pair(server, &made[1]);
		return numbers[0];
	}
	numbers[1] = install(server, &made[1], type);
	if (numbers[1] < 0)
		return numbers[1];
	return known ? 0 : pair_out(server, address, numbers[0], numbers[1]);
}

/* ---- Bytes ------------------------------------------------------------------------------------------------------- */

/* Makes a message of one segment. Returns false if the buffer isn't user space, which Linux checks first: EFAULT. */
static bool bytes_in(struct socketcall_server *server, uint64_t buffer, uint64_t size,
		     struct socketcall_message *message)
{
	struct socketcall_segment *segment = scratch_of(server)->segments;

	segment->address = socketcall_address(server, buffer);
	segment->size = size < MOST_BYTES ? size : MOST_BYTES;
	message->segments = segment;
	message->segment_count = 1;
	message->size = segment->size;
	return !socketcall_beyond(server, segment->address, segment->size);
}

long socketcall_marshal_sendto(void *context, int fd, uint64_t buffer, uint64_t size, int flags, uint64_t address,
			       int length)
{
	struct socketcall_server *server = context;
	struct socketcall_message *message = &scratch_of(server)->message;
	long r;

	socketcall_message_clear(message);
	if (!bytes_in(server, buffer, size, message))
		return -SAME_EFAULT;
	if (socketcall_address(server, address)) {
		message->name = &scratch_of(server)->name;
		r = socketcall_name_in(server, address, length, message->name);
		if (r)
			return socketcall_after_lookup(server, fd, r);
	}
	return socketcall_message_send(server, fd, message, flags);
}

long socketcall_marshal_recvfrom(void *context, int fd, uint64_t buffer, uint64_t size, int flags, uint64_t address,
				 uint64_t length_address)
{
	struct socketcall_server *server = context;
	struct socketcall_message message;
	long r, out;

	socketcall_message_clear(&message);
	if (!bytes_in(server, buffer, size, &message))
		return -SAME_EFAULT;
	address = socketcall_address(server, address);
	if (address) {
		message.name = &scratch_of(server)->name;
		message.name->length = 0;
	}
	r = socketcall_message_receive(server, fd, &message, flags);
	if (r < 0 || !address)
		return r;
	out = socketcall_name_out(server, message.name, address, length_address);
	return out ? out : r;
}

/* ---- Serving ----------------------------------------------------------------------------------------------------- */

static long serve(struct socketcall_server *server, const struct socketcall_request *request)
{
	server->sigpipe = 0;
	return socketcall_error_out(server->arch, socketcall_dispatch(&socketcall_marshal, server, request));
}

long socketcall_serve_request(struct socketcall_server *server, const struct socketcall_request *request)
{
	struct socketcall_pending *pending = server->pending;

	if (server->scratch_size < SOCKETCALL_SCRATCH)
		return -SAME_EINVAL;
	if (pending) {
		*pending = (struct socketcall_pending){ .fd = -1, .deadline = -1, .ends = -1 };
		pending->request = *request;
	}
	return serve(server, request);
}

/* The read() of a struct socketcall_memory whose context is a server. */
static int read_block(void *context, uint64_t address, void *to, size_t size)
{
	return socketcall_get((const struct socketcall_server *)context, address, to, size) != 0;
}

static APART long serve_to_resume(struct socketcall_server *server, int call, uint64_t block)
{
	const struct socketcall_memory memory = { read_block, server };
	struct socketcall_request request;
	long r = socketcall_decode(&server->arch->guest, &memory, call, socketcall_address(server, block), &request);

	server->sigpipe = 0;
	return r ? r : socketcall_serve_request(server, &request);
}

static const unsigned char arities[SOCKETCALL_CALLS + 1] = {
#define CALL(call, NAME, name, maker, arity, ...) [call] = (arity),
#include "abi/calls.def"
#undef CALL
};

struct words {
	uint64_t word[SOCKETCALL_WORDS];
};

/* Returns a word of a block, of which the words from the arity on are 0. */
static PART uint64_t word_of(struct traits traits, const void *block, unsigned i)
{
	return word_read(traits, (const unsigned char *)block + (size_t)i * traits.word);
}

/*
 * Reads a call's words, with socketcall_decode()'s errors. The words aren't sign-extended as in a request:
 * dispatch_words() drops the upper half of those that the kernel takes as an int. Words from the arity on are 0.
 */
static PART long read_words(const struct socketcall_server *server, struct traits traits, int call, uint64_t block,
			    struct words *words)
{
	uint64_t copy[SOCKETCALL_WORDS];
	unsigned size;

	if (RARELY(call < 1 || call > SOCKETCALL_CALLS))
		return -SAME_EINVAL;
	block &= traits.last_address;
	size = arities[call] * traits.word;
	__builtin_memset(copy, 0, (size_t)SOCKETCALL_WORDS * traits.word);
	/* cppcheck-suppress legacyUninitvar ; the hook only writes to its buffer */
	if (RARELY(size - 1 > traits.last_address - block ||
		   server->memory.read(server->memory.context, block, copy, size) != size))
		return -SAME_EFAULT;
	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++)
		words->word[i] = word_of(traits, copy, i);
	return 0;
}

static __attribute__((__noinline__)) long serve_renumbered(struct socketcall_server *server, int call,
							   struct words words)
{
	return socketcall_error_out(server->arch, dispatch_words(&socketcall_marshal, server, call, words.word));
}

/*
 * Serves a call that is never resumed, so there is no need to keep its request.
 *
 * This jumps to the operation, and so do operations that have nothing to do after the backend's (a tail call). For the
 * kernel leaves the processor's stack of return addresses full of its own, so each return after a system call is
 * mispredicted, which takes longer than what this file does. For a tail call, no variable whose address was passed on
 * may be alive: hence struct words by value, and what operations keep in the scratch.
 */
static PART long serve_at_once(struct socketcall_server *server, struct traits traits, int call, uint64_t block)
{
	struct words words;
	long r = read_words(server, traits, call, block, &words);

	server->sigpipe = 0;
	if (RARELY(r))
		return r;
	if (RARELY(server->scratch_size < SOCKETCALL_SCRATCH))
		return -SAME_EINVAL;
	if (!traits.same_numbers)
		return serve_renumbered(server, call, words);
	return dispatch_words(&socketcall_marshal, server, call, words.word);
}

static __attribute__((__noinline__)) long serve_any(struct socketcall_server *server, int call, uint64_t block)
{
	return serve_at_once(server, traits_of(server->arch), call, block);
}

long socketcall_serve(struct socketcall_server *server, int call, uint64_t block)
{
	if (RARELY(server->pending))
		return serve_to_resume(server, call, block);
	if (server->arch->compat)
		return serve_at_once(server, compat_traits(), call, block);
	return serve_any(server, call, block);
}

long socketcall_resume(struct socketcall_server *server)
{
	server->pending->resumed = 1;
	return serve(server, &server->pending->request);
}

long socketcall_interrupt(struct socketcall_server *server)
{
	const struct socketcall_pending *pending = server->pending;
	long r = socketcall_resume(server);

	if (r != SOCKETCALL_WOULD_BLOCK)
		return r;
	if (pending->messages)
		return (long)pending->messages;
	if (pending->done)
		return (long)pending->done;
	/* a call with a timeout isn't restarted, since its timeout would begin again (sock_intr_errno(),
	 * include/net/sock.h) */
	return (pending->events ? pending->deadline : pending->ends) >= 0 ? -(long)SAME_EINTR : SOCKETCALL_RESTART;
}
