/* SPDX-License-Identifier: MIT
 *
 * Describes a call and its result in a line of text, as strace prints it:
 *
 *   connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = -1 ENOENT (No such file or directory)
 *
 *   struct socketcall_format format = { .arch = arch, .memory = memory, .text = line, .size = sizeof line };
 *   … socketcall_decode(&arch->guest, &memory, call, block, &request) …
 *   socketcall_format(&format, &request, NULL);         before the call is made: what is sent, and rooms
 *   r = …
 *   socketcall_format(&format, &request, &r);           after it: what was received, and the result
 *
 * Freestanding, without state, allocation or system calls; reentrant. What it reads and writes is bounded, whatever the
 * guest passes: of each string 32 bytes, of each vector 32 elements, of an option's value or control data 4096 bytes.
 */
#ifndef SOCKETCALL_FORMAT_H
#define SOCKETCALL_FORMAT_H

#include "marshal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct socketcall_format {
	const struct socketcall_arch *arch;
	/* Reads the guest, all bytes or none; here from 1 to 4096 at a time. */
	struct socketcall_memory memory;
	char *text;  /* where the line goes, ended by a 0 byte, without a newline */
	size_t size; /* how many bytes there are, 1 or more: what doesn't fit is left out */
	/* Out: how many bytes the line has, whether they fit or not; the 0 byte isn't counted. 0 at the start. */
	size_t length;
	/* private: what was there before the call: rooms for names or an option, and a timeout */
	int rooms[32];
	int has_room, has_time;
	unsigned char time[16];
};

/*
 * Adds to the line what can be said of the call before it is made (*result isn't there: null), or what is left to be
 * said behind it. `result` is what the guest gets: a value, or -errno in the guest's numbers. Without a first call
 * before it all is said behind it; a room then is what is there by then.
 * Returns format->length.
 *
 * What strace asks the kernel for isn't known here: names of interfaces are their numbers, the payloads of netlink are
 * bytes. Pointers to structures that aren't described are addresses.
 */
size_t socketcall_format(struct socketcall_format *format, const struct socketcall_request *request,
			 const long *result);

#ifdef __cplusplus
}
#endif

#endif
