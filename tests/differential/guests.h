/* SPDX-License-Identifier: MIT
 *
 * The guests of the differential test, and translation of this kernel's constants into theirs. It reads abi/ with code
 * of its own, not with that of server/, which is under test.
 */
#ifndef DIFFERENTIAL_GUESTS_H
#define DIFFERENTIAL_GUESTS_H

#include <stdbool.h>
#include <stdint.h>

struct guest {
	const char *name;      /* a row of abi/arch */
	unsigned word;         /* 4 or 8 bytes */
	unsigned microseconds; /* the size of an old timeval's tv_usec in bytes */
	bool swapped;          /* its byte order isn't this machine's */
	bool own_constants;    /* some of its constants differ from those of the kernel here */
};

/* Returns the guest of that name, or null. */
const struct guest *guest_named(const char *name);

/* Return the guest's number for this kernel's number of a level, an option of SOL_SOCKET, a type with flags, an
 * error. */
int guest_level(const struct guest *guest, int level);
int guest_option(const struct guest *guest, int level, int option);
int guest_type(const struct guest *guest, int type);
int guest_errno(const struct guest *guest, int number);

/* True if the guest's number of this option of SOL_SOCKET is known. */
bool guest_knows_option(const struct guest *guest, int option);

#endif
