/* SPDX-License-Identifier: MIT
 *
 * Tests filter/build.c with random programs. Each is run as it was written, with labels, and as build_end() makes it:
 * both must answer the same, and execute the same number of instructions, unless a far jump is taken.
 */
#include "filter/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "filter/filter.h"
#include "tests/unit/filter/made.h"
#include "tests/unit/filter/reference.h"

enum { PROGRAMS = 600, CALLS = 60, REACH = 255, MOST = BPF_MAXINSNS };

/* The filter that build_end() makes. */
static struct sock_filter code[MOST];

enum kind { READ, SET, MASK, RETURN, JUMP, BRANCH };

/* An instruction as it is written; the targets are indices of others, and i + 1 may be BUILD_NEXT. */
struct line {
	enum kind kind;
	enum build_comparison comparison;
	uint32_t value;
	unsigned target[2];
	bool next[2];
};

static unsigned some_distance(unsigned room)
{
	unsigned distance = some(3) ? some(12) : some(2) ? REACH - 3 + some(6) : some(3000);

	return distance < room ? distance : some(room);
}

static void make_lines(struct line *lines, unsigned length, unsigned returns)
{
	static const enum build_comparison comparisons[] = { BUILD_EQUAL, BUILD_GREATER, BUILD_AT_LEAST,
							     BUILD_ANY_BIT };

	for (unsigned i = 0; i < length; i++) {
		struct line *line = &lines[i];
		unsigned kind = some(100);

		line->kind = i + 1 == length || kind < returns ? RETURN
			     : kind < 25                       ? READ
			     : kind < 28                       ? SET
			     : kind < 31                       ? MASK
			     : kind < 33                       ? JUMP
							       : BRANCH;
		line->comparison = comparisons[some(LENGTH(comparisons))];
		line->value = line->kind == RETURN ? i : line->kind == READ ? FILTER_ARGUMENT(some(6)) : some(24);
		for (unsigned branch = 0; branch < 2 && i + 1 < length; branch++) {
			line->target[branch] = i + 1 + some_distance(length - i - 1);
			line->next[branch] = line->kind == BRANCH && some(2);
			if (line->next[branch])
				line->target[branch] = i + 1;
		}
	}
}

/* Returns the answer to a call. *far counts the taken branches whose distance may be more than 255 after insertions. */
static uint32_t run_lines(const struct line *lines, const struct seccomp_data *data, unsigned *executed, unsigned *far)
{
	uint32_t word = 0;
	bool held;

	*executed = *far = 0;
	for (unsigned at = 0;;) {
		const struct line *line = &lines[at++];

		++*executed;
		switch (line->kind) {
		case READ:
			memcpy(&word, (const char *)data + line->value, sizeof word);
			break;
		case SET:
			word = line->value;
			break;
		case MASK:
			word &= line->value;
			break;
		case RETURN:
			return line->value;
		case JUMP:
			at = line->target[0];
			break;
		case BRANCH:
			held = reference_holds(line->comparison, word, line->value);
			*far += line->target[!held] - at > REACH / 3;
			at = line->target[!held];
			break;
		}
	}
}

static int build_lines(const struct line *lines, unsigned length, unsigned capacity)
{
	static struct build_label labels[MOST];
	static struct build_note notes[MOST];
	static bool labelled[MOST];
	struct build b;

	memset(labelled, 0, sizeof labelled);
	build_begin(&b, code, notes, capacity);
	for (unsigned i = 0; i < length; i++) {
		const struct line *line = &lines[i];
		struct build_label to[2] = { BUILD_NEXT, BUILD_NEXT };

		if (labelled[i])
			build_here(&b, labels[i]);
		for (unsigned branch = 0; branch < 2; branch++) {
			unsigned target = line->target[branch];

			if (line->kind < JUMP || line->next[branch])
				continue;
			if (!labelled[target])
				labels[target] = build_label(&b);
			labelled[target] = true;
			to[branch] = labels[target];
		}
		switch (line->kind) {
		case READ:
			build_read(&b, line->value);
			break;
		case SET:
			build_set(&b, line->value);
			break;
		case MASK:
			build_mask(&b, line->value);
			break;
		case RETURN:
			build_return(&b, line->value);
			break;
		case JUMP:
			build_jump(&b, to[0]);
			break;
		case BRANCH:
			build_branch(&b, line->comparison, line->value, to[0], to[1]);
			break;
		}
	}
	return build_end(&b);
}

static void test_programs(void)
{
	static struct line lines[MOST];
	int wrong = 0, costs = 0, refused = 0, inserted = 0, far_taken = 0, canary = 0, errors = 0;

	for (int program = 0; program < PROGRAMS; program++) {
		unsigned length = program % 4 ? 1 + some(400) : 300 + some(3000);
		int built;

		make_lines(lines, length, some(2) ? 10 : 1);
		built = build_lines(lines, length, MOST);
		if (built < 0) {
			errors++;
			continue;
		}
		inserted += built - (int)length;
		for (int i = 0; i < CALLS; i++) {
			struct seccomp_data data = some_data(some(9));
			unsigned executed, wanted_executed, far;
			uint32_t wanted = run_lines(lines, &data, &wanted_executed, &far);

			wrong += reference_answer(code, (unsigned)built, &data, &executed) != wanted;
			costs += executed < wanted_executed || executed > wanted_executed + far;
			far_taken += executed > wanted_executed;
		}
		if (program % 8 == 0)
			refused += !reference_kernel_accepts(code, (unsigned)built);
		/* It is built if there is room for it; with less room it is an error, and nothing is written beyond. */
		errors += build_lines(lines, length, (unsigned)built) != built;
		code[built - 1] = (struct sock_filter)BPF_STMT(0xabcd, 1);
		errors += build_lines(lines, length, (unsigned)built - 1) != -E2BIG;
		canary += code[built - 1].code != 0xabcd;
	}
	printf("# %d instructions inserted, %d ways by them\n", inserted, far_taken);
	ok(wrong == 0, "random programs answer as they were written");
	ok(costs == 0,
	   "random programs execute the instructions that were written, and at most one more for each far jump");
	ok(inserted > 1000 && far_taken > 1000, "many far jumps were tested");
	ok(refused == 0, "the kernel accepts the programs");
	ok(errors == 0,
	   "a program is built if there is exactly enough room, and is -E2BIG with room for one instruction less");
	ok(canary == 0, "nothing is written beyond the room");
}

int main(void)
{
	made_begin();
	test_programs();
	return plan();
}
