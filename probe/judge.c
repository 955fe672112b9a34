/* SPDX-License-Identifier: MIT */
#include "probe/judge.h"

#include "abi/kernel.h"

#include <errno.h>

/* Each call but the two that make sockets is asked for with a descriptor that isn't one: see doors_call_through(). */
#define CALL(call, NAME, name, maker, arity, k0, ...)                                                                  \
	_Static_assert(ABI_##k0 == ABI_FD || SOCKETCALL_##NAME == SOCKETCALL_SOCKET ||                                 \
			       SOCKETCALL_##NAME == SOCKETCALL_SOCKETPAIR,                                             \
		       #name ": no descriptor comes first; how is it made so that nothing comes of it?");
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

/* What it says, and not that it failed. */
static bool returns(const struct doors_answer *a)
{
	return a->how == DOORS_RETURNED && a->value >= 0;
}

static bool same(const struct doors_answer *a, const struct doors_answer *b)
{
	return a->how == b->how && (a->how != DOORS_RETURNED || a->value == b->value);
}

enum doors_truth doors_filtered(const struct doors_kernel *kernel)
{
	/* A filter can answer prctl() with a 0 of its own. */
	if (!returned(&kernel->filter_check, -EINVAL) || !returns(&kernel->filter))
		return DOORS_CANT_TELL;
	return kernel->filter.value ? DOORS_YES : DOORS_NO;
}

/* Is the kernel of that KERNEL_RELEASE() or later? */
static enum doors_truth since(const struct doors_kernel *kernel, int release)
{
	if (kernel->release.how != DOORS_RETURNED || kernel->release.value <= 0)
		return DOORS_CANT_TELL;
	return kernel->release.value >= release ? DOORS_YES : DOORS_NO;
}

/* Did getpid(), made by one of the entries, say a process number? */
static bool is_pid(const struct doors_answer *a)
{
	return a->how == DOORS_RETURNED && a->value > 0;
}

/* Both 32-bit entries by i386's getpid: a pid shows them. ENOSYS is no answer of theirs, but may be a filter's. */
static enum doors_truth i386_there(const struct doors_kernel *kernel)
{
	if (kernel->i386.how == DOORS_FAULTED)
		return DOORS_NO;
	if (returned(&kernel->i386, -ENOSYS) && doors_filtered(kernel) == DOORS_NO)
		return DOORS_NO;
	return is_pid(&kernel->i386) ? DOORS_YES : DOORS_CANT_TELL;
}

/* A kernel without x32 answers ENOSYS. A filter that does so for all of x32 can't be told from it, and needn't be. */
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

/* What io_uring's calls say by the entry of that door, one of io_uring's. */
static const struct doors_uring *uring_of(enum doors_door door, const struct doors_kernel *kernel)
{
	if (door == DOORS_IO_URING_I386)
		return &kernel->uring_i386;
	return door == DOORS_IO_URING_X32 ? &kernel->uring_x32 : &kernel->uring;
}

/* By an entry that is there, or of which that can't be told. */
static enum doors_truth uring_there(const struct doors_uring *uring, const struct doors_kernel *kernel)
{
	if (returned(&uring->enter, -EBADF))
		return DOORS_YES;
	if (returned(&uring->enter, -ENOSYS) && doors_filtered(kernel) == DOORS_NO)
		return DOORS_NO;
	/* A filter that answers ENOSYS by default looks like a kernel without; few kernels since 5.1 are built so. */
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

/* ENOSYS both times: is it the kernel's answer, which may have the entry but not the call, and not a filter's? */
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

/* A filter's answer, which was the same both times. */
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

/* What came from behind the filter, which had let the invalid type through. */
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
		/* The socket is made before a descriptor for it is looked for, but the descriptors before the pair. */
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
	/* An emulator that knows the bit, or overlooks it. */
	if (returns(&cell->valid))
		return DOORS_OPEN;
	/* Such an emulator says of its own what is said twice. */
	if (cell->valid.how == DOORS_RETURNED && returns(&kernel->invalid))
		return DOORS_BARRED;
	/* EINVAL twice is a filter's own, if the kernel wouldn't say so of what is valid. */
	if (returned(&cell->valid, -EINVAL) && !asked->type_known)
		return DOORS_UNKNOWN;
	if (returned(&cell->valid, -ENOSYS) && call_is_missing(door, kernel))
		return DOORS_ABSENT;
	return by_filter(&cell->valid);
}

/* io_uring: no ring was had, for a reason that has nothing to do with the family. */
static enum doors_state judge_ring(enum doors_door door, const struct doors_cell *cell,
				   const struct doors_kernel *kernel)
{
	const struct doors_uring *uring = uring_of(door, kernel);
	const struct doors_answer *a = &cell->valid;

	if (!same(&cell->invalid, a) || cell->invalid.where != a->where || a->where == DOORS_AT_MMAP)
		return DOORS_UNKNOWN;
	/* Too little memory, or no descriptor. */
	if (a->where == DOORS_AT_SETUP && returned(&uring->setup, -EINVAL) && !returned(a, -EINVAL))
		return DOORS_UNKNOWN;
	if (a->where == DOORS_AT_ENTER || !refused(a))
		return by_filter(a);
	if (returned(a, -ENOSYS))
		return doors_there(door, kernel) == DOORS_NO ? DOORS_ABSENT : DOORS_REFUSED;
	/* The sysctl answers EPERM, an LSM EACCES; neither closes io_uring_enter. */
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
	/* No filter sees operations: EINVAL twice is a kernel before 5.19, which doesn't have this one. */
	if (returned(&cell->invalid, -EINVAL) && returned(&cell->valid, -EINVAL))
		return asked->type_known ? DOORS_ABSENT : DOORS_UNKNOWN;
	return judge(door, cell, kernel, asked);
}

/* What doors have in common that agree. A door that isn't there, or is switched off for everybody, has no side. */
enum side { SIDE_NONE, SIDE_CLOSED, SIDE_OPEN, SIDE_DENIED, SIDE_MISSING, SIDE_UNKNOWN };

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

/* The kernel was reached, and answered for the family. */
static bool is_through(const struct doors_row *row, int door)
{
	enum side one = side(row, door);

	return one == SIDE_OPEN || one == SIDE_DENIED || one == SIDE_MISSING;
}

/*
 * The kernel doesn't care which door a call came by. Where it gave a socket by one door, another's refusal that looks
 * like the kernel's is that of a filter which looks at the type; so it is where io_uring, whose operations no filter
 * sees, differs. Where neither shows the truth, doors that differ are unknown.
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
		/* A filter may refuse what isn't there either. */
		if (cell->state != DOORS_NONE && !is_through(row, i) &&
		    doors_there((enum doors_door)i, kernel) == DOORS_NO)
			cell->state = DOORS_ABSENT;
		/* A kernel that doesn't convert looks for the protocol or the type in the family that was named. */
		if (cell->state == DOORS_MISSING && since(kernel, asked->converts_since) == DOORS_NO)
			cell->state = DOORS_ABSENT;
	}
	compare(row);
	for (int i = 0; i < DOORS_COUNT; i++) {
		struct doors_cell *cell = &row->cell[i];

		cell->error = has_error(cell->state) && refused(&cell->valid) ? -cell->valid.value : 0;
	}
}

/* Whether some door of the row let the family through with that outcome. */
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
	/* This kernel has the family, but doesn't convert into it: it has no IPv6, say, or is another than Linux'. */
	if (has_side(own, SIDE_OPEN) || has_side(own, SIDE_DENIED))
		replace(converted, DOORS_MISSING, DOORS_ABSENT);
	/* A filter that looks at the type gave the answer of a kernel without the family. */
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
