/* SPDX-License-Identifier: MIT
 * Random profiles are read by socketcall and, as runc and crun do it, by libseccomp: both filters must give the same
 * verdicts for calls of x86-64 whose ints have no bits above 32. libseccomp's filter is for x86-64 alone, so
 * socketcall's verdicts for i386's calls are compared with its verdicts for the same calls of x86-64. Calls that i386
 * has only in socketcall(2) are left out.
 */
#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/policy/common.h"

enum { PROFILES = 1500, CALLS = 200, RULES_MOST = 7, CONDITIONS_MOST = 3, VALUES = 5 };

struct condition {
	unsigned index;
	enum scmp_compare op;
	uint64_t value, value_two;
};

struct rule {
	int call; /* index in `calls` */
	uint32_t action;
	unsigned count;
	struct condition condition[CONDITIONS_MOST];
};

static const struct {
	const char *name;
	int x86_64, i386;
	unsigned arity;
} calls[] = {
	{ "socket", 41, 359, 3 },
	{ "socketpair", 53, 360, 4 },
	{ "setsockopt", 54, 366, 5 },
	{ "sendto", 44, 369, 6 },
};

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(5) },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
};

static const struct {
	const char *name;
	enum scmp_compare op;
} operators[] = {
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
	{ "SCMP_CMP_NE", SCMP_CMP_NE },
	{ "SCMP_CMP_LT", SCMP_CMP_LT },
	{ "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_GE", SCMP_CMP_GE },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The kinds of profiles that are made. */
struct kind {
	const char *text;
	unsigned actions; /* how many of `actions`; of two, one is the default, and the other that of all rules */
	bool is_any;      /* any operator, and one rule for each call; else equality alone, and any number of rules */
};

struct made {
	struct rule rules[RULES_MOST];
	unsigned rule_count;
	uint32_t otherwise;
	char json[8192];
	size_t length;
	int refused; /* libseccomp's error, or 0 */
	struct sock_filter filter[4096];
	int filter_length;
};

static void print(struct made *made, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void print(struct made *made, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	made->length +=
		(size_t)vsnprintf(made->json + made->length, sizeof made->json - made->length, format, arguments);
	va_end(arguments);
}

/* Does what runc's matchCall() and crun's libcrun_generate_seccomp() do. */
static int add(scmp_filter_ctx context, const struct rule *rule, uint32_t otherwise)
{
	struct scmp_arg_cmp arguments[CONDITIONS_MOST];
	unsigned used = 0;
	bool is_split = false;
	int r = 0;

	if (rule->action == otherwise)
		return 0;
	for (unsigned i = 0; i < rule->count; i++) {
		arguments[i] = (struct scmp_arg_cmp){ rule->condition[i].index, rule->condition[i].op,
						      rule->condition[i].value, rule->condition[i].value_two };
		is_split = is_split || used >> rule->condition[i].index & 1;
		used |= 1u << rule->condition[i].index;
	}
	if (!is_split)
		return seccomp_rule_add_array(context, rule->action, calls[rule->call].x86_64, rule->count, arguments);
	for (unsigned i = 0; i < rule->count && !r; i++)
		r = seccomp_rule_add_array(context, rule->action, calls[rule->call].x86_64, 1, &arguments[i]);
	return r;
}

static void export(scmp_filter_ctx context, struct made *made)
{
	int fd = memfd_create("filter", 0);
	ssize_t size;

	if (fd < 0 || seccomp_export_bpf(context, fd) || lseek(fd, 0, SEEK_SET) < 0 ||
	    (size = read(fd, made->filter, sizeof made->filter)) < 0) {
		puts("Bail out! no filter of libseccomp's");
		exit(1);
	}
	made->filter_length = (int)((size_t)size / sizeof *made->filter);
	close(fd);
}

/* Makes a random profile, as JSON and in libseccomp. */
static void make(struct made *made, const struct kind *kind, uint64_t *state)
{
	unsigned otherwise = next_random(state) % kind->actions,
		 rules = kind->is_any ? COUNT(calls) : 1 + next_random(state) % RULES_MOST;
	scmp_filter_ctx context = seccomp_init(actions[otherwise].action);

	made->length = 0;
	made->refused = 0;
	made->rule_count = 0;
	made->otherwise = actions[otherwise].action;
	print(made,
	      "{\"defaultAction\": \"%s\", \"defaultErrnoRet\": 5, \"architectures\": [\"SCMP_ARCH_X86\"],\n"
	      " \"syscalls\": [\n",
	      actions[otherwise].name);
	for (unsigned i = 0; i < rules; i++) {
		struct rule rule = { .call = (int)(next_random(state) % 2 ? 0 : next_random(state) % COUNT(calls)) };
		unsigned action = kind->actions == 2 ? 1 - otherwise : next_random(state) % kind->actions;

		if (kind->is_any)
			rule.call = (int)i;
		rule.action = actions[action].action;
		rule.count = next_random(state) % 8 ? 1 + next_random(state) % CONDITIONS_MOST : 0;
		print(made, "%s  {\"names\": [\"%s\"], \"action\": \"%s\", \"errnoRet\": 5, \"args\": [",
		      i ? ",\n" : "", calls[rule.call].name, actions[action].name);
		for (unsigned k = 0; k < rule.count; k++) {
			struct condition *condition = &rule.condition[k];
			unsigned op = next_random(state) % COUNT(operators);

			if (!kind->is_any)
				op = op % 2 ? 0 : COUNT(operators) - 1;

			condition->index = next_random(state) % calls[rule.call].arity;
			condition->op = operators[op].op;
			condition->value = next_random(state) % VALUES;
			condition->value_two = next_random(state) % VALUES;
			print(made, "%s{\"index\": %u, \"op\": \"%s\", \"value\": %llu, \"valueTwo\": %llu}",
			      k ? ", " : "", condition->index, operators[op].name, (unsigned long long)condition->value,
			      (unsigned long long)condition->value_two);
		}
		print(made, "]}");
		made->rules[made->rule_count++] = rule;
		if (!made->refused)
			made->refused = add(context, &rule, actions[otherwise].action);
	}
	print(made, "]}\n");
	if (!made->refused)
		export(context, made);
	seccomp_release(context);
}

static bool condition_holds(const struct condition *condition, uint64_t argument)
{
	switch (condition->op) {
	case SCMP_CMP_EQ:
		return argument == condition->value;
	case SCMP_CMP_NE:
		return argument != condition->value;
	case SCMP_CMP_LT:
		return argument < condition->value;
	case SCMP_CMP_LE:
		return argument <= condition->value;
	case SCMP_CMP_GT:
		return argument > condition->value;
	case SCMP_CMP_GE:
		return argument >= condition->value;
	case SCMP_CMP_MASKED_EQ:
		return (argument & condition->value) == (condition->value_two & condition->value);
	case _SCMP_CMP_MIN:
	case _SCMP_CMP_MAX:
		break;
	}
	return false;
}

/* True if the verdict is the action of a rule that matches, or the default if none does. */
static bool is_justified(const struct made *made, int call, const uint64_t args[6], uint32_t answer)
{
	bool is_any = false;

	for (unsigned i = 0; i < made->rule_count; i++) {
		const struct rule *rule = &made->rules[i];
		unsigned used = 0, held = 0;
		bool is_split = false;

		if (rule->call != call || rule->action == made->otherwise)
			continue;
		for (unsigned k = 0; k < rule->count; k++) {
			is_split = is_split || used >> rule->condition[k].index & 1;
			used |= 1u << rule->condition[k].index;
			held += condition_holds(&rule->condition[k], args[rule->condition[k].index]);
		}
		if (held < (is_split ? 1 : rule->count))
			continue;
		is_any = true;
		if (rule->action == answer)
			return true;
	}
	return !is_any && answer == made->otherwise;
}

static int compare(struct made *made, uint64_t *state)
{
	static struct sample sample;
	const struct socketcall_policy_options options = { .socketcall = 0 };
	struct sock_filter filter[4096];
	int length, wrong = 0;

	sample_profile(&sample, made->json, made->length, 0);
	if (sample.result || made->refused) {
		/* Whether libseccomp refuses a rule (EEXIST) depends on what it has pruned before; socketcall may
		 * refuse more. */
		if (sample.result && (made->refused || strstr(sample.error.text, "the same conditions")))
			return 0;
		printf("# socketcall: %s; libseccomp: %s\n%s", sample.result ? sample.error.text : "takes it",
		       made->refused ? strerror(-made->refused) : "takes it", made->json);
		return 1;
	}
	length = socketcall_policy_compile(&sample.policy, 1, &options, filter, 4096);
	for (int i = 0; i < CALLS; i++) {
		unsigned call = next_random(state) % COUNT(calls);
		uint64_t args[6];
		struct seccomp_data data;
		uint32_t judged, filtered, expected;

		for (unsigned k = 0; k < 6; k++)
			args[k] = next_random(state) % (VALUES + 1);
		data = data_of(ARCH_X86_64, calls[call].x86_64, args);
		expected = filter_answer(made->filter, made->filter_length, &data);
		judged = socketcall_policy_judge(&sample.policy, 1, &options, &data);
		filtered = filter_answer(filter, length, &data);
		/* If no rule justifies libseccomp's verdict, that is a fault of libseccomp; socketcall's must be
		 * justified. */
		if (!is_justified(made, (int)call, args, expected))
			expected = is_justified(made, (int)call, args, judged) ? judged : ~judged;
		if (judged != expected || filtered != expected) {
			if (!wrong++)
				printf("# %s(%llu, %llu, %llu, %llu, %llu): libseccomp %#x, judged %#x, filter %#x\n%s",
				       calls[call].name, (unsigned long long)args[0], (unsigned long long)args[1],
				       (unsigned long long)args[2], (unsigned long long)args[3],
				       (unsigned long long)args[4], expected, judged, filtered, made->json);
			continue;
		}
		data = data_of(ARCH_I386, calls[call].i386, args);
		if (socketcall_policy_judge(&sample.policy, 1, &options, &data) != expected ||
		    filter_answer(filter, length, &data) != expected) {
			printf("# i386's %s differs\n", calls[call].name);
			wrong++;
		}
	}
	return wrong;
}

static void try(const struct kind *kind, uint64_t *state)
{
	static struct made made;
	int wrong = 0;

	for (int i = 0; i < PROFILES; i++) {
		make(&made, kind, state);
		wrong += compare(&made, state) > 0;
	}
	ok_got(!wrong, wrong, "%d profiles, %s, %d calls each: libseccomp's verdicts", PROFILES, kind->text, CALLS);
}

int main(int argc, char **argv)
{
	static const struct kind kinds[] = {
		{ "one action beside the default", 2, false },
		{ "four actions", COUNT(actions), false },
		{ "any operators", COUNT(actions), true },
	};
	uint64_t state = seed_from(argc, argv);

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < COUNT(kinds); i++)
		try(&kinds[i], &state);
	return plan();
}
