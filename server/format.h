/* SPDX-License-Identifier: MIT
 *
 * Describes a call and its result in a line of text, as strace prints it:
 *
 *   connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = -1 ENOENT (No such file or directory)
 *
 *   struct socketcall_format format = { .arch = arch, .memory = memory, .text = line, .size = sizeof line };
 *   … socketcall_decode(&arch->guest, &memory, call, block, &request) …
 *   socketcall_format(&format, &request, NULL);         before the call: prints what is sent, and notes rooms
 *   r = …
 *   socketcall_format(&format, &request, &r);           after the call: prints what was received, and the result
 *
 * Freestanding, without state, allocation or system calls; reentrant. Whatever the guest passes, it reads and writes at
 * most 32 bytes of each string, 32 elements of each vector, 4096 bytes of an option's value or of control data.
 *
 * A "room" is the length of a buffer for output (a name, an option's value) that the guest passes by pointer; the
 * kernel replaces it by the length of the output.
 */
#ifndef SOCKETCALL_FORMAT_H
#define SOCKETCALL_FORMAT_H

#include "marshal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct socketcall_format {
	const struct socketcall_arch *arch;
	/* Reads the guest's memory, all bytes or none; asked for 1 to 4096 at a time. */
	struct socketcall_memory memory;
	char *text;  /* where the line goes: ends with a 0 byte, has no newline */
	size_t size; /* how many bytes `text` has, 1 or more: what doesn't fit is left out */
	/* Set to 0 before a line. Out: the line's length without the 0 byte, even if it doesn't fit. */
	size_t length;
	/* private, noted before the call, which overwrites them: rooms for names or an option, and recvmmsg's
	 * timeout */
	int rooms[32];
	int has_room, has_time;
	unsigned char time[16];
};

/*
 * Adds to the line. With `result` null: what is known before the call is made. Else *result is what the guest gets, a
 * value or -errno in the guest's numbers, and the rest of the line is added. If there was no first time with null, the
 * whole line is made after the call, but the rooms that it prints are those that the call left.
 * Returns format->length.
 *
 * Unlike strace it doesn't ask the kernel, so interfaces are printed as numbers. Netlink's payloads are printed as
 * bytes, and structures that it doesn't know as addresses.
 */
size_t socketcall_format(struct socketcall_format *format, const struct socketcall_request *request,
			 const long *result);

#ifdef __cplusplus
}
#endif

#endif
