/* SPDX-License-Identifier: MIT
 * Compiles policies to a seccomp filter. judge.c gives the same answers without a filter. */
#include "policy/compile.h"

#include <errno.h>

#include "filter/build.h"
#include "filter/filter.h"
#include "policy/rule.h"

enum {
	/* Rules with one of the first 32 verdicts share its return. A rule with a further verdict has its own. */
	VERDICTS_MOST = 32,
	TESTS_MOST = 2 * SOCKETCALL_WORDS, /* of a rule: its conditions, and the words that must be 0 */
	NO_RULE = -1,
};

/* One comparison of an argument. */
struct test {
	struct socketcall_policy_condition condition;
	bool whole; /* compares all 64 bits of the argument, else the low 32 */
};

struct compiler {
	struct build build;
	const struct socketcall_policy *policies;
	unsigned count;
	const struct socketcall_policy_options *options;
	const struct abi_arch *arch; /* whose calls are being compiled */
	/* The returns at the filter's end, one for each verdict. */
	struct {
		socketcall_policy_verdict verdict;
		struct build_label label;
	} verdicts[VERDICTS_MOST];
	unsigned verdict_count;
	/* What BPF's accumulator holds here: the 32 bits at `offset` of struct seccomp_data, masked. Not `known` if
	 * that depends on the branch by which the filter comes here. */
	bool known;
	unsigned offset;
	uint32_t mask;
	/* The notes of the instructions that have been written, and the note for those that are being written. */
	struct policy_origin *origins;
	unsigned noted, room;
	struct policy_origin now;
};

/* Notes that all instructions since the last note were written for c->now. */
static void note(struct compiler *c)
{
	for (; c->noted < c->build.length && c->noted < c->room; c->noted++)
		c->origins[c->noted] = c->now;
}

static void begin_note(struct compiler *c, enum policy_door door, int call, int policy, int rule)
{
	note(c);
	c->now = (struct policy_origin){ (unsigned char)door, (unsigned char)call, (short)policy, (short)rule };
}

/* Returns the label of the verdict's return; BUILD_NEXT if there are too many verdicts. */
static struct build_label verdict_label(struct compiler *c, socketcall_policy_verdict verdict)
{
	for (unsigned i = 0; i < c->verdict_count; i++)
		if (c->verdicts[i].verdict == verdict)
			return c->verdicts[i].label;
	if (c->verdict_count == VERDICTS_MOST)
		return BUILD_NEXT;
	c->verdicts[c->verdict_count].verdict = verdict;
	c->verdicts[c->verdict_count].label = build_label(&c->build);
	return c->verdicts[c->verdict_count++].label;
}

static void read_word(struct compiler *c, unsigned offset, uint32_t mask)
{
	if (c->known && c->offset == offset && c->mask == mask)
		return;
	build_read(&c->build, offset);
	if (mask != UINT32_MAX)
		build_mask(&c->build, mask);
	c->known = true;
	c->offset = offset;
	c->mask = mask;
}

/* Writes a test that branches to `then` if it holds, else to `otherwise`. */
static void put_test(struct compiler *c, const struct test *test, struct build_label then, struct build_label otherwise)
{
	const struct socketcall_policy_condition *condition = &test->condition;
	enum build_comparison comparison = BUILD_EQUAL;
	struct build_label swapped = then;
	bool is_negated = false;

	switch ((enum socketcall_policy_comparison)condition->comparison) {
	case SOCKETCALL_POLICY_NOT_EQUAL:
		is_negated = true;
		break;
	case SOCKETCALL_POLICY_EQUAL:
		break;
	case SOCKETCALL_POLICY_AT_MOST:
		is_negated = true;
		comparison = BUILD_GREATER;
		break;
	case SOCKETCALL_POLICY_GREATER:
		comparison = BUILD_GREATER;
		break;
	case SOCKETCALL_POLICY_LESS:
		is_negated = true;
		comparison = BUILD_AT_LEAST;
		break;
	case SOCKETCALL_POLICY_AT_LEAST:
		comparison = BUILD_AT_LEAST;
		break;
	}
	if (is_negated) {
		then = otherwise;
		otherwise = swapped;
	}
	if (test->whole) {
		build_branch64(&c->build, FILTER_ARGUMENT(condition->argument), condition->mask, comparison,
			       condition->value, then, otherwise);
		c->known = false;
		return;
	}
	read_word(c, FILTER_ARGUMENT(condition->argument), (uint32_t)condition->mask);
	build_branch(&c->build, comparison, (uint32_t)condition->value, then, otherwise);
}

/* Fills in the tests that a rule needs. Returns how many, or -1 if one of its conditions never holds. */
static int tests_of(const struct policy_candidate *candidate, int call, unsigned word, struct test tests[TESTS_MOST])
{
	const struct socketcall_policy_rule *rule = candidate->rule;
	int count = 0;

	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++)
		if (candidate->zero >> i & 1) {
			tests[count].condition = (struct socketcall_policy_condition){ .argument = (unsigned char)i,
										       .mask = UINT64_MAX };
			tests[count++].whole = false;
		}
	for (unsigned i = 0; i < rule->condition_count; i++) {
		tests[count].condition = rule->condition[i];
		tests[count].whole = false;
		switch (policy_test(&tests[count].condition, call, word)) {
		case POLICY_NEVER:
			return -1;
		case POLICY_ALWAYS:
			break;
		case POLICY_WHOLE:
			tests[count].whole = true;
			count++;
			break;
		case POLICY_LOW:
			count++;
			break;
		}
	}
	return count;
}

/* Writes tests that branch to `then` if all hold, else to the next instruction. */
static void put_tests(struct compiler *c, const struct test *tests, unsigned count, struct build_label then)
{
	struct build_label next = build_label(&c->build);
	bool is_known = true;

	for (unsigned i = 0; i < count; i++) {
		bool is_last = i + 1 == count;

		put_test(c, &tests[i], is_last ? then : BUILD_NEXT, next);
		is_known = is_known && !tests[i].whole && tests[i].condition.argument == tests[0].condition.argument &&
			   tests[i].condition.mask == tests[0].condition.mask;
	}
	build_here(&c->build, next);
	c->known = is_known;
}

/* Writes a return of the verdict. */
static void put_verdict(struct compiler *c, socketcall_policy_verdict verdict)
{
	build_return(&c->build, verdict);
	c->known = false;
}

/* Where a policy's code jumps to with the calls that it allows: to the next policy's code. If the policy logs some of
 * these calls, that code is written twice: the second copy judges the calls that are to be logged. */
struct onward {
	struct build_label allowed, logged;
	bool is_allowed, is_logged; /* there is a jump to the label */
};

static struct build_label onward_label(struct compiler *c, struct onward *onward, socketcall_policy_verdict verdict)
{
	if (verdict == SECCOMP_RET_ALLOW) {
		if (!onward->is_allowed)
			onward->allowed = build_label(&c->build);
		onward->is_allowed = true;
		return onward->allowed;
	}
	if (verdict == SECCOMP_RET_LOG) {
		if (!onward->is_logged)
			onward->logged = build_label(&c->build);
		onward->is_logged = true;
		return onward->logged;
	}
	return verdict_label(c, verdict);
}

/* Writes the code that judges calls by the policies from index `i` on. `is_logged` is true if an earlier policy logs
 * these calls. */
static void put_policies(struct compiler *c, unsigned i, bool is_logged, const struct policy_calls *calls)
{
	const struct socketcall_policy *policy = &c->policies[i];
	struct policy_candidate candidate;
	struct onward onward = { .is_allowed = false };
	bool is_decided = false;

	if (i == c->count) {
		begin_note(c, (enum policy_door)c->now.door, calls->call, NO_RULE, NO_RULE);
		put_verdict(c, is_logged ? SECCOMP_RET_LOG : SECCOMP_RET_ALLOW);
		return;
	}
	if (!(policy->calls & (calls->own | calls->made))) {
		put_policies(c, i + 1, is_logged, calls);
		return;
	}
	for (unsigned place = 0; !is_decided && policy_next(policy, calls, &place, &candidate);) {
		struct test tests[TESTS_MOST];
		int count = tests_of(&candidate, calls->call, c->arch->word, tests);
		struct build_label label;

		if (count < 0)
			continue;
		begin_note(c, (enum policy_door)c->now.door, calls->call, (int)i,
			   (int)(candidate.rule - policy->rules));
		label = onward_label(c, &onward, candidate.rule->verdict);
		is_decided = count == 0;
		if (!is_decided && label.id != BUILD_NEXT.id)
			put_tests(c, tests, (unsigned)count, label);
		else if (!is_decided) {
			/* There are too many verdicts, so this one has no label: return it here. */
			struct build_label matched = build_label(&c->build), next = build_label(&c->build);

			put_tests(c, tests, (unsigned)count, matched);
			build_jump(&c->build, next);
			build_here(&c->build, matched);
			put_verdict(c, candidate.rule->verdict);
			build_here(&c->build, next);
			c->known = false;
		} else if (label.id != BUILD_NEXT.id)
			build_jump(&c->build, label);
		else
			put_verdict(c, candidate.rule->verdict);
	}
	begin_note(c, (enum policy_door)c->now.door, calls->call, (int)i, NO_RULE);
	if (!is_decided) {
		struct build_label label = onward_label(c, &onward, policy->otherwise);

		if (label.id != BUILD_NEXT.id)
			build_jump(&c->build, label);
		else
			put_verdict(c, policy->otherwise);
	}
	c->known = false;
	if (onward.is_allowed) {
		build_here(&c->build, onward.allowed);
		put_policies(c, i + 1, is_logged, calls);
	}
	if (onward.is_logged) {
		build_here(&c->build, onward.logged);
		put_policies(c, i + 1, true, calls);
	}
}

/* True if all policies allow the call, whatever its arguments are. */
static bool is_always_allowed(const struct compiler *c, const struct policy_calls *calls)
{
	for (unsigned i = 0; i < c->count; i++) {
		const struct socketcall_policy *policy = &c->policies[i];
		socketcall_policy_verdict verdict = policy->otherwise;
		struct policy_candidate candidate;
		struct test tests[TESTS_MOST];

		if (!(policy->calls & (calls->own | calls->made)))
			continue;
		for (unsigned place = 0; policy_next(policy, calls, &place, &candidate);) {
			int count = tests_of(&candidate, calls->call, c->arch->word, tests);

			if (count >= 0 && candidate.rule->verdict != SECCOMP_RET_ALLOW)
				return false;
			if (count == 0) {
				verdict = SECCOMP_RET_ALLOW;
				break;
			}
		}
		if (verdict != SECCOMP_RET_ALLOW)
			return false;
	}
	return true;
}

/* True if each policy has the same rules for both calls, and their conditions compare arguments of the same width. */
static bool is_judged_alike(const struct compiler *c, const struct policy_calls *a, const struct policy_calls *b)
{
	for (unsigned i = 0; i < c->count; i++) {
		const struct socketcall_policy *policy = &c->policies[i];
		struct policy_candidate of_a, of_b;
		unsigned place_a = 0, place_b = 0;

		if (!(policy->calls & (a->own | a->made)) != !(policy->calls & (b->own | b->made)))
			return false;
		while (policy_next(policy, a, &place_a, &of_a)) {
			if (!policy_next(policy, b, &place_b, &of_b) || of_a.rule != of_b.rule || of_a.zero ||
			    of_b.zero)
				return false;
			for (unsigned k = 0; k < of_a.rule->condition_count; k++) {
				unsigned argument = of_a.rule->condition[k].argument;

				if (policy_is_whole(a->call, argument) != policy_is_whole(b->call, argument))
					return false;
			}
		}
		if (policy_next(policy, b, &place_b, &of_b))
			return false;
	}
	return true;
}

/* The instructions that judge the calls of one number, and of other numbers that are judged alike. */
struct block {
	struct policy_calls calls;
	struct build_label label;
};

/* Returns the label of the block that judges these calls: an earlier block if it judges them alike, else a new one. */
static struct build_label block_label(struct compiler *c, struct block *blocks, unsigned *count,
				      const struct policy_calls *calls)
{
	for (unsigned i = 0; i < *count; i++)
		if (is_judged_alike(c, &blocks[i].calls, calls))
			return blocks[i].label;
	blocks[*count] = (struct block){ *calls, build_label(&c->build) };
	return blocks[(*count)++].label;
}

/* Writes the part for the calls of c->arch. The accumulator holds the call's number. */
static void put_arch(struct compiler *c, enum policy_door door)
{
	struct build_label allow = verdict_label(c, SECCOMP_RET_ALLOW), below = build_label(&c->build);
	struct block blocks[SOCKETCALL_POLICY_RECVMMSG_TIME64];
	unsigned count = 0;

	if (!c->options->io_uring) {
		begin_note(c, POLICY_DOOR_IO_URING, 0, NO_RULE, NO_RULE);
		build_branch(&c->build, BUILD_AT_LEAST, POLICY_URING_SETUP, BUILD_NEXT, below);
		build_branch(&c->build, BUILD_GREATER, POLICY_URING_REGISTER, allow,
			     verdict_label(c, SOCKETCALL_POLICY_CLOSED));
	}
	build_here(&c->build, below);
	if (c->arch->socketcall != ABI_NONE) {
		begin_note(c, POLICY_DOOR_SOCKETCALL, 0, NO_RULE, NO_RULE);
		build_jump_if_equal(
			&c->build, (uint32_t)c->arch->socketcall,
			verdict_label(c, c->options->socketcall ? c->options->socketcall : SOCKETCALL_POLICY_CLOSED));
	}
	for (int call = 1; call <= SOCKETCALL_POLICY_RECVMMSG_TIME64; call++) {
		int number = call <= SOCKETCALL_CALLS ? c->arch->number[call] : c->arch->recvmmsg_time64;
		struct policy_calls calls = policy_calls_of(c->arch, number);
		bool is_reported = c->options->reported & calls.own;

		if (!calls.call || (!is_reported && is_always_allowed(c, &calls)))
			continue;
		begin_note(c, door, call, NO_RULE, NO_RULE);
		build_jump_if_equal(&c->build, (uint32_t)number,
				    is_reported ? verdict_label(c, SECCOMP_RET_USER_NOTIF)
						: block_label(c, blocks, &count, &calls));
	}
	begin_note(c, door, 0, NO_RULE, NO_RULE);
	put_verdict(c, SECCOMP_RET_ALLOW);
	for (unsigned i = 0; i < count; i++) {
		begin_note(c, door, blocks[i].calls.call, NO_RULE, NO_RULE);
		build_here(&c->build, blocks[i].label);
		c->known = false;
		put_policies(c, 0, false, &blocks[i].calls);
	}
}

static void put_filter(struct compiler *c)
{
	const struct abi_arch *arch32 = abi_arch("i386"), *arch64 = abi_arch("x86_64");
	struct build_label is_x86_64 = build_label(&c->build), is_i386 = build_label(&c->build),
			   closed = verdict_label(c, SOCKETCALL_POLICY_CLOSED);

	begin_note(c, POLICY_DOOR_ANY, 0, NO_RULE, NO_RULE);
	build_read(&c->build, FILTER_ARCH);
	build_jump_if_equal(&c->build, arch64->token, is_x86_64);
	build_jump_if_equal(&c->build, arch32->token, is_i386);
	begin_note(c, POLICY_DOOR_UNKNOWN, 0, NO_RULE, NO_RULE);
	build_return(&c->build, SOCKETCALL_POLICY_CLOSED);

	build_here(&c->build, is_x86_64);
	begin_note(c, POLICY_DOOR_X86_64, 0, NO_RULE, NO_RULE);
	build_read(&c->build, FILTER_NUMBER);
	begin_note(c, POLICY_DOOR_X32, 0, NO_RULE, NO_RULE);
	build_jump_if_any_bit(&c->build, POLICY_X32_BIT, closed);
	c->arch = arch64;
	put_arch(c, POLICY_DOOR_X86_64);

	build_here(&c->build, is_i386);
	begin_note(c, POLICY_DOOR_I386, 0, NO_RULE, NO_RULE);
	build_read(&c->build, FILTER_NUMBER);
	c->arch = arch32;
	put_arch(c, POLICY_DOOR_I386);

	begin_note(c, POLICY_DOOR_ANY, 0, NO_RULE, NO_RULE);
	for (unsigned i = 0; i < c->verdict_count; i++) {
		build_here(&c->build, c->verdicts[i].label);
		build_return(&c->build, c->verdicts[i].verdict);
	}
	note(c);
}

/* Moves each note to the place where build_end() has put its instruction. Instructions only move towards the end. */
static void move_notes(struct compiler *c, unsigned length)
{
	unsigned end = length;

	for (unsigned i = c->build.length; i > 0; i--) {
		unsigned place = build_place(&c->build, i - 1);
		struct policy_origin origin = c->origins[i - 1];

		/* build_end() has inserted the instructions between this one and the next, for far jumps. */
		for (; end > place + 1; end--)
			c->origins[end - 1] = (struct policy_origin){ POLICY_DOOR_ANY, 0, NO_RULE, NO_RULE };
		c->origins[--end] = origin;
	}
}

int policy_compile(const struct socketcall_policy *policies, unsigned count,
		   const struct socketcall_policy_options *options, struct sock_filter *filter, unsigned capacity,
		   struct policy_origin *origins)
{
	struct build_note notes[BPF_MAXINSNS];
	struct compiler c = {
		.policies = policies,
		.count = count,
		.options = options,
		.origins = origins,
		.room = origins ? capacity : 0,
	};
	int length;

	build_begin(&c.build, filter, notes, capacity);
	put_filter(&c);
	length = build_end(&c.build);
	if (length > 0 && origins)
		move_notes(&c, (unsigned)length);
	return length;
}

int socketcall_policy_compile(const struct socketcall_policy *policies, unsigned count,
			      const struct socketcall_policy_options *options, struct sock_filter *filter,
			      unsigned capacity)
{
	return policy_compile(policies, count, options, filter, capacity, NULL);
}
