/* SPDX-License-Identifier: MIT
 *
 * What the files of this folder share: functions that add text to a line, read numbers and structures from the guest's
 * memory, and name constants. A function here prints to the line if its name begins with socketcall_text_ and it
 * returns void.
 */
#ifndef SERVER_FORMAT_TEXT_H
#define SERVER_FORMAT_TEXT_H

#include <stdbool.h>

#include "server/format.h"

enum {
	FORMAT_STRING = 32,   /* most bytes printed of a string */
	FORMAT_ELEMENTS = 32, /* most elements printed of an array */
	FORMAT_BYTES = 4096,  /* most bytes of control data that are read */
};

enum {
	FAMILY_UNSPEC,
	FAMILY_UNIX,
	FAMILY_INET,
	FAMILY_INET6 = 10,
	FAMILY_NETLINK = 16,
	FAMILY_PACKET,
	FAMILY_VSOCK = 40
};

#pragma GCC visibility push(hidden)

/* ---- Text -------------------------------------------------------------------------------------------------------- */

void socketcall_text(struct socketcall_format *f, const char *text);
void socketcall_text_char(struct socketcall_format *f, char c);
void socketcall_text_unsigned(struct socketcall_format *f, uint64_t value);
void socketcall_text_int(struct socketcall_format *f, int64_t value);
/* 0x1f, with at least `digits` digits */
void socketcall_text_hex(struct socketcall_format *f, uint64_t value, unsigned digits);
/* A guest's address: in hexadecimal, or NULL. */
void socketcall_text_address(struct socketcall_format *f, uint64_t address);

enum socketcall_quote {
	QUOTE_OCTAL,  /* "a\n\0" */
	QUOTE_CUT,    /* as QUOTE_OCTAL, but only the first 32 bytes, and "..." if there are more */
	QUOTE_STRING, /* as QUOTE_OCTAL, up to the first 0 byte */
	QUOTE_HEX,    /* "\x61\x0a\x00", cut as by QUOTE_CUT */
};
void socketcall_text_quoted(struct socketcall_format *f, const unsigned char *bytes, size_t size,
			    enum socketcall_quote how);

/* ---- The guest's memory ------------------------------------------------------------------------------------------ */

/* False if the guest's memory can't be read. */
bool socketcall_text_read(struct socketcall_format *f, uint64_t address, void *to, size_t size);
/* Returns the number of `size` bytes at `bytes`, which are in the guest's byte order. */
uint64_t socketcall_text_number(const struct socketcall_format *f, const unsigned char *bytes, size_t size);
/* Returns how many bytes the guest's words have. */
size_t socketcall_text_word(const struct socketcall_format *f);
/* Up to 32 bytes of a buffer; its address, if it can't be read. */
void socketcall_text_buffer(struct socketcall_format *f, uint64_t address, uint64_t size);

/* ---- Names (names.c) --------------------------------------------------------------------------------------------- */

/* The sets of constants that names.def, links.def and abi/ name. */
enum socketcall_names {
	NAMES_TYPE,           /* SOCK_STREAM */
	NAMES_TYPE_FLAG,      /* SOCK_CLOEXEC */
	NAMES_MESSAGE,        /* MSG_PEEK */
	NAMES_SHUTDOWN,       /* SHUT_RD */
	NAMES_IPPROTO,        /* IPPROTO_TCP */
	NAMES_NETLINK,        /* NETLINK_ROUTE: protocols of AF_NETLINK */
	NAMES_LEVEL,          /* SOL_TCP: levels of options */
	NAMES_IP,             /* IP_TOS: options of SOL_IP; the next seven sets are options of other levels */
	NAMES_IPV6,           /* IPV6_V6ONLY */
	NAMES_TCP,            /* TCP_NODELAY */
	NAMES_UDP,            /* UDP_CORK */
	NAMES_RAW,            /* ICMP_FILTER, of SOL_RAW */
	NAMES_PACKET,         /* PACKET_STATISTICS */
	NAMES_NETLINK_OPTION, /* NETLINK_PKTINFO */
	NAMES_VSOCK,          /* SO_VM_SOCKETS_BUFFER_SIZE */
	NAMES_CONTROL,        /* SCM_RIGHTS: control messages of SOL_SOCKET, some of which have an option's name */
	NAMES_CID,            /* VMADDR_CID_HOST: addresses of AF_VSOCK */
	NAMES_VSOCK_FLAG,     /* VMADDR_FLAG_TO_HOST */
	NAMES_SCTP,           /* SCTP_INITMSG: options of SOL_SCTP, and of the next two levels */
	NAMES_TLS,            /* TLS_TX */
	NAMES_IPX,            /* IPX_TYPE */
	NAMES_ETHERNET,       /* ETH_P_IP */
	NAMES_HARDWARE,       /* ARPHRD_ETHER */
	NAMES_PACKET_TYPE,    /* PACKET_HOST */
	NAMES_FAMILY,         /* AF_INET */
	NAMES_SOCKET,         /* SO_TYPE: options of SOL_SOCKET, by the guest's numbers */
};

/* Returns the constant's name, or null if it has none. */
const char *socketcall_name_of(const struct socketcall_format *f, enum socketcall_names names, uint64_t value);
/* The constant's name. If it has none: the number in hexadecimal, with `otherwise` in a comment. */
void socketcall_text_name(struct socketcall_format *f, enum socketcall_names names, uint32_t value,
			  const char *otherwise);
void socketcall_text_unnamed(struct socketcall_format *f, uint32_t value, const char *otherwise);
/* A set of flags: names with | between them, then the flags without a name in hexadecimal. */
void socketcall_text_flags(struct socketcall_format *f, enum socketcall_names names, uint32_t value,
			   const char *otherwise);
/* Returns the description of the guest's error `number`, with *name its name; null if it has none. */
const char *socketcall_error_text(const struct socketcall_format *f, int number, const char **name);
/* Return the generic number (that of most architectures) of a guest's level, or socket type with its flags. */
int socketcall_text_level(const struct socketcall_format *f, int level);
int socketcall_text_type(const struct socketcall_format *f, int type);
/* The same for a control message of SOL_SOCKET. If the guest's architecture doesn't have it, returns a number that has
 * no name. */
uint32_t socketcall_text_control(const struct socketcall_format *f, uint32_t type);

/* ---- Structures (structures.c, messages.c, options.c) ------------------------------------------------------------ */

/* The socket address of `length` bytes at the guest's `address`; `address` itself, if it can't be read. */
void socketcall_text_socket_address(struct socketcall_format *f, uint64_t address, int64_t length);
/* A name that a call returns, and its room: if the name was received, the name, and the room before and after the call;
 * else the name's address, and the room. */
void socketcall_text_name_out(struct socketcall_format *f, uint64_t address, uint64_t length_address, bool received);
/* A struct msghdr. If it was received, `room` is the room for a name before the call, and `done` the bytes received. */
void socketcall_text_message(struct socketcall_format *f, uint64_t address, bool received, int room, int64_t done);
/* Reads a message's room for a name from its header at the guest's `address`. False if it can't be read. */
bool socketcall_text_message_room(struct socketcall_format *f, uint64_t address, int *room);
/* Returns how many bytes the guest's struct msghdr has. */
size_t socketcall_text_message_size(const struct socketcall_format *f);
/* An array of `count` struct mmsghdr, of which `done` were sent or received. */
void socketcall_text_messages(struct socketcall_format *f, uint64_t address, uint64_t count, bool received,
			      int64_t done);
/* A time: tv_sec has `word` bytes, and `member` (tv_nsec or tv_usec) `fraction` bytes. */
void socketcall_text_time_at(struct socketcall_format *f, const unsigned char *at, size_t word, size_t fraction,
			     const char *member);
/* recvmmsg's timeout at the guest's `address`; and how many bytes each of its two members has. */
void socketcall_text_timeout(struct socketcall_format *f, uint64_t address);
size_t socketcall_text_timeout_size(const struct socketcall_format *f);
/* inet_addr("127.0.0.1"), and inet_pton(AF_INET6, "::1", &member) */
void socketcall_text_inet(struct socketcall_format *f, const unsigned char *address);
void socketcall_text_inet6(struct socketcall_format *f, const unsigned char *address, const char *member);

/* htons(ETH_P_ALL) */
void socketcall_text_ethernet(struct socketcall_format *f, uint32_t protocol);

/* The level and the option, by the guest's numbers. `set`: for setsockopt, not getsockopt. */
void socketcall_text_option(struct socketcall_format *f, int level, int option, bool set);
/* The option's value of `length` bytes at the guest's address `value`, that is set, or was got. */
void socketcall_text_option_set(struct socketcall_format *f, int level, int option, uint64_t value, int length);
void socketcall_text_option_got(struct socketcall_format *f, int level, int option, uint64_t value, int length);

#pragma GCC visibility pop

#endif
