/* SPDX-License-Identifier: MIT
 * Tests sockets.c: compares the filter's verdicts for random calls with a C expression, and has the kernel accept it.
 * TAP. */
#include "filter/sockets.h"

#include <linux/audit.h>

#include "filter/filter.h"
#include "tests/unit/filter/made.h"
#include "tests/unit/filter/reference.h"

enum { ROUNDS = 200000, MARK = 0x12345678 };

static struct seccomp_data some_call(void)
{
	static const uint32_t arches[] = { AUDIT_ARCH_I386, AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 };
	static const int numbers[] = { 41, 53, 359, 360, 102, 0, 0x40000000 | 41 };
	static const uint64_t fifths[] = { 0, MARK, MARK | 1ull << 32, MARK + 1, FILTER_MARKER };
	struct seccomp_data data = {
		.nr = numbers[some(LENGTH(numbers))] + (int)(some(8) == 0) - (int)(some(8) == 0),
		.arch = arches[some(LENGTH(arches))],
	};

	for (unsigned i = 0; i < LENGTH(data.args); i++)
		data.args[i] = some(8);
	data.args[4] = fifths[some(LENGTH(fifths))];
	return data;
}

int main(void)
{
	struct sock_filter filter[FILTER_SOCKETS_LENGTH];
	int length = filter_sockets(filter, MARK), wrong = 0, reports = 0, marked = 0;

	ok(length == FILTER_SOCKETS_LENGTH, "its length is the constant");
	for (int round = 0; round < ROUNDS; round++) {
		struct seccomp_data data = some_call();
		bool is_native = data.arch == AUDIT_ARCH_X86_64 && (data.nr == 41 || data.nr == 53);
		bool is_i386 = data.arch == AUDIT_ARCH_I386 && (data.nr == 359 || data.nr == 360);
		bool is_marked = (uint32_t)data.args[4] == MARK, is_wanted = (is_native || is_i386) && !is_marked;

		wrong += reference_answer(filter, (unsigned)length, &data, NULL) !=
			 (is_wanted ? SECCOMP_RET_USER_NOTIF : ALLOW);
		reports += is_wanted;
		marked += (is_native || is_i386) && is_marked;
	}
	ok(wrong == 0,
	   "socket and socketpair of both architectures are reported unless they are marked, and nothing else");
	ok(reports > 1000 && marked > 1000, "enough of these calls were tried");
	ok(reference_kernel_accepts(filter, (unsigned)length), "the kernel accepts it");
	return plan();
}
