/* SPDX-License-Identifier: MIT */
#include "filter/build.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	BRANCH_REACH = UINT8_MAX, /* how many instructions a conditional jump can skip */
	UNPLACED = UINT16_MAX,    /* label_at[] of a label that build_here() hasn't placed */
};
_Static_assert(BPF_MAXINSNS < UINT16_MAX,
	       "instructions and labels are counted in 16 bits, and one value is none of them");

/*
 * Where build_end() has put instructions: at indices of code[], from `first` to its end. at[] and stand_in[] have
 * one element for each instruction as it was written.
 */
struct layout {
	unsigned first;
	uint16_t at[BPF_MAXINSNS];       /* where the instruction is */
	uint16_t stand_in[BPF_MAXINSNS]; /* the first inserted one that has the same effect; 0 if there is none */
};

void build_begin(struct build *b, struct sock_filter *code, unsigned capacity)
{
	b->code = code;
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
	if (b->labels == BPF_MAXINSNS) {
		fail(b, -E2BIG);
		return BUILD_NEXT;
	}
	b->label_at[b->labels] = UNPLACED;
	return (struct build_label){ (uint16_t)b->labels++ };
}

/* Whether the label was made for this filter and hasn't been placed. */
static bool is_ahead(const struct build *b, struct build_label label)
{
	return label.id < b->labels && b->label_at[label.id] == UNPLACED;
}

void build_here(struct build *b, struct build_label label)
{
	if (is_ahead(b, label))
		b->label_at[label.id] = (uint16_t)b->length;
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
	b->target[b->length - 1][0] = then.id;
	b->target[b->length - 1][1] = otherwise.id;
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

/*
 * The instruction, by its index as it was written, to which `from` jumps if its condition holds (branch 0) or doesn't
 * (branch 1). `length` if there is none.
 */
static unsigned target_of(const struct build *b, unsigned from, unsigned branch)
{
	uint16_t label = b->target[from][branch];

	if (label == BUILD_NEXT.id)
		return from + 1;
	return b->label_at[label] < b->length ? b->label_at[label] : b->length;
}

/*
 * Where a conditional jump at `from` finds instruction `target`, or one that stands in for it. 0 if neither is in its
 * reach.
 */
static unsigned in_reach(const struct layout *layout, unsigned from, unsigned target)
{
	if (layout->at[target] - (from + 1) <= BRANCH_REACH)
		return layout->at[target];
	if (layout->stand_in[target] && layout->stand_in[target] - (from + 1) <= BRANCH_REACH)
		return layout->stand_in[target];
	return 0;
}

/* Inserts an instruction that has the same effect as `target`: a copy if that is a return, else a jump to it. */
static void put_stand_in(struct build *b, struct layout *layout, unsigned target)
{
	const struct sock_filter *op = &b->code[layout->at[target]];
	unsigned distance = layout->at[target] - layout->first--;

	if (BPF_CLASS(op->code) == BPF_RET)
		b->code[layout->first] = *op;
	else
		b->code[layout->first] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, distance);
	layout->stand_in[target] = (uint16_t)layout->first;
}

/* Puts the instruction with index `i` before those that have been put. 0, or -errno as build_end(). */
static int put(struct build *b, struct layout *layout, unsigned i)
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
	 * What is inserted behind this jump moves it away from its targets, and so another may get out of reach. One
	 * insertion serves both branches if they have the same target.
	 */
	do {
		inserted = missing;
		missing = 0;
		at = layout->first - 1 - inserted;
		for (unsigned branch = 0; branches && branch < 2; branch++)
			missing += !in_reach(layout, at, target[branch]) && !(branch && target[1] == target[0]);
	} while (missing > inserted);
	/* There must be room for this one, the inserted ones, and the `i` that are still to be moved. */
	if (layout->first < i + 1 + inserted)
		return -E2BIG;
	for (unsigned branch = 0; inserted && branch < 2; branch++)
		if (!in_reach(layout, at, target[branch]))
			put_stand_in(b, layout, target[branch]);
	layout->at[i] = (uint16_t)--layout->first;
	layout->stand_in[i] = 0;
	if (branches) {
		op.jt = (uint8_t)(in_reach(layout, layout->first, target[0]) - layout->first - 1);
		op.jf = (uint8_t)(in_reach(layout, layout->first, target[1]) - layout->first - 1);
	} else if (jumps) {
		op.k = layout->at[target[0]] - layout->first - 1;
	}
	b->code[layout->first] = op;
	return 0;
}

int build_end(struct build *b)
{
	struct layout layout;

	/*
	 * From the last instruction to the first, each is moved to the end of code[]. Jumps go forward, so that
	 * when a jump is moved, its targets have their places, and all distances are known. Then the whole is
	 * moved to the front.
	 */
	layout.first = b->capacity;
	for (unsigned i = b->length; i > 0 && !b->error; i--)
		b->error = put(b, &layout, i - 1);
	if (b->error)
		return b->error;
	memmove(b->code, b->code + layout.first, (b->capacity - layout.first) * sizeof *b->code);
	return (int)(b->capacity - layout.first);
}
