/* SPDX-License-Identifier: MIT
 *
 * What describing calls has in common: text that is added to a line, numbers and structures of the guest's memory, and
 * names of constants.
 */
#ifndef SERVER_FORMAT_TEXT_H
#define SERVER_FORMAT_TEXT_H

#include <stdbool.h>

#include "server/format.h"

enum { FORMAT_STRING = 32, FORMAT_ELEMENTS = 32, FORMAT_BYTES = 4096 };

#pragma GCC visibility push(hidden)

/* ---- Text -------------------------------------------------------------------------------------------------------- */

void socketcall_text(struct socketcall_format *f, const char *text);
void socketcall_text_char(struct socketcall_format *f, char c);
void socketcall_text_unsigned(struct socketcall_format *f, uint64_t value);
void socketcall_text_int(struct socketcall_format *f, int64_t value);
/* 0x1f; `digits`: at least so many */
void socketcall_text_hex(struct socketcall_format *f, uint64_t value, unsigned digits);
/* An address of the guest's: NULL, or in hexadecimal. */
void socketcall_text_address(struct socketcall_format *f, uint64_t address);

enum socketcall_quote {
	QUOTE_OCTAL,  /* "a\n\0" */
	QUOTE_CUT,    /* the same; if there are more than 32 bytes, these, and ... */
	QUOTE_STRING, /* as QUOTE_OCTAL, up to the first 0 byte */
	QUOTE_HEX,    /* "\x61\x0a\x00" */
};
void socketcall_text_quoted(struct socketcall_format *f, const unsigned char *bytes, size_t size,
			    enum socketcall_quote how);

/* ---- The guest's memory ------------------------------------------------------------------------------------------ */

bool socketcall_text_read(struct socketcall_format *f, uint64_t address, void *to, size_t size);
/* A number of `size` bytes in the guest's order, at `bytes`. */
uint64_t socketcall_text_number(const struct socketcall_format *f, const unsigned char *bytes, size_t size);
size_t socketcall_text_word(const struct socketcall_format *f);
/* The bytes of a buffer, cut to 32, or the buffer's address. */
void socketcall_text_buffer(struct socketcall_format *f, uint64_t address, uint64_t size);

/* ---- Names (names.c) --------------------------------------------------------------------------------------------- */

enum socketcall_names {
	NAMES_TYPE,
	NAMES_TYPE_FLAG,
	NAMES_MESSAGE,
	NAMES_SHUTDOWN,
	NAMES_IPPROTO,
	NAMES_NETLINK,
	NAMES_LEVEL,
	NAMES_IP,
	NAMES_IPV6,
	NAMES_TCP,
	NAMES_UDP,
	NAMES_RAW,
	NAMES_PACKET,
	NAMES_NETLINK_OPTION,
	NAMES_VSOCK,
	NAMES_CONTROL, /* of SOL_SOCKET, and the options' names that control messages share */
	NAMES_CID,
	NAMES_VSOCK_FLAG,
	NAMES_SCTP,
	NAMES_TLS,
	NAMES_IPX,
	NAMES_ETHERNET,
	NAMES_HARDWARE,
	NAMES_PACKET_TYPE,
	NAMES_FAMILY,
	NAMES_SOCKET, /* options of SOL_SOCKET, by the guest's numbers, and the next: errors */
	NAMES_ERROR,
};

/* The constant's name, or null. */
const char *socketcall_name_of(const struct socketcall_format *f, enum socketcall_names names, uint64_t value);
/* The name; or the number in hexadecimal, and "otherwise" in a comment. */
void socketcall_text_name(struct socketcall_format *f, enum socketcall_names names, uint32_t value,
			  const char *otherwise);
void socketcall_text_unnamed(struct socketcall_format *f, uint32_t value, const char *otherwise);
/* A set of flags: names with | between them, and what has no name in hexadecimal. */
void socketcall_text_flags(struct socketcall_format *f, enum socketcall_names names, uint32_t value,
			   const char *otherwise);
/* What an error is called, and what is said of it, or null. */
const char *socketcall_error_text(const struct socketcall_format *f, int number, const char **name);
/* The level, option or type that has the guest's number, by the number that most architectures give it. */
int socketcall_text_level(const struct socketcall_format *f, int level);
int socketcall_text_type(const struct socketcall_format *f, int type);
/* The same of a control message of SOL_SOCKET's; one that the guest hasn't got has no name. */
uint32_t socketcall_text_control(const struct socketcall_format *f, uint32_t type);

/* ---- Structures (structures.c, messages.c, options.c) ------------------------------------------------------------ */

/* A socket's address of `length` bytes at an address of the guest's, or that address. */
void socketcall_text_socket_address(struct socketcall_format *f, uint64_t address, int64_t length);
/* What was received into a room for a name: its address, or the name; and the room, before and after. */
void socketcall_text_name_out(struct socketcall_format *f, uint64_t address, uint64_t length_address, bool received);
/* `received`: a message that was received, with so much room for a name; `done`: so many bytes. */
void socketcall_text_message(struct socketcall_format *f, uint64_t address, bool received, int room, int64_t done);
/* Where a message's room for a name is said, in its header at an address of the guest's; false: nowhere. */
bool socketcall_text_message_room(struct socketcall_format *f, uint64_t address, int *room);
size_t socketcall_text_message_size(const struct socketcall_format *f);
void socketcall_text_messages(struct socketcall_format *f, uint64_t address, uint64_t count, bool received,
			      int64_t done);
/* tv_sec and tv_nsec or so, of so many bytes */
void socketcall_text_time_at(struct socketcall_format *f, const unsigned char *at, size_t word, size_t fraction,
			     const char *member);
/* recvmmsg's, and the bytes that each of its members has */
void socketcall_text_timeout(struct socketcall_format *f, uint64_t address);
size_t socketcall_text_timeout_size(const struct socketcall_format *f);
/* inet_addr("127.0.0.1"), and inet_pton(AF_INET6, "::1", &member) */
void socketcall_text_inet(struct socketcall_format *f, const unsigned char *address);
void socketcall_text_inet6(struct socketcall_format *f, const unsigned char *address, const char *member);

/* htons(ETH_P_ALL) */
void socketcall_text_ethernet(struct socketcall_format *f, uint32_t protocol);

void socketcall_text_option(struct socketcall_format *f, int level, int option, bool set);
void socketcall_text_option_set(struct socketcall_format *f, int level, int option, uint64_t value, int length);
void socketcall_text_option_got(struct socketcall_format *f, int level, int option, uint64_t value, int length);

#pragma GCC visibility pop

#endif
