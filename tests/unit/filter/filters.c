/* SPDX-License-Identifier: MIT
 *
 * Tests the filters of closed.c, reports.c and traps.c: compares their verdicts for many calls with C expressions,
 * limits the number of executed instructions, and has the kernel accept them.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/prctl.h>
#include <stdio.h>

#include "abi/x86.h"
#include "filter/closed.h"
#include "filter/filter.h"
#include "filter/reports.h"
#include "filter/traps.h"
#include "tests/unit/filter/made.h"
#include "tests/unit/filter/reference.h"

enum {
	ROUNDS = 200000,
	SOCKETCALL = 102, /* of i386 */
	X32 = 0x40000000,
};
#define START32 (SECCOMP_RET_TRACE | 1)
#define LOAD    (SECCOMP_RET_TRACE | 2)
#define START64 (SECCOMP_RET_TRACE | 3)
#define LATE    (SECCOMP_RET_TRACE | 4)
#define CALL    (SECCOMP_RET_TRACE | 5)

/* Makes a call that one of the filters compares with, or one that is a little different. */
static struct seccomp_data some_call(void)
{
	static const uint32_t arches[] = { AUDIT_ARCH_I386, AUDIT_ARCH_I386, AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64 };
	static const int numbers[] = {
		I386_SET_THREAD_AREA, I386_PRCTL,      I386_SECCOMP,      SOCKETCALL, I386_RT_SIGACTION,
		I386_RT_SIGACTION,    I386_MODIFY_LDT, X86_64_ARCH_PRCTL, 0,
	};
	static const uint32_t words[] = { 0,           0,           1,  2,  3, PR_SET_SECCOMP, FILTER_MARKER,
					  ARCH_SET_FS, ARCH_SET_GS, 33, 64, 65 };
	struct seccomp_data data = {
		.nr = numbers[some(LENGTH(numbers))] + (int)(some(8) == 0) - (int)(some(8) == 0),
		.arch = arches[some(LENGTH(arches))],
		.instruction_pointer = some(1 << 30),
	};

	if (some(8) == 0)
		data.nr |= X32;
	if (some(3) == 0)
		data.instruction_pointer |= (uint64_t)some(1 << 15) << 32;
	for (unsigned i = 0; i < LENGTH(data.args); i++)
		data.args[i] = words[some(LENGTH(words))];
	return data;
}

static bool is_socketcall(const struct seccomp_data *data)
{
	return data->arch == AUDIT_ARCH_I386 && data->nr == SOCKETCALL;
}

static bool loads_filter(const struct seccomp_data *data)
{
	return (data->nr == I386_SECCOMP && data->args[0] == SECCOMP_SET_MODE_FILTER) ||
	       (data->nr == I386_PRCTL && data->args[0] == PR_SET_SECCOMP && data->args[1] == SECCOMP_MODE_FILTER);
}

static bool is_late(const struct seccomp_data *data)
{
	uint32_t first = (uint32_t)data->args[0], second = (uint32_t)data->args[1];

	if (data->arch != AUDIT_ARCH_I386)
		return false;
	return (data->nr == I386_MODIFY_LDT && first) ||
	       (data->nr == I386_RT_SIGACTION && ((first == 64 && !second) || (first == 33 && second)));
}

static uint32_t reported(const struct seccomp_data *data, struct filter_reported answers)
{
	if (data->arch == AUDIT_ARCH_I386 && data->nr == I386_SET_THREAD_AREA)
		return answers.start32;
	if (data->arch == AUDIT_ARCH_I386 && loads_filter(data) && data->args[4] != FILTER_MARKER)
		return answers.load;
	if (is_socketcall(data))
		return answers.socketcall;
	if (is_late(data))
		return answers.late;
	if (data->arch == AUDIT_ARCH_X86_64 && data->nr == X86_64_ARCH_PRCTL && data->args[0] == ARCH_SET_FS)
		return answers.start64;
	return ALLOW;
}

static void test_closed(void)
{
	struct sock_filter filter[FILTER_CLOSED_LENGTH];
	int length = filter_closed(filter, i386(), EPERM), wrong = 0;

	ok(length == FILTER_CLOSED_LENGTH, "closed: its length is the constant");
	for (int round = 0; round < ROUNDS; round++) {
		struct seccomp_data data = some_call();

		wrong += reference_answer(filter, (unsigned)length, &data, NULL) !=
			 (is_socketcall(&data) ? ERROR(EPERM) : ALLOW);
	}
	ok(wrong == 0, "closed: socketcall is an error, all else is allowed");
	ok(reference_kernel_accepts(filter, (unsigned)length), "closed: the kernel accepts it");
}

static void test_traps(void)
{
	struct sock_filter filter[FILTER_TRAPS_LENGTH];
	int length = filter_traps(filter, i386()), wrong = 0;

	ok(length == FILTER_TRAPS_LENGTH, "traps: its length is the constant");
	for (int round = 0; round < ROUNDS; round++) {
		struct seccomp_data data = some_call();

		wrong += reference_answer(filter, (unsigned)length, &data, NULL) !=
			 (is_socketcall(&data) && data.instruction_pointer >> 32 == 0 ? TRAP | FILTER_MARKER : ALLOW);
	}
	ok(wrong == 0, "traps: socketcall from below 4 GiB is trapped, all else is allowed");
	ok(reference_kernel_accepts(filter, (unsigned)length), "traps: the kernel accepts it");
}

static void test_reports(const char *what, struct filter_reported answers)
{
	struct sock_filter filter[FILTER_REPORTS_LENGTH];
	int length = filter_reports(filter, answers), wrong = 0;
	unsigned found[6] = { 0 };
	char text[128];

	bool all = answers.start32 != ALLOW && answers.start64 != ALLOW && answers.late != ALLOW &&
		   answers.socketcall != ALLOW;

	snprintf(text, sizeof text, "%s: the constant is the most that its length can be", what);
	ok(all ? length == FILTER_REPORTS_LENGTH : length > 0 && length < FILTER_REPORTS_LENGTH, "%s", text);
	printf("# %d instructions\n", length);
	for (int round = 0; round < ROUNDS; round++) {
		struct seccomp_data data = some_call();
		uint32_t wanted = reported(&data, answers);

		wrong += reference_answer(filter, (unsigned)length, &data, NULL) != wanted;
		found[wanted == ALLOW ? 0 : wanted & SECCOMP_RET_DATA]++;
	}
	snprintf(text, sizeof text, "%s: these calls are reported, all else is allowed", what);
	ok(wrong == 0, "%s", text);
	printf("# %u starts, %u loads, %u starts of 64-bit programs, %u late, %u multiplexed\n", found[1], found[2],
	       found[3], found[4], found[5]);
	snprintf(text, sizeof text, "%s: enough of these calls were tried", what);
	ok((answers.start32 == ALLOW || found[1] > 100) && found[2] > 100 &&
		   (answers.start64 == ALLOW || found[3] > 100) && (answers.late == ALLOW || found[4] > 100) &&
		   (answers.socketcall == ALLOW || found[5] > 100),
	   text);
	snprintf(text, sizeof text, "%s: the kernel accepts it", what);
	if (answers.start64 != ALLOW)
		answers.start64 = LOG;
	ok(reference_kernel_accepts(filter, (unsigned)filter_reports(filter, answers)), "%s", text);
}

/* Some calls by name. */
static void test_known_reports(void)
{
	static const struct {
		const char *what;
		struct seccomp_data data;
		uint32_t verdict;
	} calls[] = {
		{ "set_thread_area", { .nr = I386_SET_THREAD_AREA, .arch = AUDIT_ARCH_I386 }, START32 },
		{ "another architecture's", { .nr = I386_SET_THREAD_AREA, .arch = AUDIT_ARCH_X86_64 }, ALLOW },
		{ "seccomp(SET_MODE_FILTER)",
		  { .nr = I386_SECCOMP, .arch = AUDIT_ARCH_I386, .args = { 1, 0, 4 } },
		  LOAD },
		{ "seccomp(SET_MODE_FILTER), with the marker",
		  { .nr = I386_SECCOMP, .arch = AUDIT_ARCH_I386, .args = { 1, 0, 4, 0, FILTER_MARKER } },
		  ALLOW },
		{ "seccomp(GET_ACTION_AVAIL)",
		  { .nr = I386_SECCOMP, .arch = AUDIT_ARCH_I386, .args = { 2, 0, 4 } },
		  ALLOW },
		{ "prctl(PR_SET_SECCOMP)", { .nr = I386_PRCTL, .arch = AUDIT_ARCH_I386, .args = { 22, 2, 4 } }, LOAD },
		{ "prctl(PR_SET_SECCOMP), with the marker",
		  { .nr = I386_PRCTL, .arch = AUDIT_ARCH_I386, .args = { 22, 2, 4, 0, FILTER_MARKER } },
		  ALLOW },
		{ "prctl(PR_SET_SECCOMP), strict",
		  { .nr = I386_PRCTL, .arch = AUDIT_ARCH_I386, .args = { 22, 1 } },
		  ALLOW },
		{ "another prctl()", { .nr = I386_PRCTL, .arch = AUDIT_ARCH_I386, .args = { 15, 2, 4 } }, ALLOW },
		{ "x86_64's prctl()", { .nr = 157, .arch = AUDIT_ARCH_X86_64, .args = { 22, 2, 4 } }, ALLOW },
		{ "x86_64's arch_prctl(ARCH_SET_FS)",
		  { .nr = X86_64_ARCH_PRCTL, .arch = AUDIT_ARCH_X86_64, .args = { ARCH_SET_FS, 4 } },
		  START64 },
		{ "another arch_prctl()",
		  { .nr = X86_64_ARCH_PRCTL, .arch = AUDIT_ARCH_X86_64, .args = { ARCH_SET_GS, 4 } },
		  ALLOW },
		{ "i386's 158", { .nr = 158, .arch = AUDIT_ARCH_I386, .args = { ARCH_SET_FS, 4 } }, ALLOW },
		{ "x32's arch_prctl(ARCH_SET_FS)",
		  { .nr = X32 | X86_64_ARCH_PRCTL, .arch = AUDIT_ARCH_X86_64, .args = { ARCH_SET_FS, 4 } },
		  ALLOW },
		{ "a socket call", { .nr = SOCKETCALL, .arch = AUDIT_ARCH_I386, .args = { 1, 2 } }, CALL },
		{ "rt_sigaction(64, null)", { .nr = 174, .arch = AUDIT_ARCH_I386, .args = { 64, 0, 5 } }, LATE },
		{ "rt_sigaction(64, not null)", { .nr = 174, .arch = AUDIT_ARCH_I386, .args = { 64, 5 } }, ALLOW },
		{ "rt_sigaction(33, not null)", { .nr = 174, .arch = AUDIT_ARCH_I386, .args = { 33, 5 } }, LATE },
		{ "rt_sigaction(33, null)", { .nr = 174, .arch = AUDIT_ARCH_I386, .args = { 33, 0, 5 } }, ALLOW },
		{ "rt_sigaction(2, not null)", { .nr = 174, .arch = AUDIT_ARCH_I386, .args = { 2, 5 } }, ALLOW },
		{ "modify_ldt(1)", { .nr = 123, .arch = AUDIT_ARCH_I386, .args = { 1, 5, 16 } }, LATE },
		{ "modify_ldt(0)", { .nr = 123, .arch = AUDIT_ARCH_I386, .args = { 0, 5, 16 } }, ALLOW },
	};
	char what[96];

	for (int natives = 0; natives < 2; natives++) {
		struct sock_filter reports[FILTER_REPORTS_LENGTH];
		unsigned length = (unsigned)filter_reports(
			reports, (struct filter_reported) { START32, LOAD, natives ? START64 : ALLOW, LATE, CALL });

		for (size_t i = 0; i < LENGTH(calls); i++) {
			uint32_t verdict = !natives && calls[i].verdict == START64 ? ALLOW : calls[i].verdict;

			snprintf(what, sizeof what, "%s: %s%s", calls[i].what,
				 verdict == ALLOW ? "let through" : "reported",
				 natives ? ", with the reports of 64-bit programs" : "");
			ok(reference_answer(reports, length, &calls[i].data, NULL) == verdict, "%s", what);
		}
	}
}

/* Most calls of programs match no comparison of a filter: they must be fast. */
static void test_cost(void)
{
	static const struct {
		const char *what;
		struct seccomp_data data;
		unsigned closed, traps, reports, reports64;
	} calls[] = {
		{ "a call of x86-64", { .nr = 0, .arch = AUDIT_ARCH_X86_64 }, 3, 3, 3, 6 },
		{ "a call of i386", { .nr = 3, .arch = AUDIT_ARCH_I386 }, 5, 5, 9, 9 },
		{ "a direct socket call of i386", { .nr = 359, .arch = AUDIT_ARCH_I386 }, 5, 5, 9, 9 },
	};
	static const struct filter_reported answers[] = {
		{ START32, LOAD, ALLOW, LATE, ALLOW },
		{ START32, LOAD, START64, LATE, ALLOW },
	};
	struct sock_filter closed[FILTER_CLOSED_LENGTH], traps[FILTER_TRAPS_LENGTH], reports[2][FILTER_REPORTS_LENGTH];
	char text[128];

	filter_closed(closed, i386(), ENOSYS);
	filter_traps(traps, i386());
	for (size_t i = 0; i < LENGTH(answers); i++)
		filter_reports(reports[i], answers[i]);
	for (size_t i = 0; i < LENGTH(calls); i++) {
		unsigned n[4];

		reference_answer(closed, FILTER_CLOSED_LENGTH, &calls[i].data, &n[0]);
		reference_answer(traps, FILTER_TRAPS_LENGTH, &calls[i].data, &n[1]);
		reference_answer(reports[0], FILTER_REPORTS_LENGTH, &calls[i].data, &n[2]);
		reference_answer(reports[1], FILTER_REPORTS_LENGTH, &calls[i].data, &n[3]);
		snprintf(text, sizeof text, "%s costs no more than %u, %u, %u and %u instructions", calls[i].what,
			 calls[i].closed, calls[i].traps, calls[i].reports, calls[i].reports64);
		ok(n[0] <= calls[i].closed && n[1] <= calls[i].traps && n[2] <= calls[i].reports &&
			   n[3] <= calls[i].reports64,
		   "%s", text);
		printf("# %u, %u, %u, %u\n", n[0], n[1], n[2], n[3]);
	}
}

int main(void)
{
	made_begin();
	test_closed();
	test_traps();
	test_reports(
		"everything", (struct filter_reported) { START32, LOAD, START64, LATE, CALL });
	test_reports("starts, and code that appears later",
		     (struct filter_reported){ START32, LOAD, START64, LATE, ALLOW });
	test_reports("without 64-bit starts", (struct filter_reported){ START32, LOAD, ALLOW, LATE, ALLOW });
	test_reports(
		"multiplexed calls", (struct filter_reported) { ALLOW, LOAD, ALLOW, ALLOW, CALL });
	test_reports("loads alone", (struct filter_reported){ ALLOW, LOAD, ALLOW, ALLOW, ALLOW });
	test_known_reports();
	test_cost();
	return plan();
}
