/* SPDX-License-Identifier: MIT
 *
 * Reads arbitrary bytes as a list and as a profile. They are refused, with a place in the text, or give a filter whose
 * verdicts are those of the judge. libFuzzer calls this (`clang -fsanitize=fuzzer`, fuzz.campaign); without libFuzzer,
 * with FUZZ_ROUNDS, the program changes samples at random (fuzz.t).
 */
#include <errno.h>

#include "tests/unit/policy/common.h"

enum { CALLS = 24, SIZE_MOST = 1 << 16 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void fail(const char *what, const char *text, size_t length)
{
	printf("# %s: '%.*s'\n", what, (int)length, text);
	abort();
}

/* Compares the verdicts for random calls, with values that the text may contain. */
static void compare(const struct sample *sample, const char *text, size_t length)
{
	static const int numbers[] = { 41, 53, 49, 44, 45, 288, 359, 360, 364, 369, 371, 102, 425 };
	const struct socketcall_policy_options options = { .socketcall = 0 };
	static struct sock_filter filter[4096];
	uint64_t state = length;
	int filter_length = socketcall_policy_compile(&sample->policy, 1, &options, filter, 4096);

	if (filter_length == -E2BIG)
		return; /* too big a filter */
	if (filter_length < 0)
		fail("no filter", text, length);
	for (int i = 0; i < CALLS; i++) {
		uint64_t args[6];
		struct seccomp_data data;

		for (int k = 0; k < 6; k++) {
			const struct socketcall_policy_rule *rule =
				sample->policy.count ? &sample->rules[next_random(&state) % sample->policy.count]
						     : NULL;

			args[k] = next_random(&state) % 48;
			if (rule && rule->condition_count && next_random(&state) % 2)
				args[k] = rule->condition[next_random(&state) % rule->condition_count].value +
					  next_random(&state) % 3 - 1;
		}
		data = data_of(next_random(&state) % 2 ? ARCH_X86_64 : ARCH_I386,
			       numbers[next_random(&state) % (sizeof numbers / sizeof *numbers)], args);
		if (filter_answer(filter, filter_length, &data) !=
		    socketcall_policy_judge(&sample->policy, 1, &options, &data))
			fail("the filter isn't the judge's", text, length);
	}
}

static void check(const struct sample *sample, const char *text, size_t length)
{
	if (!sample->result)
		compare(sample, text, length);
	else if (!sample->error.place.line || !sample->error.place.column || !*sample->error.text ||
		 sample->error.place.line > length + 1 || sample->error.place.column > length + 1)
		fail("an error without a place", text, length);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct sample sample;
	/* A copy of exactly this size, so that the sanitizer notices reads beyond it. */
	char *text = malloc(size + 1), *list = malloc(size + 1);

	memcpy(text, data, size);
	memcpy(list, data, size);
	list[size] = '\0';
	text = realloc(text, size ? size : 1);
	sample_profile(&sample, text, size, 1u << 21);
	check(&sample, text, size);
	sample_families(&sample, list, SOCKETCALL_POLICY_REFUSED);
	check(&sample, list, size);
	free(text);
	free(list);
	return 0;
}

#ifdef FUZZ_ROUNDS
static const char *const samples[] = {
	"AF_UNIX AF_INET:SOCK_STREAM:TCP, ~AF_NETLINK:*:ROUTE none AF_PACKET:3:256",
	"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_"
	"64\","
	"\"subArchitectures\":[\"SCMP_ARCH_X86\"]}],\"syscalls\":[{\"names\":[\"socket\",\"sendto\"],\"action\":"
	"\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":40,\"valueTwo\":7,\"op\":\"SCMP_CMP_NE\"},{\"index\":1,"
	"\"value\":15,\"valueTwo\":2,\"op\":\"SCMP_CMP_MASKED_EQ\"}],\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"],"
	"\"minKernel\":\"4.8\"},\"excludes\":{\"arches\":[\"s390\"]}},{\"names\":[\"accept\",\"recv\"],\"action\":"
	"\"SCMP_ACT_LOG\"},{\"name\":\"socketcall\",\"action\":\"SCMP_ACT_ERRNO\",\"errno\":\"ENOSYS\"}]}",
};

/* Words and bytes that are inserted. */
static const char *const pieces[] = {
	"\"",
	"{",
	"}",
	"[",
	"]",
	":",
	",",
	"\\u0000",
	"\\ud800",
	"null",
	"18446744073709551615",
	"4294967296",
	"-1",
	"1e3",
	"socket",
	"accept4",
	"SCMP_CMP_LT",
	"SCMP_CMP_GE",
	"SCMP_CMP_EQ",
	"SCMP_ACT_KILL",
	"\"index\":2",
	"\xc3\x28",
	" ",
	"AF_SMC",
	"INET6",
	":STREAM",
	":256",
	"~",
	"*",
	"0",
	"2",
	"\n",
};

/* Deletes, copies, changes and inserts bytes at random places. */
static size_t change(char *text, size_t length, uint64_t *state)
{
	size_t at = next_random(state) % (length + 1), end = at + next_random(state) % 24;
	const char *piece = pieces[next_random(state) % (sizeof pieces / sizeof *pieces)];
	size_t piece_length = strlen(piece);

	if (end > length)
		end = length;
	switch (next_random(state) % 4) {
	case 0: /* out */
		memmove(text + at, text + end, length - end);
		return length - (end - at);
	case 1: /* twice */
		if (length + (end - at) > SIZE_MOST)
			return length;
		memmove(text + end, text + at, length - at);
		return length + (end - at);
	case 2: /* another byte */
		if (length)
			text[at % length] = (char)next_random(state);
		return length;
	default: /* a piece in */
		if (length + piece_length > SIZE_MOST)
			return length;
		memmove(text + at + piece_length, text + at, length - at);
		memcpy(text + at, piece, piece_length);
		return length + piece_length;
	}
}

int main(int argc, char **argv)
{
	static char text[SIZE_MOST + 1];
	uint64_t state = seed_from(argc, argv);

	for (int i = 0; i < FUZZ_ROUNDS; i++) {
		const char *sample = samples[next_random(&state) % 4 ? 1 : 0];
		size_t length = strlen(sample);

		memcpy(text, sample, length);
		for (unsigned k = next_random(&state) % 4; k < 4; k++)
			length = change(text, length, &state);
		LLVMFuzzerTestOneInput((const unsigned char *)text, length);
	}
	ok(true, "%d changed lists and profiles", FUZZ_ROUNDS);
	return plan();
}
#endif
