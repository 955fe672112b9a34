/* SPDX-License-Identifier: MIT */
#include "filter/build.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	BRANCH_REACH = UINT8_MAX, /* how many instructions a conditional jump can skip */
	UNPLACED = UINT16_MAX,    /* label_at of a label that build_here() hasn't placed */
};
_Static_assert(BPF_MAXINSNS < UINT16_MAX,
	       "instructions and labels are counted in 16 bits, and one value is none of them");

void build_begin(struct build *b, struct sock_filter *code, struct build_note *notes, unsigned capacity)
{
	b->code = code;
	b->notes = notes;
	b->capacity = capacity < BPF_MAXINSNS ? capacity : BPF_MAXINSNS;
	b->length = 0;
	b->labels = 0;
	b->error = 0;
}

static void fail(struct build *b, int error)
{
	if (!b->error)
		b->error = error;
}

struct build_label build_label(struct build *b)
{
	if (b->labels == b->capacity) {
		fail(b, -E2BIG);
		return BUILD_NEXT;
	}
	b->notes[b->labels].label_at = UNPLACED;
	return (struct build_label){ (uint16_t)b->labels++ };
}

/* Whether the label was made for this filter and hasn't been placed. */
static bool is_ahead(const struct build *b, struct build_label label)
{
	return label.id < b->labels && b->notes[label.id].label_at == UNPLACED;
}

void build_here(struct build *b, struct build_label label)
{
	if (is_ahead(b, label))
		b->notes[label.id].label_at = (uint16_t)b->length;
	else
		fail(b, -EINVAL);
}

static void add(struct build *b, unsigned code, uint32_t k)
{
	if (b->length == b->capacity)
		fail(b, -E2BIG);
	if (!b->error)
		b->code[b->length++] = (struct sock_filter)BPF_STMT((uint16_t)code, k);
}

void build_read(struct build *b, unsigned offset)
{
	add(b, BPF_LD | BPF_W | BPF_ABS, offset);
}

void build_set(struct build *b, uint32_t value)
{
	add(b, BPF_LD | BPF_IMM, value);
}

void build_mask(struct build *b, uint32_t mask)
{
	add(b, BPF_ALU | BPF_AND | BPF_K, mask);
}

void build_return(struct build *b, uint32_t verdict)
{
	add(b, BPF_RET | BPF_K, verdict);
}

static void add_jump(struct build *b, unsigned code, uint32_t k, struct build_label then, struct build_label otherwise)
{
	add(b, code, k);
	if (b->error)
		return;
	b->notes[b->length - 1].target[0] = then.id;
	b->notes[b->length - 1].target[1] = otherwise.id;
}

void build_jump(struct build *b, struct build_label label)
{
	if (!is_ahead(b, label))
		fail(b, -EINVAL);
	add_jump(b, BPF_JMP | BPF_JA, 0, label, label);
}

void build_branch(struct build *b, enum build_comparison comparison, uint32_t value, struct build_label then,
		  struct build_label otherwise)
{
	if ((then.id != BUILD_NEXT.id && !is_ahead(b, then)) ||
	    (otherwise.id != BUILD_NEXT.id && !is_ahead(b, otherwise)))
		fail(b, -EINVAL);
	add_jump(b, BPF_JMP | comparison | BPF_K, value, then, otherwise);
}

static void read_masked(struct build *b, unsigned offset, uint32_t mask)
{
	build_read(b, offset);
	if (mask != UINT32_MAX)
		build_mask(b, mask);
}

void build_branch64(struct build *b, unsigned offset, uint64_t mask, enum build_comparison comparison, uint64_t value,
		    struct build_label then, struct build_label otherwise)
{
	uint32_t high = (uint32_t)(value >> 32), low = (uint32_t)value;
	bool has_next = then.id == BUILD_NEXT.id || otherwise.id == BUILD_NEXT.id;
	struct build_label next = has_next ? build_label(b) : BUILD_NEXT;

	if (then.id == BUILD_NEXT.id)
		then = next;
	if (otherwise.id == BUILD_NEXT.id)
		otherwise = next;
	read_masked(b, offset + sizeof(uint32_t), (uint32_t)(mask >> 32));
	switch (comparison) {
	case BUILD_GREATER:
	case BUILD_AT_LEAST:
		build_jump_if_greater(b, high, then);
		break;
	case BUILD_EQUAL:
		break;
	case BUILD_ANY_BIT:
		fail(b, -EINVAL);
		break;
	}
	build_jump_unless_equal(b, high, otherwise);
	read_masked(b, offset, (uint32_t)mask);
	build_branch(b, comparison, low, then, otherwise);
	if (has_next)
		build_here(b, next);
}

/*
 * The instruction, by its index as it was written, to which `from` jumps if its condition holds (branch 0) or doesn't
 * (branch 1). `length` if there is none.
 */
static unsigned target_of(const struct build *b, unsigned from, unsigned branch)
{
	uint16_t label = b->notes[from].target[branch];

	if (label == BUILD_NEXT.id)
		return from + 1;
	return b->notes[label].label_at < b->length ? b->notes[label].label_at : b->length;
}

/*
 * Where a conditional jump at `from` finds instruction `target`, or one that stands in for it. 0 if neither is in its
 * reach.
 */
static unsigned in_reach(const struct build *b, unsigned from, unsigned target)
{
	if (b->notes[target].at - (from + 1) <= BRANCH_REACH)
		return b->notes[target].at;
	if (b->notes[target].stand_in && b->notes[target].stand_in - (from + 1) <= BRANCH_REACH)
		return b->notes[target].stand_in;
	return 0;
}

/* Inserts an instruction that has the same effect as `target`: a copy if that is a return, else a jump to it. */
static void put_stand_in(struct build *b, unsigned target)
{
	const struct sock_filter *op = &b->code[b->notes[target].at];
	unsigned distance = b->notes[target].at - b->first--;

	if (BPF_CLASS(op->code) == BPF_RET)
		b->code[b->first] = *op;
	else
		b->code[b->first] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, distance);
	b->notes[target].stand_in = (uint16_t)b->first;
}

/* Puts instruction `i` in front of those that have been put already. Returns 0, or -errno as build_end(). */
static int put(struct build *b, unsigned i)
{
	struct sock_filter op = b->code[i];
	bool jumps = BPF_CLASS(op.code) == BPF_JMP, branches = jumps && BPF_OP(op.code) != BPF_JA;
	unsigned target[2] = { 0, 0 }, inserted, missing = 0, at;

	for (unsigned branch = 0; jumps && branch < 2; branch++) {
		target[branch] = target_of(b, i, branch);
		if (target[branch] == b->length)
			return -EINVAL;
	}
	/*
	 * Each inserted instruction increases the distance from this jump to its targets, so that the other target may
	 * get out of reach. If both branches have the same target, one insertion is enough.
	 */
	do {
		inserted = missing;
		missing = 0;
		at = b->first - 1 - inserted;
		for (unsigned branch = 0; branches && branch < 2; branch++)
			missing += !in_reach(b, at, target[branch]) && !(branch && target[1] == target[0]);
	} while (missing > inserted);
	/* There must be room for this instruction, the inserted ones, and the `i` instructions that are moved later. */
	if (b->first < i + 1 + inserted)
		return -E2BIG;
	for (unsigned branch = 0; inserted && branch < 2; branch++)
		if (!in_reach(b, at, target[branch]))
			put_stand_in(b, target[branch]);
	b->notes[i].at = (uint16_t)--b->first;
	b->notes[i].stand_in = 0;
	if (branches) {
		op.jt = (uint8_t)(in_reach(b, b->first, target[0]) - b->first - 1);
		op.jf = (uint8_t)(in_reach(b, b->first, target[1]) - b->first - 1);
	} else if (jumps) {
		op.k = b->notes[target[0]].at - b->first - 1;
	}
	b->code[b->first] = op;
	return 0;
}

int build_end(struct build *b)
{
	/*
	 * From the last instruction to the first, each is moved to the end of code[]. Jumps go forward, so that
	 * when a jump is moved, its targets have their places, and all distances are known. Then the whole is
	 * moved to the front.
	 */
	b->first = b->capacity;
	for (unsigned i = b->length; i > 0 && !b->error; i--)
		b->error = put(b, i - 1);
	if (b->error)
		return b->error;
	memmove(b->code, b->code + b->first, (b->capacity - b->first) * sizeof *b->code);
	return (int)(b->capacity - b->first);
}

unsigned build_place(const struct build *b, unsigned i)
{
	return b->notes[i].at - b->first;
}
