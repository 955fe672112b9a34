/* SPDX-License-Identifier: MIT
 *
 * libFuzzer targets for the serving end, chosen by TARGET: MARSHAL serves any call, CONTROL calls with control
 * messages, OPTIONS setsockopt and getsockopt; FORMAT describes calls. The input decides the guest's architecture, the
 * call, the backend's answers, and the guest's memory. The memory changes each time that it is read, as another thread
 * of the guest might change it.
 *
 * The backend reads and writes everything that it gets, so that the sanitizers notice invalid memory. It counts
 * descriptors: each that it creates must be installed or dropped once.
 */
#include "server/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SHORT
#define SHORT 0 /* allocate this many bytes less of scratch than marshal may use: a fault that must be noticed */
#endif

enum { MARSHAL, CONTROL, OPTIONS, FORMAT };
enum { HEAD = 16, MEMORY = 4096, BASE = 0x10000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct guest {
	uint8_t head[HEAD]; /* the first bytes of the input: everything but memory */
	uint8_t memory[MEMORY];
	size_t size;
	uint32_t chance; /* decides which bytes of memory change */
	long made, gone; /* descriptors that were created; that were installed or dropped */
	unsigned touched;
} g; /* one guest at a time */

static uint32_t any(void)
{
	g.chance = g.chance * 1664525 + 1013904223;
	return g.chance >> 8;
}

static void touch(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		g.touched += ((const volatile uint8_t *)bytes)[i];
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* The address space repeats the input's memory, with a hole after each copy. */
static size_t valid_bytes(uint64_t address, size_t size)
{
	uint64_t offset = (address - BASE) % (2 * MEMORY);

	if (address < BASE || offset >= g.size)
		return 0;
	return size < g.size - offset ? size : (size_t)(g.size - offset);
}

static void change_memory(void)
{
	if (g.head[3] & 1 && g.size)
		g.memory[any() % g.size] ^= (uint8_t)(1U << any() % 8);
}

static size_t read_guest(void *context, uint64_t address, void *to, size_t size)
{
	(void)context;
	size = valid_bytes(address, size);
	if (size)
		memcpy(to, g.memory + (address - BASE) % (2 * MEMORY), size);
	change_memory();
	return size;
}

static size_t write_guest(void *context, uint64_t address, const void *from, size_t size)
{
	(void)context;
	touch(from, size);
	size = valid_bytes(address, size);
	if (size)
		memcpy(g.memory + (address - BASE) % (2 * MEMORY), from, size);
	return size;
}

static void *at(void *context, uint64_t address, size_t *size, int writable)
{
	(void)context;
	(void)writable;
	*size = valid_bytes(address, *size);
	return *size ? g.memory + (address - BASE) % (2 * MEMORY) : NULL;
}

/* ---- The backend ------------------------------------------------------------------------------------------------- */

static long answer(void)
{
	static const int errors[] = { EAGAIN, EBADF, ENOTSOCK, EPIPE, ECONNRESET, EMFILE };

	return any() % 4 ? 0 : -errors[any() % (sizeof errors / sizeof *errors)];
}

static int make(void)
{
	g.made++;
	return 5;
}

static long lookup(struct socketcall_server *server, int fd)
{
	(void)server;
	(void)fd;
	return answer();
}

static long made_one(struct socketcall_made *made)
{
	long r = answer();

	if (r == 0)
		*made = (struct socketcall_made){ make(), any() % 2 ? 7 : -1 };
	return r;
}

static long make_socket(struct socketcall_server *server, int family, int type, int protocol,
			struct socketcall_made *made)
{
	(void)server, (void)family, (void)type, (void)protocol;
	return made_one(made);
}

static long named(struct socketcall_server *server, int fd, const struct socketcall_name *name)
{
	(void)server, (void)fd;
	if (name->length > sizeof name->bytes)
		abort();
	touch(name->bytes, name->length);
	return answer();
}

static long name_out(struct socketcall_server *server, int fd, struct socketcall_name *name)
{
	(void)server, (void)fd;
	for (unsigned i = 0; i < sizeof name->bytes; i++)
		name->bytes[i] = (uint8_t)any();
	name->bytes[0] = (uint8_t)(any() % 45);
	name->bytes[1] = 0;
	name->length = any() % 140;
	return answer();
}

static long listen_to(struct socketcall_server *server, int fd, int value)
{
	(void)server, (void)fd, (void)value;
	return answer();
}

static long accept_one(struct socketcall_server *server, int fd, struct socketcall_name *name, int flags,
		       struct socketcall_made *made)
{
	(void)flags;
	if (name)
		name_out(server, fd, name);
	return made_one(made);
}

static long pair(struct socketcall_server *server, int family, int type, int protocol, struct socketcall_made made[2])
{
	(void)server, (void)family, (void)type, (void)protocol;
	made[0] = made[1] = (struct socketcall_made){ -1, -1 };
	if (answer())
		return -EMFILE;
	made[0] = (struct socketcall_made){ make(), 7 };
	made[1] = (struct socketcall_made){ make(), 8 };
	return 0;
}

static long send_bytes(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	struct socketcall_piece pieces[8];
	uint8_t bytes[512];
	uint64_t covered = 0;
	size_t room;

	(void)fd, (void)flags;
	if (message->segment_count > SOCKETCALL_SEGMENTS)
		abort();
	touch(message->segments, message->segment_count * sizeof *message->segments);
	if (message->name)
		named(server, fd, message->name);
	for (unsigned i = 0; i < message->control_count; i++)
		if (message->controls[i].size != SIZE_MAX) /* SIZE_MAX: it is malformed, and has no bytes */
			touch(message->controls[i].data, message->controls[i].size);
	touch(socketcall_room(server, &room), 1);
	if (message->size && message->done < message->size) {
		touch(bytes, socketcall_take(server, message, message->done, bytes, sizeof bytes));
		socketcall_pieces(server, message, message->done, message->size - message->done, 0, pieces, 8,
				  &covered);
	}
	return answer() ? -EAGAIN : (long)(any() % (message->size - message->done + 1));
}

static long receive_bytes(struct socketcall_server *server, int fd, struct socketcall_message *message, int flags)
{
	static const int types[] = { 1, 2, 29, 35, 37, 3, 4, 63, 8, 11, 25, 50, 52, 99 };
	static uint8_t bytes[512];
	size_t used = 0;

	(void)flags;
	if (message->name)
		name_out(server, fd, message->name);
	for (unsigned n = message->control_room ? any() % 4 : 0; n > 0; n--) {
		int level = (int)(any() % 3 ? 1 : any() % 2 ? 0 : 41), type = types[any() % 14];
		size_t size = level == 1 && type == 1 ? 4 * (any() % 9) : any() % 70;

		if (level == 1 && type == 4)
			size = 4;
		for (size_t i = 0; i < size; i++)
			message->control_data[used + i] = (uint8_t)any();
		for (size_t i = 0; level == 1 && (type == 1 || type == 4) && i + 4 <= size; i += 4)
			memcpy(message->control_data + used + i, &(int){ make() }, 4);
		message->controls[message->control_count++] =
			(struct socketcall_control){ level, type, message->control_data + used, size };
		used += (size + 7) & ~(size_t)7;
	}
	message->flags = (int)any();
	if (message->size > message->done)
		socketcall_give(server, message, message->done, bytes, any() % sizeof bytes);
	return answer() && !message->control_count ? -EAGAIN : (long)(any() % (message->size - message->done + 1));
}

static long set_option(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	(void)server, (void)fd;
	if (option->there < 0 || option->there > SOCKETCALL_OPTION)
		abort();
	if (option->value)
		touch(option->value, (size_t)option->there);
	return answer();
}

static long get_option(struct socketcall_server *server, int fd, struct socketcall_option *option)
{
	(void)server, (void)fd;
	memset(option->value, (int)any(), SOCKETCALL_OPTION);
	option->length = (int)(any() % 300);
	option->written = any() % 2 ? -1 : (int)(any() % 300);
	return answer();
}

static long before_receiving(struct socketcall_server *server, int fd, int flags)
{
	(void)flags;
	return lookup(server, fd);
}

static void keep_error(struct socketcall_server *server, int fd, long error)
{
	(void)server, (void)fd, (void)error;
}

static long install(struct socketcall_server *server, const struct socketcall_made *made, int flags)
{
	(void)server, (void)flags;
	if (made->handle != 5)
		abort();
	g.gone++;
	return any() % 4 ? 9 : -EMFILE;
}

static void drop(struct socketcall_server *server, const struct socketcall_made *made)
{
	(void)server;
	g.gone += made->handle == 5;
}

static int64_t now(struct socketcall_server *server)
{
	(void)server;
	return (int64_t)any() << 20;
}

static const struct socketcall_backend backend = {
	.lookup = lookup,
	.socket = make_socket,
	.bind = named,
	.connect = named,
	.listen = listen_to,
	.accept4 = accept_one,
	.getsockname = name_out,
	.getpeername = name_out,
	.socketpair = pair,
	.send = send_bytes,
	.receive = receive_bytes,
	.shutdown = listen_to,
	.setsockopt = set_option,
	.getsockopt = get_option,
	.before_receiving = before_receiving,
	.keep_error = keep_error,
	.install = install,
	.drop = drop,
	.now = now,
};

/* ---- Targets ----------------------------------------------------------------------------------------------------- */

static const struct socketcall_arch *arch_of(unsigned number)
{
	unsigned n = 0;

	while (socketcall_arch_at((int)n))
		n++;
	return socketcall_arch_at((int)(number % n));
}

static int call_of(unsigned number)
{
	static const int control[] = { SOCKETCALL_SENDMSG, SOCKETCALL_RECVMSG, SOCKETCALL_SENDMMSG,
				       SOCKETCALL_RECVMMSG };
	static const int options[] = { SOCKETCALL_SETSOCKOPT, SOCKETCALL_GETSOCKOPT };

	return TARGET == CONTROL ? control[number % 4] : TARGET == OPTIONS ? options[number % 2] : (int)(number % 22);
}

static void serve(const struct socketcall_arch *arch)
{
	struct socketcall_pending pending;
	struct socketcall_server server = {
		.arch = arch,
		.memory = { read_guest, write_guest, g.head[3] & 2 ? at : NULL, NULL },
		.backend = &backend,
		.scratch = malloc(SOCKETCALL_SCRATCH - SHORT), /* from malloc(), so that ASan notices an overrun */
		.scratch_size = SOCKETCALL_SCRATCH,
		.pending = g.head[3] & 4 ? &pending : NULL,
	};
	long r;

	if (!server.scratch)
		abort();
	r = socketcall_serve(&server, call_of(g.head[1]), BASE);
	if (r < -4096)
		abort();
	free(server.scratch);
	if (g.made != g.gone)
		abort();
}

static int read_all(void *context, uint64_t address, void *to, size_t size)
{
	return read_guest(context, address, to, size) != size;
}

static void describe(const struct socketcall_arch *arch)
{
	struct socketcall_format format = { .arch = arch, .memory = { read_all, NULL }, .size = 1 + any() % 3000 };
	struct socketcall_request request;
	long r = (long)(any() % 4000) - 2000;

	if (socketcall_decode(&arch->guest, &format.memory, call_of(g.head[1]), BASE, &request))
		return;
	format.text = malloc(format.size);
	if (!format.text)
		abort();
	if (g.head[3] & 2)
		socketcall_format(&format, &request, NULL);
	socketcall_format(&format, &request, &r);
	if (strlen(format.text) >= format.size || strlen(format.text) > format.length)
		abort();
	free(format.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEAD)
		return 0;
	memset(&g, 0, sizeof g);
	memcpy(g.head, data, HEAD);
	memcpy(&g.chance, data + 4, sizeof g.chance);
	g.size = size - HEAD < MEMORY ? size - HEAD : MEMORY;
	memcpy(g.memory, data + HEAD, g.size);
	if (TARGET == FORMAT)
		describe(arch_of(g.head[0]));
	else
		serve(arch_of(g.head[0]));
	return 0;
}
