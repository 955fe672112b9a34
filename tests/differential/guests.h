/* SPDX-License-Identifier: MIT
 *
 * The guests of the differential test, and what of them has to be written and read as they do. Whatever stands here
 * comes from abi/, by other ways than in server/.
 */
#ifndef DIFFERENTIAL_GUESTS_H
#define DIFFERENTIAL_GUESTS_H

#include <stdbool.h>
#include <stdint.h>

struct guest {
	const char *name;      /* a row of abi/arch */
	unsigned word;         /* 4 or 8 bytes */
	unsigned microseconds; /* bytes that those of an old timeval have */
	bool swapped;          /* is its byte order another than this machine's? */
	bool differs;          /* are there constants that differ from the kernel's here? */
};

/* The guest of that name, or null. */
const struct guest *guest_named(const char *name);

/* The guest's number for this kernel's: of a level, of an option of SOL_SOCKET, of a type with flags, of an errno. */
int guest_level(const struct guest *guest, int level);
int guest_option(const struct guest *guest, int level, int option);
int guest_type(const struct guest *guest, int type);
int guest_errno(const struct guest *guest, int number);

/* Is there an option of SOL_SOCKET with this kernel's number, whose number for the guest is known? */
bool guest_knows_option(const struct guest *guest, int option);

#endif
