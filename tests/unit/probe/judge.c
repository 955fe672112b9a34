/* SPDX-License-Identifier: MIT
 *
 * Tests probe/judge.c with answers that no kernel at hand gives: one cell for each case, and facts about the kernel.
 * Prints TAP. */
#include "abi/kernel.h"
#include "probe/judge.h"

#include "tests/fixtures/tap.h"

#include <errno.h>

#define SAID(value_)                                                                                                   \
	{                                                                                                              \
		.how = DOORS_RETURNED, .value = (value_)                                                               \
	}
#define SAID_AT(v, w)                                                                                                  \
	{                                                                                                              \
		.how = DOORS_RETURNED, .where = DOORS_AT_##w, .value = (v)                                             \
	}
#define HOW(how_)                                                                                                      \
	{                                                                                                              \
		.how = DOORS_##how_                                                                                    \
	}
#define FILTERED   .filter = SAID(2), .filter_check = SAID(-EINVAL)
#define UNFILTERED .filter = SAID(0), .filter_check = SAID(-EINVAL)
#define NEW        .release = SAID(KERNEL_RELEASE(6, 12)), .i386 = SAID(7), .x32 = SAID(-ENOSYS)

static const struct {
	const char *text;
	struct doors_kernel kernel;
	enum doors_door door;
	struct doors_answer invalid, valid;
	enum doors_state state;
} cases[] = {
	{ "ENOSYS of the direct call before Linux 4.3 is the kernel's",
	  { FILTERED, .release = SAID(KERNEL_RELEASE(4, 2)) },
	  DOORS_I386,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_ABSENT },
	{ "ENOSYS of the direct call since Linux 4.3 is a filter's",
	  { FILTERED, .release = SAID(KERNEL_RELEASE(4, 3)), .i386 = SAID(7) },
	  DOORS_I386,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_REFUSED },
	{ "ENOSYS of the direct call is a filter's where the release isn't known",
	  { FILTERED, .release = SAID(-EPERM), .i386 = SAID(7) },
	  DOORS_I386,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_REFUSED },
	{ "ENOSYS without any filter is the kernel's",
	  { UNFILTERED, NEW },
	  DOORS_SOCKETCALL,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_ABSENT },
	{ "ENOSYS is a filter's where a filter hides that there are filters",
	  { .filter = SAID(0), .filter_check = SAID(0), NEW },
	  DOORS_SOCKETCALL,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_REFUSED },
	{ "x32 that isn't there is absent, though a filter refuses it",
	  { FILTERED, NEW },
	  DOORS_X32,
	  SAID(-EPERM),
	  SAID(-EPERM),
	  DOORS_ABSENT },
	{ "x32 that gives a socket is open, whatever its getpid says",
	  { FILTERED, NEW },
	  DOORS_X32,
	  SAID(-EINVAL),
	  SAID(3),
	  DOORS_OPEN },
	{ "x32 that a filter kills as a whole is killed",
	  { FILTERED, .x32 = HOW(KILLED) },
	  DOORS_X32,
	  HOW(KILLED),
	  HOW(KILLED),
	  DOORS_KILL },
	{ "no 32-bit entry: SIGSEGV",
	  { FILTERED, .i386 = HOW(FAULTED) },
	  DOORS_SOCKETCALL,
	  HOW(FAULTED),
	  HOW(FAULTED),
	  DOORS_ABSENT },
	{ "an emulator that overlooks the flag and gives a socket",
	  { .invalid = SAID(3), NEW },
	  DOORS_NATIVE,
	  SAID(3),
	  SAID(3),
	  DOORS_OPEN },
	{ "an emulator that overlooks the flag: its errno may be anybody's",
	  { .invalid = SAID(3), NEW },
	  DOORS_NATIVE,
	  SAID(-EAFNOSUPPORT),
	  SAID(-EAFNOSUPPORT),
	  DOORS_BARRED },
	{ "io_uring_setup fails with ENOMEM, as it does without memory: unknown",
	  { UNFILTERED, NEW, .uring = { SAID(-EINVAL), SAID(-EBADF) } },
	  DOORS_IO_URING,
	  SAID(-ENOMEM),
	  SAID(-ENOMEM),
	  DOORS_UNKNOWN },
	{ "a filter answers io_uring_setup with ENOMEM: refused",
	  { FILTERED, NEW, .uring = { SAID(-ENOMEM), SAID(-EBADF) } },
	  DOORS_IO_URING,
	  SAID(-ENOMEM),
	  SAID(-ENOMEM),
	  DOORS_REFUSED },
	{ "io_uring_setup fails with EACCES and no filter is loaded: an LSM denies it",
	  { UNFILTERED, NEW, .uring.enter = SAID(-EBADF) },
	  DOORS_IO_URING,
	  SAID(-EACCES),
	  SAID(-EACCES),
	  DOORS_DENIED },
	{ "io_uring before Linux 5.1",
	  { FILTERED, .release = SAID(KERNEL_RELEASE(5, 0)), .uring.enter = SAID(-ENOSYS) },
	  DOORS_IO_URING,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_ABSENT },
	{ "io_uring that a filter answers ENOSYS",
	  { FILTERED, NEW, .uring.enter = SAID(-ENOSYS) },
	  DOORS_IO_URING,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_REFUSED },
	{ "io_uring by the 32-bit entry, which isn't there",
	  { FILTERED, .i386 = HOW(FAULTED), .uring.enter = SAID(-EBADF), .uring_i386.enter = HOW(FAULTED) },
	  DOORS_IO_URING_I386,
	  HOW(FAULTED),
	  HOW(FAULTED),
	  DOORS_ABSENT },
	{ "io_uring that a filter answers ENOSYS by the 32-bit entry alone",
	  { FILTERED, NEW, .uring.enter = SAID(-EBADF), .uring_i386.enter = SAID(-ENOSYS) },
	  DOORS_IO_URING_I386,
	  SAID(-ENOSYS),
	  SAID(-ENOSYS),
	  DOORS_REFUSED },
	{ "a filter answers io_uring_setup of the 32-bit entry with ENOMEM: refused",
	  { FILTERED, NEW, .uring = { SAID(-EINVAL), SAID(-EBADF) }, .uring_i386 = { SAID(-ENOMEM), SAID(-EBADF) } },
	  DOORS_IO_URING_I386,
	  SAID(-ENOMEM),
	  SAID(-ENOMEM),
	  DOORS_REFUSED },
	{ "a ring whose memory can't be mapped: unknown",
	  { FILTERED, NEW, .uring.enter = SAID(-EBADF) },
	  DOORS_IO_URING,
	  SAID_AT(-EPERM, MMAP),
	  SAID_AT(-EPERM, MMAP),
	  DOORS_UNKNOWN },
	{ "a kernel whose io_uring restricts its operations",
	  { FILTERED, NEW, .uring.enter = SAID(-EBADF) },
	  DOORS_IO_URING,
	  SAID_AT(-EINVAL, OPERATION),
	  SAID_AT(-EACCES, OPERATION),
	  DOORS_DENIED },
	{ "no memory for a socket: unknown",
	  { UNFILTERED, NEW },
	  DOORS_NATIVE,
	  SAID(-EINVAL),
	  SAID(-ENOBUFS),
	  DOORS_UNKNOWN },
	{ "no descriptor for the socket, which was made",
	  { UNFILTERED, NEW },
	  DOORS_NATIVE,
	  SAID(-EINVAL),
	  SAID(-EMFILE),
	  DOORS_OPEN },
	{ "a child that something else killed: unknown",
	  { FILTERED, NEW },
	  DOORS_NATIVE,
	  HOW(DIED),
	  HOW(DIED),
	  DOORS_UNKNOWN },
	{ "the first attempt is trapped and the second one gets EPERM: unknown",
	  { FILTERED, NEW },
	  DOORS_NATIVE,
	  HOW(TRAPPED),
	  SAID(-EPERM),
	  DOORS_UNKNOWN },
};

static bool agree(const struct doors_row *row, const struct doors_row *other)
{
	const struct doors_row *const rows[] = { row, other };

	return doors_agree(rows, 2);
}

/* The answer at one door shows whether the kernel or a filter answers at another. */
static bool compares(void)
{
	const struct doors_kernel kernel = { FILTERED, NEW, .uring.enter = SAID(-EBADF) };
	const struct doors_asked asked = { .type_known = true };
	struct doors_row row = {
		.cell[DOORS_NATIVE] = { .invalid = SAID(-EINVAL), .valid = SAID(-EAFNOSUPPORT) },
		.cell[DOORS_I386] = { .invalid = SAID(-EINVAL), .valid = SAID(-EPERM) },
		.cell[DOORS_SOCKETCALL] = { .invalid = SAID(-EPERM), .valid = SAID(-EPERM) },
		.cell[DOORS_IO_URING] = { .invalid = SAID_AT(-EINVAL, OPERATION), .valid = SAID_AT(-EPERM, OPERATION) },
	};

	doors_judge(&row, &kernel, &asked);
	return row.cell[DOORS_NATIVE].state == DOORS_UNKNOWN && row.cell[DOORS_I386].state == DOORS_DENIED &&
	       row.cell[DOORS_SOCKETCALL].state == DOORS_REFUSED && row.cell[DOORS_IO_URING].state == DOORS_DENIED &&
	       row.cell[DOORS_X32].state == DOORS_NONE && !agree(&row, NULL) && !doors_around(&row, &row);
}

/* A filter refuses a family at the native door, but allows another family that the kernel converts into it. */
static void converts(void)
{
	const struct doors_kernel kernel = { FILTERED, .release = SAID(KERNEL_RELEASE(6, 10)) };
	const struct doors_asked asked = { .type_known = true };
	const struct doors_asked converted_since = { .type_known = true, .converts_since = KERNEL_RELEASE(6, 11) };
	const struct doors_row refused = { .cell[DOORS_NATIVE] = { .invalid = SAID(-EPERM), .valid = SAID(-EPERM) } };
	const struct doors_row open = { .cell[DOORS_NATIVE] = { .invalid = SAID(-EINVAL), .valid = SAID(3) } };
	const struct doors_row missing = { .cell[DOORS_NATIVE] = { .invalid = SAID(-EINVAL),
								   .valid = SAID(-EPROTONOSUPPORT) } };
	struct doors_row own = refused, converted = open;

	doors_judge(&own, &kernel, &asked);
	doors_judge(&converted, &kernel, &converted_since);
	doors_compare_converted(&own, &converted);
	ok(converted.cell[DOORS_NATIVE].state == DOORS_OPEN && doors_around(&own, &converted) == 1u << DOORS_NATIVE &&
		   !agree(&own, &converted),
	   "a refused family that the kernel creates when another is named is a hole, whatever the release");
	converted = missing;
	doors_judge(&converted, &kernel, &converted_since);
	ok(converted.cell[DOORS_NATIVE].state == DOORS_ABSENT && agree(&own, &converted) &&
		   doors_is_closed(&converted.cell[DOORS_NATIVE]),
	   "a kernel older than the conversion lacks the conversion, not the family");
	converted = missing;
	doors_judge(&converted, &kernel, &asked);
	ok(converted.cell[DOORS_NATIVE].state == DOORS_MISSING && !doors_is_closed(&converted.cell[DOORS_NATIVE]),
	   "a kernel that has the conversion lacks the family");
	own = open;
	doors_judge(&own, &kernel, &asked);
	doors_compare_converted(&own, &converted);
	ok(converted.cell[DOORS_NATIVE].state == DOORS_ABSENT && agree(&own, &converted),
	   "a kernel that creates the family by its name, but doesn't convert, is one without the conversion");
	own = missing;
	converted = open;
	doors_judge(&own, &kernel, &asked);
	doors_judge(&converted, &kernel, &asked);
	doors_compare_converted(&own, &converted);
	ok(own.cell[DOORS_NATIVE].state == DOORS_UNKNOWN,
	   "a family that is only created when another is named can't be missing: a filter compares the type");
}

int main(void)
{
	const int count = sizeof cases / sizeof *cases;

	for (int i = 0; i < count; i++) {
		const struct doors_asked asked = { .type_known = true };
		struct doors_row row = { .cell = { { .state = DOORS_NONE } } };
		enum doors_state state;

		row.cell[cases[i].door].invalid = cases[i].invalid;
		row.cell[cases[i].door].valid = cases[i].valid;
		doors_judge(&row, &cases[i].kernel, &asked);
		state = row.cell[cases[i].door].state;
		if (!ok(state == cases[i].state, "%s", cases[i].text))
			printf("# state %d, wanted %d\n", state, cases[i].state);
	}
	ok(compares(), "io_uring, whose requests no filter sees, shows the kernel's own answer");
	converts();
	return plan();
}
