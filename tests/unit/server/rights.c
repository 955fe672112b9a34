/* SPDX-License-Identifier: MIT
 *
 * The descriptors that a guest sends by SCM_RIGHTS: whatever becomes of the call, the backend must call the done() hook
 * once for each descriptor that host() returned, and for no other. A hook may close there, so one call too many would
 * close a descriptor of the server, and one too few would leave one open. TAP.
 */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/fixtures/tap.h"

enum { BASE = 0x100000, MEMORY = 1 << 20, MOST = 256 };

/* ---- The guest --------------------------------------------------------------------------------------------------- */

static unsigned char memory[MEMORY];
static int in_use[MOST], extra; /* how often host() has returned a descriptor, less the calls of done() */

static size_t read_guest(void *context, uint64_t address, void *to, size_t size)
{
	uint64_t offset = address - BASE;

	(void)context;
	if (offset >= MEMORY)
		return 0;
	size = size < MEMORY - offset ? size : MEMORY - offset;
	memcpy(to, memory + offset, size);
	return size;
}

static size_t write_guest(void *context, uint64_t address, const void *from, size_t size)
{
	uint64_t offset = address - BASE;

	(void)context;
	if (offset >= MEMORY)
		return 0;
	size = size < MEMORY - offset ? size : MEMORY - offset;
	memcpy(memory + offset, from, size);
	return size;
}

static int host_of_guest(void *context, int number)
{
	(void)context;
	if (number < 0 || number >= MOST)
		return -EBADF;
	in_use[number]++;
	return number;
}

static void done(void *context, int number)
{
	(void)context;
	if (number < 0 || number >= MOST || in_use[number] == 0)
		extra++;
	else
		in_use[number]--;
}

static int refuse_credentials(void *context, struct ucred *credentials)
{
	(void)context;
	(void)credentials;
	return -EPERM;
}

static struct socketcall_host_context host = { .descriptors = { .host = host_of_guest, .done = done } };
static struct socketcall_pending pending;
static unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
static struct socketcall_server server = {
	.memory = { read_guest, write_guest, NULL, NULL },
	.backend = &socketcall_host_backend,
	.context = &host,
	.scratch = scratch,
	.scratch_size = sizeof scratch,
};

static void ok_balanced(long r, const char *text)
{
	int left = 0;

	for (int i = 0; i < MOST; i++)
		left += in_use[i];
	ok(left == 0 && extra == 0, "%s: done() follows each host() (result %ld, %d missing, %d too many)", text, r,
	   left, extra);
	memset(in_use, 0, sizeof in_use);
	extra = 0;
}

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

/* Addresses in the guest's memory. */
enum { HEADER = BASE, PART = BASE + 128, CONTROL = BASE + 256, DATA = BASE + 65536 };

static void put(uint64_t address, const void *bytes, size_t size)
{
	write_guest(NULL, address, bytes, size);
}

/* Appends a control message at the offset `at`; returns where the next one begins. */
static size_t put_control(size_t at, int level, int type, const void *bytes, size_t size)
{
	struct cmsghdr header = { CMSG_LEN(size), level, type };

	put(CONTROL + at, &header, sizeof header);
	put(CONTROL + at + CMSG_LEN(0), bytes, size);
	return at + CMSG_SPACE(size);
}

/* The guest calls sendmsg with the header at HEADER. */
static long send_header(int fd, int flags)
{
	return socketcall_serve_request(
		&server,
		&(struct socketcall_request){ SOCKETCALL_SENDMSG, 3, { (uint64_t)fd, HEADER, (uint64_t)flags } });
}

static long send_message(int fd, size_t size, size_t control_size)
{
	struct iovec part = { (void *)DATA, size };
	struct msghdr message = {
		.msg_iov = (void *)PART, .msg_iovlen = 1, .msg_control = (void *)CONTROL, .msg_controllen = control_size
	};

	put(PART, &part, sizeof part);
	put(HEADER, &message, sizeof message);
	server.arch = socketcall_arch_here();
	return send_header(fd, 0);
}

/* Resumes a call that would block until it ends; meanwhile receives what it sends. Returns the call's result. */
static long resume_to_the_end(int receiver)
{
	static char got[65536];
	long r = SOCKETCALL_WOULD_BLOCK;

	for (int i = 0; i < 100000 && r == SOCKETCALL_WOULD_BLOCK; i++) {
		while (recv(receiver, got, sizeof got, MSG_DONTWAIT) > 0)
			;
		r = socketcall_resume(&server);
	}
	return r;
}

static void refused(const int *pair)
{
	struct ucred credentials = { 1, 2, 3 };
	int sent[2] = { 0, 1 };
	size_t size = put_control(0, SOL_SOCKET, SCM_RIGHTS, sent, sizeof sent);
	long r;

	size = put_control(size, SOL_SOCKET, SCM_CREDENTIALS, &credentials, sizeof credentials);
	host.identity.credentials_in = refuse_credentials;
	r = send_message(pair[0], 1, size);
	host.identity.credentials_in = NULL;
	ok_got(r == -EPERM, r, "credentials that the hook refuses are EPERM");
	ok_balanced(r, "descriptors before refused credentials");
	sent[1] = 9999;
	size = put_control(0, SOL_SOCKET, SCM_RIGHTS, sent, sizeof sent);
	r = send_message(pair[0], 1, size);
	ok_got(r == -EBADF, r, "a descriptor that the guest doesn't have is EBADF");
	ok_balanced(r, "a descriptor that the guest has, before one that it hasn't");
	put(CONTROL + size, &(struct cmsghdr){ 3, SOL_SOCKET, SCM_RIGHTS }, sizeof(struct cmsghdr));
	r = send_message(pair[0], 1, size + sizeof(struct cmsghdr));
	ok_got(r == -EBADF, r, "it is so before a malformed control message, too");
	ok_balanced(r, "descriptors before a malformed control message");
}

/* A call that has sent a part of a stream, and waits. The kernel has the descriptors already; the server reads the
 * control data again when it resumes the call, and the guest changes them in between: control data that are long enough
 * lie where the kernel's form of them lay. */
static void resumed(const int *pair)
{
	static int fill[SOCKETCALL_CONTROL / sizeof(int) - 64];
	int sent[2] = { 0, 1 };
	size_t size = put_control(0, SOL_SOCKET, SCM_RIGHTS, sent, sizeof sent);
	long r;

	server.pending = &pending;
	r = send_message(pair[0], MEMORY / 2, size);
	ok_got(r == SOCKETCALL_WOULD_BLOCK && pending.done > 0, r, "a long message with descriptors would block");
	ok_balanced(r, "a message that would block");
	for (size_t i = 0; i < sizeof fill / sizeof *fill; i += 2) {
		fill[i] = SOL_SOCKET;
		fill[i + 1] = SCM_RIGHTS;
	}
	size = put_control(0, 0, 0, fill, sizeof fill - 64);
	size = put_control(size, SOL_SOCKET, SCM_RIGHTS, sent, sizeof sent);
	put(HEADER + offsetof(struct msghdr, msg_controllen), &size, sizeof size);
	r = resume_to_the_end(pair[1]);
	server.pending = NULL;
	ok_got(r == MEMORY / 2, r, "resumed, it sends all bytes");
	ok_balanced(r, "a resumed message");
}

/* A stream's message that is longer than the room for copies is sent in several system calls. */
static void long_message(const int *pair)
{
	int sent[2] = { 0, 1 }, size_of_buffer = MEMORY;
	size_t size = put_control(0, SOL_SOCKET, SCM_RIGHTS, sent, sizeof sent), wanted = SOCKETCALL_SCRATCH;
	long r;

	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size_of_buffer, sizeof size_of_buffer);
	server.pending = &pending;
	r = send_message(pair[0], wanted, size);
	if (r == SOCKETCALL_WOULD_BLOCK)
		r = resume_to_the_end(pair[1]);
	server.pending = NULL;
	ok_got(r == (long)wanted, r, "a message that is longer than the scratch is sent");
	ok_balanced(r, "a message in several parts");
}

/* 32-bit guests have headers of 12 bytes, so more empty control messages fit into SOCKETCALL_CONTROL than there is room
 * for here. The sanitizers watch the arrays. */
static void many_headers(const int *pair)
{
	uint32_t message[7] = { 0, 0, PART, 1, CONTROL, 0, 0 }, part[2] = { DATA, 1 };

	server.arch = socketcall_arch(socketcall_arch_here()->guest.order == SOCKETCALL_BIG ? "ppc" : "i386");
	for (uint32_t count = 1270; count < 1710; count++) {
		const uint32_t header[3] = { 12, 0, 1 };
		long r;

		for (uint32_t i = 0; i < count; i++)
			put(CONTROL + 12 * i, header, sizeof header);
		message[5] = 12 * count;
		put(PART, part, sizeof part);
		put(HEADER, message, sizeof message);
		r = send_header(pair[0], MSG_DONTWAIT);
		if ((count <= 1280) != (r == 1 || r == -EAGAIN) || (count > 1280 && r != -ENOMEM)) {
			ok_got(false, r, "%u empty control messages of a 32-bit guest", (unsigned)count);
			return;
		}
	}
	ok(true, "a 32-bit guest sends up to 1280 empty control messages; more are ENOMEM");
}

int main(void)
{
	int pair[2];

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(120);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	refused(pair);
	resumed(pair);
	long_message(pair);
	many_headers(pair);
	return plan();
}
