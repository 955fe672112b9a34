/* SPDX-License-Identifier: MIT
 *
 * What the operations of server/host.h have in common: the guest's memory, and the addresses of sockets in it.
 *
 * What the kernel's own calls do with the guest's pointers (net/socket.c) is done here with copies: the kernel is given
 * pointers into this process only, and only for as many bytes as socketcall_host.at() allowed. A pointer that leads
 * nowhere is handed on as one that can't be touched, so that the kernel finds its errors in its own order.
 */
#ifndef SERVER_HOST_GUEST_H
#define SERVER_HOST_GUEST_H

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "server/host.h"

/* An address in the first page, which can't be mapped; not null, which would mean "none" to the kernel. */
#define NOWHERE ((void *)1)

/* The kernel copies iovecs as two words each (struct iovec, include/uapi/linux/uio.h). */
_Static_assert(sizeof(struct iovec) == 2 * sizeof(long), "iovec is two words");

/*
 * The kernel's structures (struct user_msghdr, include/linux/socket.h). A libc's own may have narrower lengths (musl's
 * has), and the kernel would read what lies beside them.
 */
struct kernel_message {
	void *name;
	unsigned namelen;
	struct iovec *iov;
	unsigned long iovlen;
	void *control;
	unsigned long controllen;
	unsigned flags;
};
struct kernel_messages {
	struct kernel_message header;
	unsigned length;
};

#pragma GCC visibility push(hidden)

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

/* Where `size` bytes at the guest's `address` lie here in one piece, or a null pointer. */
void *socketcall_host_whole(const struct socketcall_host *host, uint64_t address, size_t size, int writable);

/* memcpy() of what the guest may change meanwhile. The compiler may not read `from` again later, in place of the
 * copy. */
static inline void socketcall_host_copy_once(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}

/* Copies `size` bytes from the guest's `address`, or to it. 0, or -EFAULT with nothing copied. */
int socketcall_host_copy_in(const struct socketcall_host *host, void *to, uint64_t address, size_t size);
int socketcall_host_copy_out(const struct socketcall_host *host, uint64_t address, const void *from, size_t size);

/*
 * Makes `parts` of the `size` bytes at `address`: what is there and, where that isn't all, the rest as a part that
 * can't be touched, so the kernel fails where it would have failed at the guest. Returns how many parts there are, 1 or
 * 2.
 */
int socketcall_host_parts_of(const struct socketcall_host *host, uint64_t address, size_t size, int writable,
			     struct iovec *parts);

/* ---- Addresses of sockets ---------------------------------------------------------------------------------------- */

/*
 * What to give the kernel for the socket address of `length` bytes at the guest's `address`: `copy`, filled where it
 * can be; a null pointer for a null address; or what makes the kernel find the error itself.
 */
const void *socketcall_host_name_in(const struct socketcall_host *host, struct sockaddr_storage *copy, uint64_t address,
				    int length);

/*
 * Gives the guest a socket address of `length` bytes, as the kernel's move_addr_to_user(): as much of it as `room`
 * bytes hold. 0, -EINVAL where the room is negative, or -EFAULT.
 */
int socketcall_host_name_out(const struct socketcall_host *host, const struct sockaddr_storage *name, socklen_t length,
			     uint64_t address, int room);

/* The same, with the room at the guest's `length_address`, where the length is written. */
int socketcall_host_name_and_length_out(const struct socketcall_host *host, const struct sockaddr_storage *name,
					socklen_t length, uint64_t address, uint64_t length_address);

/* ---- Families and flags ------------------------------------------------------------------------------------------ */

/*
 * Is it known what the family's addresses, messages and options hold? Others' may hold addresses of memory (AF_RDS,
 * AF_XDP), or options that write more than they are told to (AF_ATMPVC, AF_BLUETOOTH).
 */
bool socketcall_host_family_is_known(int family);

/* The socket's family, or -errno where it is no socket. Sockets come by other ways than socket(), too. */
long socketcall_host_family_of(int fd);

/*
 * The flags to send with. SIGPIPE would be this process's, so the guest gets EPIPE alone; and nothing of the guest's
 * memory is used after the operation.
 */
int socketcall_host_sending(int flags);

#pragma GCC visibility pop

#endif
