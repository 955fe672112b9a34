/* SPDX-License-Identifier: MIT
 * Names in policies, and the numbers that they stand for: families, types and protocols of sockets, errors, calls,
 * capabilities. */
#ifndef POLICY_WORDS_H
#define POLICY_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a text; it doesn't end with a null character. */
struct policy_word {
	const char *text;
	size_t length;
};

/* True if the word is this name, in upper or lower case. */
bool policy_word_is(struct policy_word word, const char *name);

/* Returns a decimal number from 0 to `most`; -1 if the word isn't one. */
long policy_number(struct policy_word word, long most);

/* The number of an address family: a name, with or without AF_ or PF_, or a number; -1 if the word is neither. */
int policy_family(struct policy_word word);

/* The number of a socket's type, a name with or without SOCK_, or a number of 1 to 15; or -1. */
int policy_type(struct policy_word word);

/*
 * The number of a protocol of the family: a name with or without the family's prefix (IPPROTO_, NETLINK_, ETH_P_ ...),
 * or a number of 0 to 65535; or -1.
 */
int policy_protocol(int family, struct policy_word word);

/* The other protocol for which the kernel makes the same socket as for protocol 0, in this family and type; or 0 if
 * there is none. */
int policy_zero_protocol(int family, int type);

/* Returns one number for each kind of socket: where the kernel makes the same socket for two protocols, the same number
 * for both. In AF_INET that is 6 for TCP and for 0; in AF_UNIX it is 0 for AF_UNIX and for 0. Otherwise `protocol`. */
int policy_made_protocol(int family, int type, int protocol);

/* The type of the socket that the kernel makes: SOCK_DGRAM for SOCK_RAW in AF_UNIX, else `type` itself. */
int policy_made_type(int family, int type);

/* The number of an error on x86, "EPERM"; or -1. */
int policy_errno(struct policy_word word);
/* The name of an error, or a null pointer. */
const char *policy_errno_name(int error);

/* The number of a capability, "CAP_NET_RAW", with or without CAP_; or -1. */
int policy_capability(struct policy_word word);

/* The name of a type or of a protocol of the family, or a null pointer. */
const char *policy_type_name(int type);
const char *policy_protocol_name(int family, int protocol);

#endif
