/* SPDX-License-Identifier: MIT */
#include "abi/families.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { ALONE = false, PAIR = true, RARE = false, USUAL = true };

static const struct abi_family families[] = {
#define FAMILY(name_, number_, type_, protocol_, pair_, usual_)                                                        \
	{                                                                                                              \
		.name = #name_,                                                                                        \
		.number = (number_),                                                                                   \
		.type = SOCK_##type_,                                                                                  \
		.protocol = (protocol_),                                                                               \
		.pair = (pair_),                                                                                       \
		.usual = (usual_),                                                                                     \
	},
#include "abi/families.def"
#undef FAMILY
};

/* `socketcall probe --all` tries all families of Linux, so each number from 1 to the last has a row. */
enum {
#define FAMILY(name, ...) place_##name,
#include "abi/families.def"
#undef FAMILY
};
#define FAMILY(name, number, ...)                                                                                      \
	_Static_assert(place_##name + 1 == (number), #name ": the rows are by number, from 1, without a gap");
#include "abi/families.def"
#undef FAMILY

enum { ROWS = sizeof families / sizeof *families };

static const struct abi_conversion conversions[ABI_CONVERSIONS] = {
#define CONVERSION(from_, decides_, type_, protocol_, to_, major_, minor_)                                             \
	{                                                                                                              \
		.from = place_##from_ + 1,                                                                             \
		.to = place_##to_ + 1,                                                                                 \
		.decides = ABI_DECIDES_##decides_,                                                                     \
		.type = SOCK_##type_,                                                                                  \
		.protocol = (protocol_),                                                                               \
		.major = (major_),                                                                                     \
		.minor = (minor_),                                                                                     \
	},
#include "abi/conversions.def"
#undef CONVERSION
};

const struct abi_family *abi_family_row(size_t i)
{
	return i < ROWS ? &families[i] : NULL;
}

const struct abi_conversion *abi_conversion_row(size_t i)
{
	return i < ABI_CONVERSIONS ? &conversions[i] : NULL;
}

static bool by_name(const char *name, struct abi_family *family)
{
	if (strncasecmp(name, "AF_", 3) == 0 || strncasecmp(name, "PF_", 3) == 0)
		name += 3;
	for (size_t i = 0; i < ROWS; i++)
		if (strcasecmp(name, families[i].name) == 0) {
			*family = families[i];
			return true;
		}
	return false;
}

bool abi_family(const char *text, struct abi_family *family)
{
	long number;
	char *end;

	/* strtol() would also accept blanks and signs. */
	if (*text < '0' || *text > '9')
		return by_name(text, family);
	number = strtol(text, &end, 10);
	if (*end || number > ABI_FAMILY_MAX)
		return false;
	*family = (struct abi_family){ .number = (int)number };
	for (size_t i = 0; i < ROWS; i++)
		if (families[i].number == number)
			*family = families[i];
	return true;
}
