/* SPDX-License-Identifier: MIT
 * filter/build.c: each comparison, jumps near and far, and each error. */
#include "filter/build.h"

#include <errno.h>
#include <stdio.h>

#include "filter/filter.h"
#include "tests/unit/filter/reference.h"

enum { REACH = 255, MOST = BPF_MAXINSNS };

/* The filter that the tests build. */
static struct sock_filter code[MOST + 1];
static struct build_note notes[MOST + 1];

static uint32_t answer(int length, uint32_t word, unsigned *executed)
{
	struct seccomp_data data = { .nr = (int)word };

	return reference_answer(code, (unsigned)length, &data, executed);
}

/* ---- Short filters ---------------------------------------------------------------------------------------- */

static const uint32_t words[] = { 0, 1, 5, 6, 7, 8, 12, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };

typedef void jump_function(struct build *b, uint32_t value, struct build_label label);

static void test_comparisons(void)
{
	static const struct {
		jump_function *jump;
		enum build_comparison comparison;
		bool jumps; /* jump if the comparison is true; else, if it is false */
		const char *what;
	} cases[] = {
		{ build_jump_if_equal, BUILD_EQUAL, true, "build_jump_if_equal() does what it says" },
		{ build_jump_unless_equal, BUILD_EQUAL, false, "build_jump_unless_equal() does what it says" },
		{ build_jump_if_greater, BUILD_GREATER, true, "build_jump_if_greater() does what it says" },
		{ build_jump_unless_greater, BUILD_GREATER, false, "build_jump_unless_greater() does what it says" },
		{ build_jump_if_any_bit, BUILD_ANY_BIT, true, "build_jump_if_any_bit() does what it says" },
		{ build_jump_unless_any_bit, BUILD_ANY_BIT, false, "build_jump_unless_any_bit() does what it says" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		int wrong = 0;

		for (size_t v = 0; v < LENGTH(words); v++) {
			struct build b;
			struct build_label label;
			int length;

			build_begin(&b, code, notes, MOST);
			label = build_label(&b);
			build_read(&b, FILTER_NUMBER);
			cases[i].jump(&b, words[v], label);
			build_return(&b, 1);
			build_here(&b, label);
			build_return(&b, 2);
			length = build_end(&b);
			wrong += length != 4;
			for (size_t w = 0; w < LENGTH(words); w++)
				wrong += answer(length, words[w], NULL) !=
					 (reference_holds(cases[i].comparison, words[w], words[v]) == cases[i].jumps
						  ? 2
						  : 1);
		}
		ok(wrong == 0, "%s", cases[i].what);
	}
}

/* Tries all comparisons of 64 bits, with these words as halves, some masks, and each kind of label. */
static void test_branch64(void)
{
	static const enum build_comparison comparisons[] = { BUILD_EQUAL, BUILD_GREATER, BUILD_AT_LEAST };
	static const uint64_t masks[] = { UINT64_MAX, UINT32_MAX, 0xffff00000000ffff, 1ull << 63, 0 };
	const size_t halves = LENGTH(words), values = halves * halves;
	struct build b;

	for (unsigned c = 0; c < LENGTH(comparisons) * 3; c++) {
		enum build_comparison comparison = comparisons[c / 3];
		bool has_then = c % 3 != 1, has_otherwise = c % 3 != 2;
		int wrong = 0;

		for (size_t i = 0; i < values * LENGTH(masks); i++) {
			uint64_t value = (uint64_t)words[i % halves] << 32 | words[i / halves % halves];
			uint64_t mask = masks[i / values];
			struct build_label then, otherwise;
			int length;

			build_begin(&b, code, notes, MOST);
			then = has_then ? build_label(&b) : BUILD_NEXT;
			otherwise = has_otherwise ? build_label(&b) : BUILD_NEXT;
			build_branch64(&b, FILTER_ARGUMENT(2), mask, comparison, value, then, otherwise);
			build_return(&b, has_then && has_otherwise ? 3 : has_then ? 2 : 1);
			if (has_then) {
				build_here(&b, then);
				build_return(&b, 1);
			}
			if (has_otherwise) {
				build_here(&b, otherwise);
				build_return(&b, 2);
			}
			length = build_end(&b);
			for (size_t w = 0; w < values; w++) {
				struct seccomp_data data = { .args[2] = (uint64_t)words[w % halves] << 32 |
									words[w / halves] };
				uint64_t word = data.args[2] & mask;
				bool holds = comparison == BUILD_EQUAL     ? word == value
					     : comparison == BUILD_GREATER ? word > value
									   : word >= value;

				wrong += reference_answer(code, (unsigned)length, &data, NULL) != (holds ? 1u : 2u);
			}
		}
		ok_got(wrong == 0, wrong, "build_branch64(), comparison %u%s%s", c / 3, has_then ? "" : ", then next",
		       has_otherwise ? "" : ", otherwise next");
	}
	build_begin(&b, code, notes, MOST);
	build_branch64(&b, FILTER_ARGUMENT(0), UINT64_MAX, BUILD_ANY_BIT, 1, BUILD_NEXT, BUILD_NEXT);
	build_return(&b, 0);
	ok(build_end(&b) == -EINVAL, "build_branch64() refuses BUILD_ANY_BIT");
}

/* build_place() returns an instruction's place in the built filter, after insertions. */
static void test_place(void)
{
	enum { RETURNS = 600 };
	struct build b;
	unsigned at[RETURNS];
	int length, wrong = 0;

	build_begin(&b, code, notes, MOST);
	build_read(&b, FILTER_NUMBER);
	for (unsigned i = 0; i < RETURNS; i++) {
		struct build_label next = build_label(&b);

		build_jump_unless_equal(&b, i, next);
		at[i] = b.length;
		build_return(&b, i);
		build_here(&b, next);
	}
	at[0] = b.length;
	build_return(&b, RETURNS);
	length = build_end(&b);
	for (unsigned i = 1; i < RETURNS; i++)
		wrong += code[build_place(&b, at[i])].k != i;
	ok(length > 0 && !wrong && build_place(&b, at[0]) == (unsigned)length - 1,
	   "build_place() finds each instruction");
}

static void test_mask(void)
{
	struct build b;
	struct build_label label;
	int length;

	build_begin(&b, code, notes, MOST);
	label = build_label(&b);
	build_read(&b, FILTER_NUMBER);
	build_mask(&b, 0xf);
	build_jump_if_equal(&b, 2, label);
	build_set(&b, 7);
	build_jump_if_greater(&b, 6, label);
	build_return(&b, 1);
	build_here(&b, label);
	build_branch(&b, BUILD_AT_LEAST, 7, BUILD_NEXT, BUILD_NEXT);
	build_mask(&b, 4);
	build_jump_unless_equal(&b, 4, (label = build_label(&b)));
	build_return(&b, 2);
	build_here(&b, label);
	build_return(&b, 3);
	length = build_end(&b);
	ok(length == 11 && answer(length, 0x80802, NULL) == 3 && answer(length, 3, NULL) == 2,
	   "build_mask() keeps bits, and build_set() replaces the word");
}

/* ---- Filters with far jumps ------------------------------------------------------------------------------- */

static void fill(struct build *b, unsigned count)
{
	while (count--)
		build_set(b, 0);
}

/* Both branches of a condition lead to one label that is out of reach: one insertion is enough. */
static void test_shared_target(void)
{
	enum { FAR = REACH + 1, LENGTH_BUILT = FAR + 3 };
	struct build b;
	struct build_label label;

	build_begin(&b, code, notes, LENGTH_BUILT);
	label = build_label(&b);
	build_branch(&b, BUILD_AT_LEAST, 1, label, label);
	fill(&b, FAR);
	build_here(&b, label);
	build_return(&b, ALLOW);
	ok(build_end(&b) == LENGTH_BUILT, "two branches to one far label need room for one insertion");
}

/* Builds a condition with `near` instructions up to the label of one branch, and `far` up to that of the other. */
static int branch_over(unsigned near, unsigned far, bool far_is_then, bool returns)
{
	struct build b;
	struct build_label one, other;

	build_begin(&b, code, notes, MOST);
	one = build_label(&b);
	other = build_label(&b);
	build_read(&b, FILTER_NUMBER);
	build_branch(&b, BUILD_EQUAL, 1, far_is_then ? other : one, far_is_then ? one : other);
	fill(&b, near);
	build_here(&b, one);
	build_return(&b, 11);
	fill(&b, far - near - 1);
	build_here(&b, other);
	if (!returns)
		build_read(&b, FILTER_ARCH);
	build_return(&b, 22);
	return build_end(&b);
}

/* Tries all distances around 255, the most that a condition can skip, in both branches at once. */
static void test_reach(void)
{
	int wrong = 0, lengths = 0, far_costs = 0;

	for (unsigned near = 0; near < REACH + 4; near = near ? near + 1 : REACH - 4)
		for (unsigned far = near + 1; far < REACH + 6; far = far + 1 < REACH - 4 ? REACH - 4 : far + 1)
			for (int kind = 0; kind < 4; kind++) {
				bool then = kind & 1, returns = kind & 2;
				int length = branch_over(near, far, then, returns);
				unsigned executed[2], inserted = far > REACH || near > REACH;

				/* The instruction that is inserted for the far branch makes the near label more
				 * distant. */
				inserted += far > REACH && near + 1 > REACH;
				lengths += length != (int)(2 + far + (returns ? 1 : 2) + inserted);
				wrong += answer(length, 1, &executed[0]) != (then ? 22 : 11);
				wrong += answer(length, 2, &executed[1]) != (then ? 11 : 22);
				far_costs += executed[then] != 3U;
				far_costs +=
					executed[!then] != (returns ? 3U : 4U) + (unsigned)(far > REACH && !returns);
			}
	ok(wrong == 0, "both branches reach their labels at all distances around 255");
	ok(lengths == 0, "only a branch further than 255 costs an instruction in the filter");
	ok(far_costs == 0,
	   "that instruction is executed only on the way to the label, and not if the label is a return");
}

/* Two conditions with one far label: the first one uses the instruction that is inserted for the second, if it can
 * reach it. */
static int branch_twice(unsigned between)
{
	struct build b;
	struct build_label label;

	build_begin(&b, code, notes, MOST);
	label = build_label(&b);
	build_jump_if_equal(&b, 1, label);
	fill(&b, between);
	build_jump_if_equal(&b, 1, label);
	fill(&b, 2 * REACH);
	build_here(&b, label);
	build_return(&b, ALLOW);
	return build_end(&b) - 3 - 2 * REACH - (int)between;
}

static void test_sharing(void)
{
	/* The second condition lies between the first one and the inserted instruction. */
	ok(branch_twice(0) == 1 && branch_twice(REACH - 1) == 1 && branch_twice(REACH) == 2,
	   "two conditions share an inserted instruction, up to a distance of 255");
}

/* Many comparisons with a few far returns, as in a policy's filter. */
static void test_list(void)
{
	enum { COMPARISONS = 1500, ANSWERS = 5, NUMBER = 1000 /* no call that this program makes */ };
	struct build b;
	struct build_label answers[ANSWERS];
	int length, wrong = 0, costs = 0;

	build_begin(&b, code, notes, MOST);
	for (unsigned i = 0; i < ANSWERS; i++)
		answers[i] = build_label(&b);
	build_read(&b, FILTER_NUMBER);
	for (uint32_t i = 0; i < COMPARISONS; i++)
		build_jump_if_equal(&b, NUMBER + i, answers[i * 7 % ANSWERS]);
	build_return(&b, ALLOW);
	for (unsigned i = 0; i < ANSWERS; i++) {
		build_here(&b, answers[i]);
		if (i % 2)
			build_read(&b, FILTER_ARCH);
		build_return(&b, ERROR(i + 50));
	}
	length = build_end(&b);
	for (uint32_t i = 0; length > 0 && i <= COMPARISONS; i++) {
		unsigned executed, to = i * 7 % ANSWERS;

		wrong += answer(length, NUMBER + i, &executed) != (i < COMPARISONS ? ERROR(to + 50) : ALLOW);
		if (i == COMPARISONS)
			costs += executed != 1 + COMPARISONS + 1;
		else
			costs += executed > i + 2 + (to % 2 ? 3 : 1);
	}
	printf("# %d comparisons and %d answers are %d instructions\n", COMPARISONS, ANSWERS, length);
	ok(wrong == 0, "each of 1500 comparisons leads to its answer");
	ok(length < COMPARISONS + COMPARISONS / 200 * ANSWERS + 20, "the comparisons share the inserted instructions");
	ok(costs == 0, "a call that no comparison matches executes no inserted instruction; another one, one jump");
	ok(reference_kernel_accepts(code, (unsigned)length), "the kernel accepts the filter of 1500 comparisons");
}

/* ---- Errors ----------------------------------------------------------------------------------------------- */

static void unbound(struct build *b)
{
	build_jump_if_equal(b, 1, build_label(b));
	build_return(b, ALLOW);
}

static void unbound_jump(struct build *b)
{
	build_jump(b, build_label(b));
	build_return(b, ALLOW);
}

static void backward(struct build *b)
{
	struct build_label label = build_label(b);

	build_here(b, label);
	build_read(b, FILTER_NUMBER);
	build_jump_unless_equal(b, 1, label);
	build_return(b, ALLOW);
}

static void backward_jump(struct build *b)
{
	struct build_label label = build_label(b);

	build_here(b, label);
	build_jump(b, label);
	build_return(b, ALLOW);
}

static void twice(struct build *b)
{
	struct build_label label = build_label(b);

	build_jump_if_equal(b, 1, label);
	build_here(b, label);
	build_return(b, ALLOW);
	build_here(b, label);
	build_return(b, ALLOW);
}

static void behind_the_end(struct build *b)
{
	struct build_label label = build_label(b);

	build_jump_if_equal(b, 1, label);
	build_return(b, ALLOW);
	build_here(b, label);
}

static void ends_in_a_condition(struct build *b)
{
	struct build_label label = build_label(b);

	build_jump_if_equal(b, 1, label);
	build_here(b, label);
	build_branch(b, BUILD_EQUAL, 2, BUILD_NEXT, BUILD_NEXT);
}

static void of_another_filter(struct build *b)
{
	static struct build_note other_notes[MOST];
	struct build other;

	build_begin(&other, code, other_notes, MOST);
	build_jump_if_equal(b, 1, build_label(&other));
	build_return(b, ALLOW);
}

static void jump_to_next(struct build *b)
{
	build_jump(b, BUILD_NEXT);
	build_return(b, ALLOW);
}

static void too_long(struct build *b)
{
	fill(b, MOST);
	build_return(b, ALLOW);
}

/* A filter that would have the kernel's maximal length without insertions. */
static void too_long_with_jumps(struct build *b)
{
	struct build_label label = build_label(b);

	build_jump_if_equal(b, 1, label);
	fill(b, MOST - 2);
	build_here(b, label);
	build_return(b, ALLOW);
}

static void too_many_labels(struct build *b)
{
	for (int i = 0; i <= MOST; i++)
		build_label(b);
	build_return(b, ALLOW);
}

static void first_too_long(struct build *b)
{
	too_long(b);
	jump_to_next(b);
}

static void first_wrong(struct build *b)
{
	jump_to_next(b);
	too_long(b);
}

static void unused_label(struct build *b)
{
	build_label(b);
	build_here(b, build_label(b));
	build_return(b, ALLOW);
	build_here(b, build_label(b));
}

static void longest(struct build *b)
{
	fill(b, MOST - 1);
	build_return(b, ALLOW);
}

static void nothing(struct build *b)
{
	(void)b;
}

static void test_errors(void)
{
	static const struct {
		void (*write)(struct build *b);
		int result;
		const char *what;
	} cases[] = {
		{ unbound, -EINVAL, "a condition with a label that was never placed is -EINVAL" },
		{ unbound_jump, -EINVAL, "a jump to a label that was never placed is -EINVAL" },
		{ backward, -EINVAL, "a condition that jumps back is -EINVAL" },
		{ backward_jump, -EINVAL, "a jump back is -EINVAL" },
		{ twice, -EINVAL, "a label that was placed twice is -EINVAL" },
		{ behind_the_end, -EINVAL, "a label after the last instruction is -EINVAL" },
		{ ends_in_a_condition, -EINVAL, "a condition as the last instruction is -EINVAL" },
		{ of_another_filter, -EINVAL, "a label that isn't this filter's is -EINVAL" },
		{ jump_to_next, -EINVAL, "a jump to BUILD_NEXT is -EINVAL" },
		{ too_long, -E2BIG, "more than BPF_MAXINSNS instructions are -E2BIG" },
		{ too_long_with_jumps, -E2BIG,
		  "more than BPF_MAXINSNS instructions with the inserted ones are -E2BIG" },
		{ too_many_labels, -E2BIG, "more than BPF_MAXINSNS labels are -E2BIG" },
		{ first_too_long, -E2BIG, "the first mistake is returned: -E2BIG" },
		{ first_wrong, -EINVAL, "the first mistake is returned: -EINVAL" },
		{ unused_label, 1, "a label that nothing jumps to may be anywhere" },
		{ longest, MOST, "BPF_MAXINSNS instructions are accepted" },
		{ nothing, 0, "a filter without instructions has length 0" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct build b;

		/* More room than the kernel accepts instructions. */
		build_begin(&b, code, notes, MOST + 1);
		code[MOST] = (struct sock_filter)BPF_STMT(0xabcd, 1);
		cases[i].write(&b);
		ok(build_end(&b) == cases[i].result && code[MOST].code == 0xabcd, "%s", cases[i].what);
	}
}

int main(void)
{
	test_comparisons();
	test_branch64();
	test_place();
	test_mask();
	test_reach();
	test_shared_target();
	test_sharing();
	test_list();
	test_errors();
	return plan();
}
