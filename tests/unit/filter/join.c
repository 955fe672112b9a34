/* SPDX-License-Identifier: MIT
 * Tests join.c: compares the verdicts of a joined filter with those of its two parts. TAP. */
#include "filter/join.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>

#include "abi/x86.h"
#include "filter/closed.h"
#include "filter/filter.h"
#include "filter/reports.h"
#include "tests/unit/filter/made.h"
#include "tests/unit/filter/reference.h"

enum { ROUNDS = 100000, SOCKETCALL = 102, ROOM = FILTER_REPORTS_LENGTH + FILTER_CLOSED_LENGTH };

static struct seccomp_data some_call(void)
{
	static const uint32_t arches[] = { AUDIT_ARCH_I386, AUDIT_ARCH_I386, AUDIT_ARCH_X86_64 };
	static const int numbers[] = { I386_SET_THREAD_AREA, I386_SECCOMP, I386_PRCTL, SOCKETCALL, X86_64_ARCH_PRCTL };
	static const uint32_t words[] = { 0, 1, 2, 22, FILTER_MARKER, 0x1002 };
	struct seccomp_data data = { .nr = numbers[some(LENGTH(numbers))], .arch = arches[some(LENGTH(arches))] };

	for (unsigned i = 0; i < LENGTH(data.args); i++)
		data.args[i] = words[some(LENGTH(words))];
	return data;
}

int main(void)
{
	struct sock_filter first[FILTER_REPORTS_LENGTH], second[FILTER_CLOSED_LENGTH], both[ROOM];
	static struct sock_filter long_filter[BPF_MAXINSNS + 1];
	const struct filter_reported answers = { .start32 = SECCOMP_RET_TRACE | 1,
						 .load = SECCOMP_RET_TRACE | 2,
						 .start64 = SECCOMP_RET_TRACE | 3,
						 .late = SECCOMP_RET_ALLOW,
						 .socketcall = SECCOMP_RET_ALLOW };
	int first_length = filter_reports(first, answers), second_length = filter_closed(second, i386(), EPERM);
	int length, wrong = 0, by_first = 0, by_second = 0;

	memcpy(both, first, sizeof first);
	length = filter_join(both, first_length, ROOM, second, second_length);
	ok(length == first_length + second_length, "the length is the sum of both lengths");
	for (int round = 0; round < ROUNDS; round++) {
		struct seccomp_data data = some_call();
		uint32_t answer = reference_answer(first, (unsigned)first_length, &data, NULL), wanted = answer;

		if (wanted == ALLOW)
			wanted = reference_answer(second, (unsigned)second_length, &data, NULL);
		wrong += reference_answer(both, (unsigned)length, &data, NULL) != wanted;
		by_first += answer != ALLOW;
		by_second += wanted != answer;
	}
	ok(wrong == 0, "what the first allows, the second decides");
	ok(by_first > 1000 && by_second > 1000, "enough of these calls were tried");
	ok(reference_kernel_accepts(both, (unsigned)length), "the kernel accepts the joined filter");

	memcpy(both, first, sizeof first);
	ok(filter_join(both, first_length, (unsigned)(length - 1), second, second_length) == -E2BIG &&
		   !memcmp(both, first, sizeof first),
	   "without room filter_join() returns -E2BIG, and leaves the first filter as it was");
	ok(filter_join(long_filter, BPF_MAXINSNS - second_length + 1, BPF_MAXINSNS + 1, second, second_length) ==
		   -E2BIG,
	   "filter_join() of more instructions than the kernel accepts is -E2BIG");
	ok(filter_join(both, -EINVAL, ROOM, second, second_length) == -EINVAL &&
		   filter_join(both, first_length, ROOM, second, -E2BIG) == -E2BIG,
	   "filter_join() returns an error that it gets instead of a length");
	return plan();
}
