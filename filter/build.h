/* SPDX-License-Identifier: MIT
 *
 * Writes a classic-BPF filter, with jumps to labels. The program is written from its first instruction to its
 * last; a jump names a label, and the label is placed later, before the instruction that it stands for.
 * build_end() computes the distances:
 *
 *	struct sock_filter filter[FILTER_CLOSED_LENGTH];
 *	struct build_note notes[FILTER_CLOSED_LENGTH];
 *	struct build b;
 *	struct build_label allow;
 *
 *	build_begin(&b, filter, notes, FILTER_CLOSED_LENGTH);
 *	allow = build_label(&b);
 *	build_read(&b, FILTER_NUMBER);
 *	build_jump_unless_equal(&b, 102, allow);
 *	build_return(&b, SECCOMP_RET_ERRNO | ENOSYS);
 *	build_here(&b, allow);
 *	build_return(&b, SECCOMP_RET_ALLOW);
 *	length = build_end(&b);
 *
 * A filter's one register (the accumulator) holds what build_read(), build_set() or build_mask() put there last.
 * The build_jump_if_ and build_jump_unless_ functions compare it, unsigned, with a value.
 *
 * Mistakes need no check after each call: the first one is kept, later calls do nothing, and build_end() returns it.
 */
#ifndef FILTER_BUILD_H
#define FILTER_BUILD_H

#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <stdint.h>

/*
 * A place in the filter: made by build_label(), placed by build_here(). It is a struct so that the compiler refuses a
 * number.
 */
struct build_label {
	uint16_t id;
};

/* Stands for the instruction that follows a jump. */
#define BUILD_NEXT ((struct build_label){ UINT16_MAX })

/* What build.c remembers of an instruction, and of the label with the same index. */
struct build_note {
	/* The labels to which the instruction jumps, if its condition holds and if not. */
	uint16_t target[2];
	/* Where build_end() has put the instruction, and the first one that has the same effect (0: there is none). */
	uint16_t at, stand_in;
	/* The index of the instruction that the label is placed before. */
	uint16_t label_at;
};

/* A filter that is being written. Its members belong to build.c. */
struct build {
	struct sock_filter *code;
	struct build_note *notes;
	unsigned capacity, length, labels;
	/* 0, or what build_end() will return. */
	int error;
	/* What build_end() has put lies in code[] from this index on, up to the capacity. */
	unsigned first;
};

/*
 * Begins a filter, which is written to code[]. Both arrays are the caller's, have `capacity` elements, and are used
 * until build_end() returns. More than BPF_MAXINSNS elements, the most that the kernel accepts, are never used.
 */
void build_begin(struct build *b, struct sock_filter *code, struct build_note *notes, unsigned capacity);

/* Returns a new label, which build_here() must place once if it is jumped to. */
struct build_label build_label(struct build *b);

/* Places the label before the next instruction. Jumps go forward only: none to this label may follow. */
void build_here(struct build *b, struct build_label label);

/* The accumulator becomes the word at `offset` in struct seccomp_data: FILTER_ARCH, FILTER_ARGUMENT(0), ... */
void build_read(struct build *b, unsigned offset);

/* The accumulator becomes `value`. */
void build_set(struct build *b, uint32_t value);

/* The accumulator keeps only the bits of `mask`. */
void build_mask(struct build *b, uint32_t mask);

/* The filter ends here with the answer `verdict`: SECCOMP_RET_*, with its data. */
void build_return(struct build *b, uint32_t verdict);

/* Goes on at the label. */
void build_jump(struct build *b, struct build_label label);

/* Comparisons of the accumulator with a value. */
enum build_comparison {
	BUILD_EQUAL = BPF_JEQ,
	BUILD_GREATER = BPF_JGT,
	BUILD_AT_LEAST = BPF_JGE,
	BUILD_ANY_BIT = BPF_JSET, /* at least one bit of the value is set in the accumulator */
};

/* Goes on at `then` if the comparison holds, and else at `otherwise`; either may be BUILD_NEXT. */
void build_branch(struct build *b, enum build_comparison comparison, uint32_t value, struct build_label then,
		  struct build_label otherwise);

/*
 * The same for the 64-bit word at `offset` in struct seccomp_data, FILTER_ARGUMENT(i): compares (word & mask) with the
 * value. The comparison isn't BUILD_ANY_BIT. What the accumulator holds afterwards depends on the way.
 */
void build_branch64(struct build *b, unsigned offset, uint64_t mask, enum build_comparison comparison, uint64_t value,
		    struct build_label then, struct build_label otherwise);

static inline void build_jump_if_equal(struct build *b, uint32_t value, struct build_label label)
{
	build_branch(b, BUILD_EQUAL, value, label, BUILD_NEXT);
}

static inline void build_jump_unless_equal(struct build *b, uint32_t value, struct build_label label)
{
	build_branch(b, BUILD_EQUAL, value, BUILD_NEXT, label);
}

static inline void build_jump_if_greater(struct build *b, uint32_t value, struct build_label label)
{
	build_branch(b, BUILD_GREATER, value, label, BUILD_NEXT);
}

static inline void build_jump_unless_greater(struct build *b, uint32_t value, struct build_label label)
{
	build_branch(b, BUILD_GREATER, value, BUILD_NEXT, label);
}

static inline void build_jump_if_any_bit(struct build *b, uint32_t bits, struct build_label label)
{
	build_branch(b, BUILD_ANY_BIT, bits, label, BUILD_NEXT);
}

static inline void build_jump_unless_any_bit(struct build *b, uint32_t bits, struct build_label label)
{
	build_branch(b, BUILD_ANY_BIT, bits, BUILD_NEXT, label);
}

/*
 * Ends the filter and returns its length in instructions. A conditional jump reaches 255 instructions; where the
 * label is further away, the jump goes to an inserted instruction nearby, which jumps on, or, if the label is
 * before a return, returns the same. Other jumps to that label use the inserted instruction, too, if it is in
 * their reach. A way through the filter that takes no such jump executes the same instructions as without the
 * insertion.
 *
 * Returns -E2BIG if the filter needs more than its capacity or BPF_MAXINSNS instructions, or if it has more
 * labels than that. Returns -EINVAL if a label was jumped to that was never placed, was placed before the
 * jump, or is behind the last instruction; if a label was placed twice; or if the last instruction is a
 * condition. What code[] then holds is no filter. Nothing may be added afterwards.
 */
int build_end(struct build *b);

/* After build_end(): where the instruction that was written as the `i`th, from 0, is in the filter. */
unsigned build_place(const struct build *b, unsigned i);

#endif
