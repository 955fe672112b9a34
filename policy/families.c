/* SPDX-License-Identifier: MIT
 * Reads a list of families, and the verdict for refused sockets. socketcall-policy(5) has the syntax. */
#include "abi/families.h"
#include "policy/rule.h"
#include "policy/words.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
	ANY_TYPE = 0,
	ANY_PROTOCOL = -1,
	TYPE_MOST = ABI_TYPE_MASK,
	SOCKETS = 1u << SOCKETCALL_SOCKET | 1u << SOCKETCALL_SOCKETPAIR, /* the calls that create sockets */
	SMC_PROTOCOL_IPV6 = 1, /* SMCPROTO_SMC6; for IPv4 it is 0 (include/net/smc.h) */
};

/* A list that is being read. */
struct list {
	const char *text;
	size_t start, length;                     /* the items begin at `start` */
	bool is_inverted;                         /* the list begins with '~' */
	socketcall_policy_verdict listed, others; /* for sockets that an item names, and for other sockets */
	struct socketcall_policy *policy;
	struct socketcall_policy_error *error;
};

/* FAMILY, FAMILY:TYPE or FAMILY:TYPE:PROTOCOL. */
struct item {
	int family, type, protocol;
	size_t at, length; /* in the text */
};

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == ',';
}

/* Reads the next word of the list from *at on. Returns false if there is none. */
static bool next_word(const struct list *list, size_t *at, struct policy_word *word)
{
	size_t end;

	while (*at < list->length && is_separator(list->text[*at]))
		++*at;
	if (*at == list->length)
		return false;
	for (end = *at; end < list->length && !is_separator(list->text[end]);)
		end++;
	*word = (struct policy_word){ list->text + *at, end - *at };
	*at = end;
	return true;
}

static int wrong(const struct list *list, struct policy_word word, const char *expected)
{
	return policy_fail(list->error, list->text, (size_t)(word.text - list->text), "expected %s, not '%s'", expected,
			   policy_quoted(word.text, word.length).text);
}

/* Returns the part of the word before its first colon, and removes the part and the colon from the word. */
static struct policy_word cut(struct policy_word *word)
{
	const char *colon = memchr(word->text, ':', word->length);
	struct policy_word part = { word->text, colon ? (size_t)(colon - word->text) : word->length };

	word->text += part.length + (colon != NULL);
	word->length -= part.length + (colon != NULL);
	return part;
}

static bool is_star(struct policy_word word)
{
	return word.length == 1 && *word.text == '*';
}

/* Fails if the kernel converts the item into another family: the list must name that family instead. */
static int refuse_converted(const struct list *list, struct policy_word whole, const struct item *item)
{
	const struct abi_conversion *row;

	for (size_t i = 0; (row = abi_conversion_row(i)); i++) {
		bool is_type = item->type == row->type, is_protocol = item->protocol == row->protocol;

		if (row->from != item->family || !is_type || (row->decides == ABI_DECIDES_PROTOCOL && !is_protocol))
			continue;
		return policy_fail(list->error, list->text, (size_t)(whole.text - list->text),
				   "expected AF_%s instead of '%s': the kernel converts the one into the other",
				   abi_family_row((size_t)row->to - 1)->name,
				   policy_quoted(whole.text, whole.length).text);
	}
	return 0;
}

static int parse_item(const struct list *list, struct policy_word word, struct item *item)
{
	const struct policy_word whole = word;
	size_t colons = 0;
	struct policy_word part = cut(&word);

	for (size_t i = 0; i < whole.length; i++)
		colons += whole.text[i] == ':';
	*item = (struct item){ policy_family(part), ANY_TYPE, ANY_PROTOCOL, (size_t)(whole.text - list->text),
			       whole.length };
	if (item->family < 0)
		return wrong(list, part,
			     part.length && *part.text == '~' ? "'~' at the beginning of the list alone"
							      : "a socket family such as AF_INET");
	if (colons > 0) {
		part = cut(&word);
		if (!is_star(part))
			item->type = policy_type(part);
		if (item->type < 0)
			return wrong(list, part, "a socket type such as SOCK_STREAM, or *");
	}
	if (colons > 1) {
		part = cut(&word);
		if (!is_star(part))
			item->protocol = policy_protocol(item->family, part);
		if (item->protocol < 0 && !is_star(part))
			return wrong(list, part, "a protocol of that family, a number, or *");
	}
	if (colons > 2)
		return wrong(list, word, "the item to end after its protocol");
	return refuse_converted(list, whole, item);
}

/* Reads the next item. Returns false at the end. Call it only after check() has found no mistake in the list. */
static bool next_item(const struct list *list, size_t *at, struct item *item)
{
	struct policy_word word;

	return next_word(list, at, &word) && !parse_item(list, word, item);
}

/* Returns 0 if all items can be read and there is at least one; else fills list->error. */
static int check(const struct list *list)
{
	struct policy_word word;
	struct item item;
	unsigned count = 0;
	int r;

	for (size_t at = list->start; next_word(list, &at, &word); count++) {
		r = parse_item(list, word, &item);
		if (r)
			return r;
	}
	if (!count)
		return policy_fail(list->error, list->text, list->length,
				   "expected a socket family such as AF_INET, or 'none'");
	return 0;
}

static void add_condition(struct socketcall_policy_rule *rule, unsigned argument, uint64_t mask, int value)
{
	rule->condition[rule->condition_count++] = (struct socketcall_policy_condition){
		.argument = (unsigned char)argument,
		.comparison = SOCKETCALL_POLICY_EQUAL,
		.mask = mask,
		.value = (uint64_t)value,
	};
}

/* Adds a rule for `sockets`. The item `at` is the rule's place in the source. */
static int add(const struct list *list, struct item sockets, const struct item *at, socketcall_policy_verdict verdict)
{
	struct socketcall_policy_rule *rule = policy_add(list->policy);
	struct socketcall_policy_place place = policy_place(list->text, at->at);

	if (!rule) {
		policy_fail(list->error, list->text, at->at, "the policy needs more than %u rules",
			    list->policy->capacity);
		return -E2BIG;
	}
	rule->calls = SOCKETS;
	rule->verdict = verdict;
	rule->line = place.line;
	rule->column = place.column;
	rule->offset = (unsigned)at->at;
	rule->length = (unsigned)at->length;
	add_condition(rule, 0, POLICY_MASK_INT, sockets.family);
	if (sockets.type != ANY_TYPE)
		add_condition(rule, 1, ABI_TYPE_MASK, sockets.type);
	if (sockets.protocol != ANY_PROTOCOL)
		add_condition(rule, 2, POLICY_MASK_INT, sockets.protocol);
	return 0;
}

/* Sets *is_named if the list has an item of the family, and *is_whole if one has neither a type nor a protocol. */
static void find_items(const struct list *list, int family, bool *is_named, bool *is_whole)
{
	struct item item;

	*is_named = false;
	*is_whole = false;
	for (size_t at = list->start; next_item(list, &at, &item);)
		if (item.family == family) {
			*is_named = true;
			*is_whole = *is_whole || (item.type == ANY_TYPE && item.protocol == ANY_PROTOCOL);
		}
}

/* True if the kernel makes sockets of another family for some calls that name this one. */
static bool is_converted(int family)
{
	const struct abi_conversion *row;

	for (size_t i = 0; (row = abi_conversion_row(i)); i++)
		if (row->from == family)
			return true;
	return false;
}

/* Adds rules for calls that name row->from and get a socket of row->to. The items of row->to give their verdicts. The
 * last rule, for such calls that no item names, belongs to the list as a whole, so its length in the source is 0. */
static int add_conversion(const struct list *list, const struct abi_conversion *row)
{
	struct item sockets = { row->from, row->type, ANY_PROTOCOL, 0, 0 };
	/* The protocol of the socket that is made, if the call's protocol decides that it is converted. If the call's
	 * type decides, the socket has the call's protocol. */
	int made_protocol = row->from == AF_INET6 ? SMC_PROTOCOL_IPV6 : 0;
	bool is_from_named, is_from_whole, is_to_named, is_to_whole, by_protocol = row->decides == ABI_DECIDES_PROTOCOL;
	struct item item, whole = { 0, 0, 0, list->start, 0 };
	int r = 0;

	if (by_protocol)
		sockets.protocol = row->protocol;
	find_items(list, row->from, &is_from_named, &is_from_whole);
	find_items(list, row->to, &is_to_named, &is_to_whole);
	if ((!is_from_named && !is_to_named) || (is_from_whole && is_to_whole))
		return 0; /* all sockets of both families get the same verdict */
	for (size_t at = list->start; !r && next_item(list, &at, &item);) {
		if (item.family != row->to || (item.type != ANY_TYPE && item.type != row->type))
			continue;
		if (by_protocol && item.protocol != ANY_PROTOCOL && item.protocol != made_protocol)
			continue;
		if (!by_protocol)
			sockets.protocol = item.protocol;
		r = add(list, sockets, &item, list->listed);
	}
	if (!by_protocol)
		sockets.protocol = ANY_PROTOCOL;
	if (!r && !is_to_whole)
		r = add(list, sockets, &whole, list->others);
	return r;
}

/* Adds a rule for the item's sockets of one type, and a second one if the protocol has a second number in this type. */
static int add_type(const struct list *list, const struct item *item, int type)
{
	struct item sockets = { item->family, type, item->protocol, 0, 0 };
	int same = policy_zero_protocol(item->family, type), r = add(list, sockets, item, list->listed);

	if (r || item->protocol == ANY_PROTOCOL || !same || (item->protocol && item->protocol != same))
		return r;
	sockets.protocol = item->protocol ? 0 : same;
	return add(list, sockets, item, list->listed);
}

/* Adds the rules for an item. */
static int add_item(const struct list *list, const struct item *item)
{
	int r = 0;

	if (item->type == ANY_TYPE && item->protocol == ANY_PROTOCOL)
		return add(list, *item, item, list->listed);
	for (int type = 1; type <= TYPE_MOST && !r; type++)
		if (item->type == ANY_TYPE
			    ? policy_zero_protocol(item->family, type) != 0
			    : policy_made_type(item->family, type) == policy_made_type(item->family, item->type))
			r = add_type(list, item, type);
	/* For all other types, the item's protocol has only one number. */
	if (!r && item->type == ANY_TYPE)
		r = add(list, *item, item, list->listed);
	return r;
}

int socketcall_policy_families(struct socketcall_policy *policy, const char *text, size_t length,
			       socketcall_policy_verdict refused, struct socketcall_policy_error *error)
{
	struct list list = { .text = text, .length = length, .policy = policy, .error = error };
	const struct abi_conversion *row;
	struct policy_word word;
	struct item item;
	int r = 0;

	policy->count = 0;
	policy->calls = SOCKETS;
	policy->otherwise = refused;
	while (list.start < length && is_separator(text[list.start]))
		list.start++;
	if (list.start < length && text[list.start] == '~') {
		list.is_inverted = true;
		list.start++;
	}
	list.listed = list.is_inverted ? refused : SECCOMP_RET_ALLOW;
	list.others = list.is_inverted ? SECCOMP_RET_ALLOW : refused;
	policy->otherwise = list.others;
	for (size_t at = list.start; !list.is_inverted && next_word(&list, &at, &word);)
		if (policy_word_is(word, "none")) {
			if (word.text == text + list.start && !next_word(&list, &at, &word))
				return 0;
			return wrong(&list, word, "'none' to be alone");
		}
	r = check(&list);
	/*
	 * Rules for conversions have to come before the items of the families that are converted. The other items come
	 * before both, so that their sockets are compared less often.
	 */
	for (size_t at = list.start; !r && next_item(&list, &at, &item);)
		if (!is_converted(item.family))
			r = add_item(&list, &item);
	for (size_t i = 0; !r && (row = abi_conversion_row(i)); i++)
		r = add_conversion(&list, row);
	for (size_t at = list.start; !r && next_item(&list, &at, &item);)
		if (is_converted(item.family))
			r = add_item(&list, &item);
	return r;
}

int socketcall_policy_refused(const char *text, size_t length, socketcall_policy_verdict *verdict,
			      struct socketcall_policy_error *error)
{
	struct policy_word word = { text, length }, kind = cut(&word);
	int number;

	if (policy_word_is((struct policy_word){ text, length }, "kill")) {
		*verdict = SECCOMP_RET_KILL_PROCESS;
		return 0;
	}
	if (policy_word_is((struct policy_word){ text, length }, "log")) {
		*verdict = SECCOMP_RET_LOG;
		return 0;
	}
	if (!policy_word_is(kind, "errno") || kind.length == length)
		return policy_fail(error, text, 0, "expected errno:NAME, kill or log, not '%s'",
				   policy_quoted(text, length).text);
	number = policy_errno(word);
	if (number < 0)
		return policy_fail(error, text, (size_t)(word.text - text), "expected an error such as EPERM, not '%s'",
				   policy_quoted(word.text, word.length).text);
	*verdict = SECCOMP_RET_ERRNO | (uint32_t)number;
	return 0;
}
