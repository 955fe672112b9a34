/* SPDX-License-Identifier: MIT */
#include "probe/judge.h"

#include "abi/kernel.h"

#include <errno.h>

/* Each call except for the two that create sockets is tried with an invalid descriptor: see doors_call_through(). */
#define CALL(call, NAME, name, maker, arity, k0, ...)                                                                  \
	_Static_assert(ABI_##k0 == ABI_FD || SOCKETCALL_##NAME == SOCKETCALL_SOCKET ||                                 \
			       SOCKETCALL_##NAME == SOCKETCALL_SOCKETPAIR,                                             \
		       #name ": its first argument is no descriptor; how can it be tried without any effect?");
#include "abi/calls.def"
#undef CALL

static bool returned(const struct doors_answer *a, int value)
{
	return a->how == DOORS_RETURNED && a->value == value;
}

static bool refused(const struct doors_answer *a)
{
	return a->how == DOORS_RETURNED && a->value < 0;
}

/* Whether the call succeeded. */
static bool succeeded(const struct doors_answer *a)
{
	return a->how == DOORS_RETURNED && a->value >= 0;
}

static bool same(const struct doors_answer *a, const struct doors_answer *b)
{
	return a->how == b->how && (a->how != DOORS_RETURNED || a->value == b->value);
}

enum doors_truth doors_filtered(const struct doors_kernel *kernel)
{
	/* A filter may answer prctl() with 0. If it does so to an invalid operation, its answers prove nothing. */
	if (!returned(&kernel->filter_check, -EINVAL) || !succeeded(&kernel->filter))
		return DOORS_CANT_TELL;
	return kernel->filter.value ? DOORS_YES : DOORS_NO;
}

/* Whether the kernel's release is that KERNEL_RELEASE() or a later one. */
static enum doors_truth since(const struct doors_kernel *kernel, int release)
{
	if (kernel->release.how != DOORS_RETURNED || kernel->release.value <= 0)
		return DOORS_CANT_TELL;
	return kernel->release.value >= release ? DOORS_YES : DOORS_NO;
}

/* Whether getpid(), made by one of the entries, returned a process number. */
static bool is_pid(const struct doors_answer *a)
{
	return a->how == DOORS_RETURNED && a->value > 0;
}

/* i386's getpid shows whether the 32-bit entry exists. The entry never answers ENOSYS to it, but a filter may. */
static enum doors_truth i386_there(const struct doors_kernel *kernel)
{
	if (kernel->i386.how == DOORS_FAULTED)
		return DOORS_NO;
	if (returned(&kernel->i386, -ENOSYS) && doors_filtered(kernel) == DOORS_NO)
		return DOORS_NO;
	return is_pid(&kernel->i386) ? DOORS_YES : DOORS_CANT_TELL;
}

/* A kernel without x32 answers ENOSYS. So does a filter that closes all of x32; the effect is the same. */
static enum doors_truth x32_there(const struct doors_kernel *kernel)
{
	if (returned(&kernel->x32, -ENOSYS))
		return DOORS_NO;
	return is_pid(&kernel->x32) ? DOORS_YES : DOORS_CANT_TELL;
}

bool doors_is_uring(enum doors_door door)
{
	switch (door) {
	case DOORS_IO_URING:
	case DOORS_IO_URING_I386:
	case DOORS_IO_URING_X32:
		return true;
	case DOORS_NATIVE:
	case DOORS_NATIVE_HIGH:
	case DOORS_I386:
	case DOORS_I386_HIGH:
	case DOORS_SOCKETCALL:
	case DOORS_X32:
		return false;
	}
	__builtin_unreachable();
}

/* What io_uring's calls answered at that door, which is one of io_uring's. */
static const struct doors_uring *uring_of(enum doors_door door, const struct doors_kernel *kernel)
{
	if (door == DOORS_IO_URING_I386)
		return &kernel->uring_i386;
	return door == DOORS_IO_URING_X32 ? &kernel->uring_x32 : &kernel->uring;
}

/* Whether io_uring exists at an entry. The entry itself exists, or may exist. */
static enum doors_truth uring_there(const struct doors_uring *uring, const struct doors_kernel *kernel)
{
	if (returned(&uring->enter, -EBADF))
		return DOORS_YES;
	if (returned(&uring->enter, -ENOSYS) && doors_filtered(kernel) == DOORS_NO)
		return DOORS_NO;
	/* A filter that answers ENOSYS by default looks like a kernel without io_uring; few since 5.1 lack it. */
	return since(kernel, KERNEL_RELEASE(5, 1)) == DOORS_NO ? DOORS_NO : DOORS_CANT_TELL;
}

enum doors_truth doors_there(enum doors_door door, const struct doors_kernel *kernel)
{
	switch (door) {
	case DOORS_NATIVE:
	case DOORS_NATIVE_HIGH:
		return DOORS_YES;
	case DOORS_I386:
	case DOORS_I386_HIGH:
	case DOORS_SOCKETCALL:
		return i386_there(kernel);
	case DOORS_X32:
		return x32_there(kernel);
	case DOORS_IO_URING:
		return uring_there(&kernel->uring, kernel);
	case DOORS_IO_URING_I386:
		return i386_there(kernel) == DOORS_NO ? DOORS_NO : uring_there(&kernel->uring_i386, kernel);
	case DOORS_IO_URING_X32:
		return x32_there(kernel) == DOORS_NO ? DOORS_NO : uring_there(&kernel->uring_x32, kernel);
	}
	__builtin_unreachable();
}

bool doors_has_pair(enum doors_door door)
{
	switch (door) {
	case DOORS_NATIVE:
	case DOORS_NATIVE_HIGH:
	case DOORS_I386:
	case DOORS_I386_HIGH:
	case DOORS_SOCKETCALL:
	case DOORS_X32:
		return true;
	case DOORS_IO_URING:
	case DOORS_IO_URING_I386:
	case DOORS_IO_URING_X32:
		return false;
	}
	__builtin_unreachable();
}

/* Both attempts got ENOSYS. True if the kernel gave it, because it has the entry but not the call. */
static bool call_is_missing(enum doors_door door, const struct doors_kernel *kernel)
{
	if (doors_filtered(kernel) == DOORS_NO)
		return true;
	switch (door) {
	case DOORS_I386:
	case DOORS_I386_HIGH:
		return since(kernel, KERNEL_RELEASE(4, 3)) == DOORS_NO;
	case DOORS_NATIVE:
	case DOORS_NATIVE_HIGH:
	case DOORS_SOCKETCALL:
	case DOORS_X32:
	case DOORS_IO_URING:
	case DOORS_IO_URING_I386:
	case DOORS_IO_URING_X32:
		return doors_there(door, kernel) == DOORS_NO;
	}
	__builtin_unreachable();
}

/* The state of a cell whose attempts both got this answer from a filter. */
static enum doors_state by_filter(const struct doors_answer *a)
{
	switch (a->how) {
	case DOORS_RETURNED:
	case DOORS_PRETENDED:
		return DOORS_REFUSED;
	case DOORS_TRAPPED:
		return DOORS_TRAP;
	case DOORS_KILLED:
		return DOORS_KILL;
	case DOORS_SILENT:
		return DOORS_MUTE;
	case DOORS_FAULTED:
		return DOORS_ABSENT;
	case DOORS_UNASKED:
	case DOORS_DIED:
		return DOORS_UNKNOWN;
	}
	__builtin_unreachable();
}

/* The state of a cell whose answer came from the kernel: the filters allowed the invalid type. */
static enum doors_state by_kernel(const struct doors_answer *valid, const struct doors_asked *asked)
{
	if (valid->how != DOORS_RETURNED)
		return DOORS_UNKNOWN;
	if (valid->value >= 0)
		return DOORS_OPEN;
	switch (-valid->value) {
	case EPERM:
	case EACCES:
		return DOORS_DENIED;
	case EAFNOSUPPORT:
	case EPFNOSUPPORT:
	case ESOCKTNOSUPPORT:
	case EPROTONOSUPPORT:
	case EPROTOTYPE:
	case EOPNOTSUPP:
	case ENODEV:
		return DOORS_MISSING;
	case EMFILE:
		/* The kernel creates a socket before its descriptor, but a pair's descriptors before the pair. */
		return asked->pair ? DOORS_UNKNOWN : DOORS_OPEN;
	default:
		return DOORS_UNKNOWN;
	}
}

static enum doors_state judge(enum doors_door door, const struct doors_cell *cell, const struct doors_kernel *kernel,
			      const struct doors_asked *asked)
{
	if (!same(&cell->invalid, &cell->valid)) {
		bool through = returned(&cell->invalid, -EINVAL);

		return through ? by_kernel(&cell->valid, asked) : DOORS_UNKNOWN;
	}
	/* An emulator ignored the invalid bit, and created a socket both times. */
	if (succeeded(&cell->valid))
		return DOORS_OPEN;
	/* On such an emulator, an error that came twice may be the emulator's own. */
	if (cell->valid.how == DOORS_RETURNED && succeeded(&kernel->invalid))
		return DOORS_BARRED;
	/* EINVAL for the valid type as well: a filter's, unless the kernel itself may find the type invalid. */
	if (returned(&cell->valid, -EINVAL) && !asked->type_known)
		return DOORS_UNKNOWN;
	if (returned(&cell->valid, -ENOSYS) && call_is_missing(door, kernel))
		return DOORS_ABSENT;
	return by_filter(&cell->valid);
}

/* The state of an io_uring cell whose attempts did not reach the operation; the family plays no part. */
static enum doors_state judge_ring(enum doors_door door, const struct doors_cell *cell,
				   const struct doors_kernel *kernel)
{
	const struct doors_uring *uring = uring_of(door, kernel);
	const struct doors_answer *a = &cell->valid;

	if (!same(&cell->invalid, a) || cell->invalid.where != a->where || a->where == DOORS_AT_MMAP)
		return DOORS_UNKNOWN;
	/* io_uring_setup is allowed, and failed for lack of memory or descriptors. */
	if (a->where == DOORS_AT_SETUP && returned(&uring->setup, -EINVAL) && !returned(a, -EINVAL))
		return DOORS_UNKNOWN;
	if (a->where == DOORS_AT_ENTER || !refused(a))
		return by_filter(a);
	if (returned(a, -ENOSYS))
		return doors_there(door, kernel) == DOORS_NO ? DOORS_ABSENT : DOORS_REFUSED;
	/* The sysctl answers EPERM, and an LSM EACCES, to io_uring_setup alone; neither refuses io_uring_enter. */
	if (!returned(a, -EPERM) && !returned(a, -EACCES))
		return DOORS_REFUSED;
	if (doors_filtered(kernel) == DOORS_NO)
		return DOORS_DENIED;
	if (same(&uring->enter, a))
		return DOORS_REFUSED;
	if (kernel->uring_disabled.how != DOORS_RETURNED || kernel->uring_disabled.value < 0)
		return DOORS_BARRED;
	return kernel->uring_disabled.value > 0 ? DOORS_DENIED : DOORS_REFUSED;
}

static enum doors_state judge_uring(enum doors_door door, const struct doors_cell *cell,
				    const struct doors_kernel *kernel, const struct doors_asked *asked)
{
	if (cell->valid.where != DOORS_AT_OPERATION || cell->invalid.where != DOORS_AT_OPERATION)
		return judge_ring(door, cell, kernel);
	/* No filter sees operations. EINVAL twice: the kernel is older than 5.19 and lacks this operation. */
	if (returned(&cell->invalid, -EINVAL) && returned(&cell->valid, -EINVAL))
		return asked->type_known ? DOORS_ABSENT : DOORS_UNKNOWN;
	return judge(door, cell, kernel, asked);
}

/* What is compared to see whether doors agree. */
enum side {
	SIDE_NONE,    /* the door does not exist, or the sysctl has switched it off: it does not count */
	SIDE_CLOSED,  /* a filter refuses, in whatever way */
	SIDE_OPEN,    /* the filters allow, and so does the kernel */
	SIDE_DENIED,  /* the filters allow, and the kernel refuses */
	SIDE_MISSING, /* the filters allow, and the kernel does not have the family */
	SIDE_UNKNOWN, /* not known */
};

static enum side side(const struct doors_row *row, int door)
{
	const struct doors_cell *cell = &row->cell[door];

	switch (cell->state) {
	case DOORS_NONE:
	case DOORS_ABSENT:
		return SIDE_NONE;
	case DOORS_OPEN:
		return SIDE_OPEN;
	case DOORS_DENIED:
		return doors_is_uring((enum doors_door)door) && cell->valid.where != DOORS_AT_OPERATION ? SIDE_NONE
													: SIDE_DENIED;
	case DOORS_MISSING:
		return SIDE_MISSING;
	case DOORS_UNKNOWN:
		return SIDE_UNKNOWN;
	case DOORS_REFUSED:
	case DOORS_KILL:
	case DOORS_TRAP:
	case DOORS_MUTE:
	case DOORS_BARRED:
		return SIDE_CLOSED;
	}
	__builtin_unreachable();
}

/* Whether the filters allow the family at this door, so that the kernel answered. */
static bool is_through(const struct doors_row *row, int door)
{
	enum side one = side(row, door);

	return one == SIDE_OPEN || one == SIDE_DENIED || one == SIDE_MISSING;
}

/*
 * The kernel's own answer is the same at each door. If the kernel created a socket at one door, a refusal at another
 * door that looks like the kernel's was given by a filter that looks at the type. io_uring's answer is the kernel's for
 * certain, since no filter sees operations. A cell that contradicts the kernel's answer is unknown. If the cells differ
 * and neither rule tells what the kernel's answer is, all of them are unknown.
 */
static void compare(struct doors_row *row)
{
	enum side truth = SIDE_NONE, first = SIDE_NONE;
	bool differ = false;

	for (int i = 0; i < DOORS_COUNT; i++)
		if (doors_is_uring((enum doors_door)i) && is_through(row, i))
			truth = side(row, i);
	for (int i = 0; i < DOORS_COUNT; i++) {
		enum side one = side(row, i);

		if (!is_through(row, i))
			continue;
		if (first == SIDE_NONE)
			first = one;
		differ |= one != first;
		if (one == SIDE_OPEN)
			truth = SIDE_OPEN;
	}
	if (!differ)
		return;
	for (int i = 0; i < DOORS_COUNT; i++)
		if (is_through(row, i) && side(row, i) != truth)
			row->cell[i].state = DOORS_UNKNOWN;
}

static bool has_error(enum doors_state state)
{
	return state == DOORS_REFUSED || state == DOORS_DENIED || state == DOORS_BARRED || state == DOORS_MISSING;
}

void doors_judge(struct doors_row *row, const struct doors_kernel *kernel, const struct doors_asked *asked)
{
	for (int i = 0; i < DOORS_COUNT; i++) {
		struct doors_cell *cell = &row->cell[i];

		if (cell->valid.how == DOORS_UNASKED)
			cell->state = DOORS_NONE;
		else if (doors_is_uring((enum doors_door)i))
			cell->state = judge_uring((enum doors_door)i, cell, kernel, asked);
		else
			cell->state = judge((enum doors_door)i, cell, kernel, asked);
		/* A filter may refuse calls of an entry that the kernel does not have. */
		if (cell->state != DOORS_NONE && !is_through(row, i) &&
		    doors_there((enum doors_door)i, kernel) == DOORS_NO)
			cell->state = DOORS_ABSENT;
		/* An older kernel does not convert, and lacks that protocol or type in the named family. */
		if (cell->state == DOORS_MISSING && since(kernel, asked->converts_since) == DOORS_NO)
			cell->state = DOORS_ABSENT;
	}
	compare(row);
	for (int i = 0; i < DOORS_COUNT; i++) {
		struct doors_cell *cell = &row->cell[i];

		cell->error = has_error(cell->state) && refused(&cell->valid) ? -cell->valid.value : 0;
	}
}

/* Whether a door of the row has that side. */
static bool has_side(const struct doors_row *row, enum side wanted)
{
	for (int i = 0; i < DOORS_COUNT; i++)
		if (side(row, i) == wanted)
			return true;
	return false;
}

static void replace(struct doors_row *row, enum doors_state state, enum doors_state by)
{
	for (int i = 0; i < DOORS_COUNT; i++)
		if (row->cell[i].state == state) {
			row->cell[i].state = by;
			row->cell[i].error = 0;
		}
}

void doors_compare_converted(struct doors_row *own, struct doors_row *converted)
{
	/* This kernel has the family, but does not convert into it: it lacks IPv6, for example, or is an emulator. */
	if (has_side(own, SIDE_OPEN) || has_side(own, SIDE_DENIED))
		replace(converted, DOORS_MISSING, DOORS_ABSENT);
	/* The kernel does have the family: a filter that looks at the type answered as a kernel without it. */
	if (has_side(converted, SIDE_OPEN))
		replace(own, DOORS_MISSING, DOORS_UNKNOWN);
}

bool doors_is_closed(const struct doors_cell *cell)
{
	return cell->state != DOORS_OPEN && cell->state != DOORS_MISSING && cell->state != DOORS_UNKNOWN;
}

bool doors_agree(const struct doors_row *const *rows, size_t count)
{
	enum side all = SIDE_NONE;

	for (size_t i = 0; i < count * DOORS_COUNT; i++) {
		const struct doors_row *row = rows[i / DOORS_COUNT];
		enum side one = row ? side(row, (int)(i % DOORS_COUNT)) : SIDE_NONE;

		if (one == SIDE_NONE)
			continue;
		if (all != SIDE_NONE && one != all)
			return false;
		all = one;
	}
	return true;
}

unsigned doors_around(const struct doors_row *own, const struct doors_row *row)
{
	unsigned around = 0;

	if (side(own, DOORS_NATIVE) != SIDE_CLOSED)
		return 0;
	for (int i = 0; i < DOORS_COUNT; i++)
		if (is_through(row, i))
			around |= 1u << i;
	return around;
}

unsigned doors_narrower(const struct doors_row *own, const struct doors_row *row)
{
	unsigned narrower = 0;

	if (!is_through(own, DOORS_NATIVE))
		return 0;
	for (int i = 0; i < DOORS_COUNT; i++)
		if (side(row, i) == SIDE_CLOSED)
			narrower |= 1u << i;
	return narrower;
}

bool doors_call_through(enum doors_door door, int call, const struct doors_answer *answer)
{
	if (door == DOORS_SOCKETCALL)
		return returned(answer, -EFAULT);
	return returned(answer, call == SOCKETCALL_SOCKET || call == SOCKETCALL_SOCKETPAIR ? -EINVAL : -EBADF);
}
