/* SPDX-License-Identifier: MIT
 * Lists and profiles with mistakes: each is refused, and the message has the place and what was expected there.
 */
#include <errno.h>

#include "tests/unit/policy/common.h"

static struct sample sample;

struct mistake {
	const char *text;
	unsigned line, column;
	const char *expected; /* part of the message */
};

static void says(const struct mistake *mistake)
{
	bool good = sample.result == -EINVAL && sample.error.place.line == mistake->line &&
		    sample.error.place.column == mistake->column && strstr(sample.error.text, mistake->expected);

	ok(good, "%u:%u: %s", mistake->line, mistake->column, mistake->expected);
	if (!good)
		printf("# '%s': %d, %u:%u: %s\n", mistake->text, sample.result, sample.error.place.line,
		       sample.error.place.column, sample.result ? sample.error.text : "");
}

static void try_lists(void)
{
	static const struct mistake mistakes[] = {
		{ "", 1, 1, "expected a socket family such as AF_INET, or 'none'" },
		{ " \n , ", 2, 4, "expected a socket family such as AF_INET, or 'none'" },
		{ "~", 1, 2, "expected a socket family such as AF_INET, or 'none'" },
		{ "AF_INTE", 1, 1, "expected a socket family such as AF_INET, not 'AF_INTE'" },
		{ "AF_UNIX\nAF_INET, FOO", 2, 10, "not 'FOO'" },
		{ "AF_UNIX none", 1, 9, "expected 'none' to be alone" },
		{ "none AF_UNIX", 1, 6, "expected 'none' to be alone, not 'AF_UNIX'" },
		{ "~none", 1, 2, "not 'none'" },
		{ "AF_UNIX ~AF_INET", 1, 9, "'~' at the beginning of the list alone" },
		{ "AF_INET:SOCK_STRAEM", 1, 9, "expected a socket type such as SOCK_STREAM, or *, not 'SOCK_STRAEM'" },
		{ "AF_INET:", 1, 9, "expected a socket type" },
		{ "AF_INET:0", 1, 9, "expected a socket type" },
		{ "AF_INET:16", 1, 9, "expected a socket type" },
		{ "AF_INET:STREAM:", 1, 16, "expected a protocol" },
		{ "AF_INET:STREAM:ROUTE", 1, 16, "expected a protocol of that family, a number, or *, not 'ROUTE'" },
		{ "AF_INET:STREAM:65536", 1, 16, "expected a protocol" },
		{ "AF_INET:STREAM:TCP:x", 1, 20, "expected the item to end after its protocol" },
		{ "AF_INET:SOCK_PACKET", 1, 1, "expected AF_PACKET instead of 'AF_INET:SOCK_PACKET'" },
		{ "AF_INET6:STREAM:256", 1, 1, "expected AF_SMC" },
		{ "-1", 1, 1, "expected a socket family" },
		{ "65536", 1, 1, "expected a socket family" },
		{ "\x80\n", 1, 1, "not '?'" },
	};

	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		sample_families(&sample, mistakes[i].text, SOCKETCALL_POLICY_REFUSED);
		says(&mistakes[i]);
	}
	sample.result = socketcall_policy_families(&sample.policy, "AF_UNIX\0AF_INET", 15, SOCKETCALL_POLICY_REFUSED,
						   &sample.error);
	ok(sample.result == -EINVAL, "a null character in a list");
}

static void try_refused(void)
{
	static const struct mistake mistakes[] = {
		{ "", 1, 1, "expected errno:NAME, kill or log, not ''" },
		{ "errno", 1, 1, "expected errno:NAME" },
		{ "errno:", 1, 7, "expected an error such as EPERM" },
		{ "errno:EFOO", 1, 7, "not 'EFOO'" },
		{ "kill:", 1, 1, "expected errno:NAME" },
	};
	uint32_t verdict;

	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		sample.result =
			socketcall_policy_refused(mistakes[i].text, strlen(mistakes[i].text), &verdict, &sample.error);
		says(&mistakes[i]);
	}
	ok(!socketcall_policy_refused("errno:EACCES", 12, &verdict, &sample.error) &&
		   verdict == (SECCOMP_RET_ERRNO | 13),
	   "errno:EACCES");
	ok(!socketcall_policy_refused("kill", 4, &verdict, &sample.error) && verdict == SECCOMP_RET_KILL_PROCESS,
	   "kill");
	ok(!socketcall_policy_refused("log", 3, &verdict, &sample.error) && verdict == SECCOMP_RET_LOG, "log");
}

/* The beginning and the end of a profile with one rule, whose conditions are between them. */
#define RULE(rest)                                                                                                     \
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[\n{\"names\":[\"socket\"],\"action\":" rest "}]}"
#define ARGS(rest) RULE("\"SCMP_ACT_ALLOW\",\n\"args\":[" rest "]")

static void try_profiles(void)
{
	static const struct mistake mistakes[] = {
		{ "", 1, 1, "expected an object, not the end of the file" },
		{ "[]", 1, 1, "expected an object, not '['" },
		{ "{", 1, 2, "expected a key in quotes, not the end of the file" },
		{ "{}", 1, 1, "expected a profile with a defaultAction" },
		{ "\xef\xbb\xbf{}", 1, 1, "expected an object" },
		{ "{\"defaultAction\" \"SCMP_ACT_ALLOW\"}", 1, 18, "expected ':'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\" \"a\": 1}", 1, 36, "expected ',' or '}'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\",}", 1, 36, "expected a key in quotes, not '}'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\"} x", 1, 37, "expected the end of the file, not 'x'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALOW\"}", 1, 20,
		  "an action such as SCMP_ACT_ALLOW, not 'SCMP_ACT_ALOW'" },
		{ "{\"defaultAction\": \"\"}", 1, 19, "an action such as SCMP_ACT_ALLOW" },
		{ "{\"defaultAction\": 5}", 1, 19, "expected a string, not '5'" },
		{ "{\"defaultAction\": null}", 1, 19, "expected a string, not 'null'" },
		{ "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", 1, 20, "a default action that needs no supervisor" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n\"defaultAction\": \"SCMP_ACT_ALLOW\"}", 2, 2,
		  "expected \"defaultAction\" only once" },
		{ "{\"DefaultAction\": \"SCMP_ACT_ALLOW\"}", 1, 3,
		  "expected the key \"defaultAction\", not 'DefaultAction'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}}", 1, 49, "expected an array, not '{'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [[]]}", 1, 50, "expected an object, not '['" },
		{ "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{}]}", 1, 50,
		  "an entry with names and an action" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}", 1, 56,
		  "number of 0 to 4095, not '4096'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 1, \"defaultErrno\": \"ENOSYS\"}", 1,
		  75, "expected the same error as the number beside it says" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": 01}", 1, 42, "expected a number" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": 1.}", 1, 42, "expected a number" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": tru}", 1, 42, "expected a value, not 'tru'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": [1 2]}", 1, 45, "expected ',' or ']'" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"\\x\"}", 1, 43,
		  "expected a character of a string" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"\\u0000\"}", 1, 43, "a character of a string" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"\\ud800\"}", 1, 43, "a character of a string" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"\\udc00\\ud800\"}", 1, 43,
		  "a character of a string" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"\xc0\x80\"}", 1, 43, "a character of a string" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"\xed\xa0\x80\"}", 1, 43,
		  "a character of a string" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"\n\"}", 1, 43, "a character of a string" },
		{ "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"a\": \"b", 1, 44,
		  "the end of the string, not the end of the file" },
		{ RULE("\"SCMP_ACT_NOTIFY\""), 2, 31, "needs no supervisor, for a socket call, not 'SCMP_ACT_NOTIFY'" },
		{ RULE("\"SCMP_ACT_TRACE\",\"errnoRet\":1"), 2, 31, "needs no supervisor" },
		{ RULE("\"SCMP_ACT_ERRNO\",\"errnoRet\":-1"), 2, 58, "number of 0 to 4095, not '-1'" },
		{ RULE("\"SCMP_ACT_ERRNO\",\"errno\":\"EFOO\""), 2, 56, "an error such as EPERM, not 'EFOO'" },
		{ RULE("\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"CAP_FOO\"]}"), 2, 68,
		  "a capability such as CAP_NET_RAW" },
		{ RULE("\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"BPF\"]}"), 2, 68,
		  "such as CAP_NET_RAW, not 'BPF'" },
		{ RULE("\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"cap_bpf\"]}"), 2, 68, "not 'cap_bpf'" },
		{ RULE("\"SCMP_ACT_ERRNO\",\"errno\":\"eperm\""), 2, 56, "such as EPERM, not 'eperm'" },
		{ RULE("\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"6\"}"), 2, 72,
		  "a version such as 5.8, not '6'" },
		{ RULE("\"SCMP_ACT_ALLOW\",\"excludes\":[]"), 2, 58, "expected an object, not '['" },
		{ ARGS("{}"), 3, 9, "a condition with index, value and op" },
		{ ARGS("{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}"), 3, 18, "number of 0 to 5, not '6'" },
		{ ARGS("{\"index\":3,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}"), 3, 18,
		  "expected an argument that the call has, not '3'" },
		{ ARGS("{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_XX\"}"), 3, 36, "an operator such as SCMP_CMP_EQ" },
		{ ARGS("{\"index\":0,\"value\":1.0,\"op\":\"SCMP_CMP_EQ\"}"), 3, 28,
		  "a whole number of 0 to 2^64-1, not '1.0'" },
		{ ARGS("{\"index\":0,\"value\":18446744073709551616,\"op\":\"SCMP_CMP_EQ\"}"), 3, 28, "0 to 2^64-1" },
		{ ARGS("{\"index\":0,\"value\":4294967298,\"op\":\"SCMP_CMP_EQ\"}"), 3, 28,
		  "a value of 32 bits for an int, not '4294967298'" },
		{ ARGS("{\"index\":0,\"value\":1,\"valueTwo\":-1,\"op\":\"SCMP_CMP_MASKED_EQ\"}"), 3, 41,
		  "a whole number of 0 to 2^64-1, not '-1'" },
		{ ARGS("{\"index\":0,\"value\":4294967296,\"valueTwo\":4294967296,\"op\":\"SCMP_CMP_MASKED_EQ\"}"), 3,
		  50, "a value of 32 bits for an int, not '4294967296'" },
		{ ARGS("{\"index\":0,\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}"), 3, 21, "\"index\" only once" },
		{ RULE("\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]},\n"
		       "{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":0,\"value\":1,"
		       "\"op\":\"SCMP_CMP_EQ\"}]"),
		  3, 1, "expected the action of the rule at 2:1, which has the same conditions" },
	};

	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		sample_profile(&sample, mistakes[i].text, strlen(mistakes[i].text), 0);
		says(&mistakes[i]);
	}
}

/* Profiles that look wrong and are valid. */
static void try_odd_profiles(void)
{
	static const char *const good[] = {
		"\t{\"defaultAction\"\r\n:\"SCMP_ACT_ALLOW\"}\n",
		"{\"a\": [{}, [], \"\\ud83d\\ude00 \xf0\x9f\x98\x80\", -0.5e-3, true, false, null, 0],"
		"\"defaultAction\":\"SCMP_ACT_ALLOW\"}",
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\", \"syscalls\": null, \"architectures\": null}",
		ARGS("{\"index\":0,\"value\":18446744073709551615,\"op\":\"SCMP_CMP_EQ\"}"),
		"{\"defaultAction\":\"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"ptrace\"],"
		"\"action\": \"SCMP_ACT_NOTIFY\"}]}",
		"{\"a\": 1, \"a\": 2, \"defaultAction\":\"SCMP_ACT_ALLOW\"}",
	};

	static const char escaped[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"n\\u0061mes\":"
				      "[\"sock\\u0065t\"],\"action\":\"SCMP\\u005fACT_ALLOW\"}]}";

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		sample_profile(&sample, good[i], strlen(good[i]), 0);
		ok(!sample.result, "%zu: %s", i, sample.result ? sample.error.text : "is read");
	}
	sample_profile(&sample, escaped, sizeof escaped - 1, 0);
	ok(!sample.result && sample.policy.count == 1 && sample.policy.rules[0].calls == 1u << SOCKETCALL_SOCKET,
	   "names with escapes are those names");
}

/* Writes a profile of so many rules, a line each, of which `different` are different. Returns its length. */
static size_t many(char *text, int count, int different)
{
	size_t length = (size_t)sprintf(text, "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[");

	for (int i = 0; i < count; i++)
		length += (size_t)sprintf(text + length,
					  "%s{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":"
					  "[{\"index\":0,\"value\":%d,\"op\":\"SCMP_CMP_EQ\"}]}\n",
					  i ? "," : "", i % different);
	return length + (size_t)sprintf(text + length, "]}");
}

/* A profile that is cut anywhere is a mistake; and depth and number of rules have limits. */
static void try_sizes(void)
{
	static const char text[] =
		RULE("\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]");
	static char big[1 << 20];
	bool good = true;

	for (size_t i = 0; i + 1 < sizeof text; i++) {
		char *copy = malloc(i + 1);

		memcpy(copy, text, i);
		sample_profile(&sample, copy, i, 0); /* the sanitizer notices reads beyond the copy */
		good = good && sample.result == -EINVAL;
		free(copy);
	}
	ok(good, "all %zu beginnings of a profile are mistakes", sizeof text - 1);
	strcpy(big, "{\"a\":");
	memset(big + 5, '[', sizeof big - 5);
	sample_profile(&sample, big, sizeof big, 0);
	ok(sample.result == -EINVAL && strstr(sample.error.text, "no more than 128 values in each other"),
	   "a million nested values");
	sample_profile(&sample, big, many(big, 2000, 2000), 0);
	ok(sample.result == -E2BIG && strstr(sample.error.text, "no more than 1024 rules"),
	   "more rules than there is room for");
	sample_profile(&sample, big, many(big, 2000, 1000), 0);
	ok(!sample.result && sample.policy.count == 1000, "repeated rules take no room");
	ok(sample.policy.rules[999].line == 1 && sample.policy.rules[0].line == 1000,
	   "each rule's place is known, and the higher values come first");
}

int main(void)
{
	try_lists();
	try_refused();
	try_profiles();
	try_odd_profiles();
	try_sizes();
	return plan();
}
