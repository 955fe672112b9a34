/* SPDX-License-Identifier: MIT */
#include "policy/words.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "abi/families.h"

enum { WORD_SIZE = 40, NOT_FOUND = -1, TYPE_MOST = 15, PROTOCOL_MOST = 65535 };

struct named {
	const char *name;
	int number;
};

static const struct named errors[] = {
#define NAMED_ERRNO(name, number) { #name, (number) },
#include "abi/errnames.def"
#undef NAMED_ERRNO
};

static const struct named capabilities[] = {
#define CAPABILITY(name, number) { #name, (number) },
#include "abi/capabilities.def"
#undef CAPABILITY
};

/* Other names of families in families.def. systemd accepts these names, too. */
static const struct named other_families[] = {
	{ "LOCAL", AF_LOCAL },
	{ "FILE", AF_FILE },
	{ "ROUTE", AF_ROUTE },
};

static const struct named types[] = {
	{ "STREAM", SOCK_STREAM },       { "DGRAM", SOCK_DGRAM }, { "RAW", SOCK_RAW },       { "RDM", SOCK_RDM },
	{ "SEQPACKET", SOCK_SEQPACKET }, { "DCCP", SOCK_DCCP },   { "PACKET", SOCK_PACKET },
};

static const struct protocol {
	int family;
	const char *prefix;
	struct named named;
} protocols[] = {
#define PROTOCOL(family, prefix, name, number) { AF_##family, #prefix, { #name, (number) } },
#include "abi/protocols.def"
#undef PROTOCOL
};

enum { ANY_TYPE = 0 };

/*
 * The protocol for which the kernel makes the same socket as for 0. In AF_INET and AF_INET6 that is the type's first
 * protocol (net/ipv4/af_inet.c, inet_create()); in AF_UNIX, AF_VSOCK and AF_IUCV the family's number (unix_create(),
 * vsock_create(), iucv_sock_create()); for AF_PHONET see pn_socket_create().
 */
static const struct {
	int family, type, protocol;
} zeros[] = {
	{ AF_INET, SOCK_STREAM, 6 },      /* TCP */
	{ AF_INET, SOCK_DGRAM, 17 },      /* UDP */
	{ AF_INET, SOCK_SEQPACKET, 132 }, /* SCTP */
	{ AF_INET, SOCK_DCCP, 33 },       /* DCCP */
	{ AF_UNIX, ANY_TYPE, AF_UNIX },   { AF_VSOCK, ANY_TYPE, AF_VSOCK },
	{ AF_IUCV, ANY_TYPE, AF_IUCV },   { AF_PHONET, SOCK_DGRAM, 1 }, /* PN_PROTO_PHONET */
	{ AF_PHONET, SOCK_SEQPACKET, 2 },                               /* PN_PROTO_PIPE */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

bool policy_word_is(struct policy_word word, const char *name)
{
	return strlen(name) == word.length && strncasecmp(word.text, name, word.length) == 0;
}

long policy_number(struct policy_word word, long most)
{
	long number = 0;

	if (!word.length)
		return NOT_FOUND;
	for (size_t i = 0; i < word.length; i++) {
		if (word.text[i] < '0' || word.text[i] > '9')
			return NOT_FOUND;
		number = number * 10 + (word.text[i] - '0');
		if (number > most)
			return NOT_FOUND;
	}
	return number;
}

static int find(const struct named *names, size_t count, struct policy_word word)
{
	for (size_t i = 0; i < count; i++)
		if (policy_word_is(word, names[i].name))
			return names[i].number;
	return NOT_FOUND;
}

static const char *name_of(const struct named *names, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

/* Returns the word without the prefix; the whole word, if it doesn't begin with the prefix. */
static struct policy_word without(struct policy_word word, const char *prefix)
{
	size_t length = strlen(prefix);

	if (word.length > length && strncasecmp(word.text, prefix, length) == 0)
		return (struct policy_word){ word.text + length, word.length - length };
	return word;
}

int policy_family(struct policy_word word)
{
	char text[WORD_SIZE];
	struct abi_family family;
	struct policy_word bare = without(word, "AF_");

	if (bare.length == word.length)
		bare = without(word, "PF_");
	if (find(other_families, COUNT(other_families), bare) != NOT_FOUND)
		return find(other_families, COUNT(other_families), bare);
	if (word.length >= sizeof text || memchr(word.text, '\0', word.length))
		return NOT_FOUND;
	memcpy(text, word.text, word.length);
	text[word.length] = '\0';
	return abi_family(text, &family) ? family.number : NOT_FOUND;
}

int policy_type(struct policy_word word)
{
	int type = find(types, COUNT(types), without(word, "SOCK_"));

	if (type == NOT_FOUND)
		type = (int)policy_number(word, TYPE_MOST);
	return type == 0 ? NOT_FOUND : type;
}

/* AF_INET6 has the protocols of AF_INET, so protocols.def and zeros[] have rows only for AF_INET. */
static int protocols_family(int family)
{
	return family == AF_INET6 ? AF_INET : family;
}

int policy_protocol(int family, struct policy_word word)
{
	for (size_t i = 0; i < COUNT(protocols); i++)
		if (protocols[i].family == protocols_family(family) &&
		    policy_word_is(without(word, protocols[i].prefix), protocols[i].named.name))
			return protocols[i].named.number;
	return (int)policy_number(word, PROTOCOL_MOST);
}

int policy_zero_protocol(int family, int type)
{
	for (size_t i = 0; i < COUNT(zeros); i++)
		if (zeros[i].family == protocols_family(family) && (zeros[i].type == type || zeros[i].type == ANY_TYPE))
			return zeros[i].protocol;
	return 0;
}

int policy_made_protocol(int family, int type, int protocol)
{
	int same = policy_zero_protocol(family, type);

	if (!same || (protocol && protocol != same))
		return protocol;
	return protocols_family(family) == AF_INET ? same : 0;
}

int policy_made_type(int family, int type)
{
	return family == AF_UNIX && type == SOCK_RAW ? SOCK_DGRAM : type;
}

int policy_errno(struct policy_word word)
{
	return find(errors, COUNT(errors), word);
}

const char *policy_errno_name(int error)
{
	return name_of(errors, COUNT(errors), error);
}

int policy_capability(struct policy_word word)
{
	return find(capabilities, COUNT(capabilities), without(word, "CAP_"));
}

const char *policy_type_name(int type)
{
	return name_of(types, COUNT(types), type);
}

const char *policy_protocol_name(int family, int protocol)
{
	for (size_t i = 0; i < COUNT(protocols); i++)
		if (protocols[i].family == protocols_family(family) && protocols[i].named.number == protocol)
			return protocols[i].named.name;
	return NULL;
}
