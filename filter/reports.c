/* SPDX-License-Identifier: MIT */
#include "filter/reports.h"

#include "abi/abi.h"
#include "abi/x86.h"
#include "filter/build.h"
#include "filter/filter.h"

#include <asm/prctl.h>
#include <linux/audit.h>
#include <linux/prctl.h>

/* The accumulator holds the number of a call of i386. If it is `number`, the filter ends with `answer`. */
static void report_number(struct build *b, uint32_t number, uint32_t answer)
{
	struct build_label other_call;

	if (answer == SECCOMP_RET_ALLOW)
		return;
	other_call = build_label(b);
	build_jump_unless_equal(b, number, other_call);
	build_return(b, answer);
	build_here(b, other_call);
}

/* The accumulator holds the number of a call of i386. If that is neither rt_sigaction nor modify_ldt, the filter
 * continues after these instructions. */
static void report_late(struct build *b, uint32_t answer, struct build_label allow)
{
	struct build_label not_sigaction, not_go, other_call, report;

	if (answer == SECCOMP_RET_ALLOW)
		return;
	not_sigaction = build_label(b);
	not_go = build_label(b);
	other_call = build_label(b);
	report = build_label(b);
	build_jump_unless_equal(b, I386_RT_SIGACTION, not_sigaction);
	build_read(b, FILTER_ARGUMENT(0));
	build_jump_unless_equal(b, FILTER_REPORTS_GO_SIGNAL, not_go);
	build_read(b, FILTER_ARGUMENT(1));
	build_branch(b, BUILD_EQUAL, 0, report, allow);

	build_here(b, not_go);
	build_jump_unless_equal(b, FILTER_REPORTS_GLIBC_SIGNAL, allow);
	build_read(b, FILTER_ARGUMENT(1));
	build_branch(b, BUILD_EQUAL, 0, allow, report);

	build_here(b, not_sigaction);
	build_jump_unless_equal(b, I386_MODIFY_LDT, other_call);
	build_read(b, FILTER_ARGUMENT(0));
	build_jump_if_equal(b, 0, allow);
	build_here(b, report);
	build_return(b, answer);
	build_here(b, other_call);
}

/* The accumulator holds the number of a call of i386. Places `allow`. */
static void report_loads(struct build *b, uint32_t answer, struct build_label allow)
{
	struct build_label by_seccomp = build_label(b), loads = build_label(b), report = build_label(b);

	build_jump_if_equal(b, I386_SECCOMP, by_seccomp);
	build_jump_unless_equal(b, I386_PRCTL, allow);

	build_read(b, FILTER_ARGUMENT(0));
	build_jump_unless_equal(b, PR_SET_SECCOMP, allow);
	build_read(b, FILTER_ARGUMENT(1));
	build_branch(b, BUILD_EQUAL, SECCOMP_MODE_FILTER, loads, allow);

	build_here(b, by_seccomp);
	build_read(b, FILTER_ARGUMENT(0));
	build_jump_unless_equal(b, SECCOMP_SET_MODE_FILTER, allow);

	build_here(b, loads);
	build_read(b, FILTER_ARGUMENT(FILTER_MARKER_ARGUMENT));
	build_jump_unless_equal(b, FILTER_MARKER, report);
	build_here(b, allow);
	build_return(b, SECCOMP_RET_ALLOW);
	build_here(b, report);
	build_return(b, answer);
}

/* The accumulator holds the architecture of a call that isn't i386's. */
static void report_x86_64(struct build *b, struct filter_reported answers)
{
	struct build_label allow = build_label(b), report = build_label(b);

	build_jump_unless_equal(b, AUDIT_ARCH_X86_64, allow);
	build_read(b, FILTER_NUMBER);
	build_jump_unless_equal(b, X86_64_ARCH_PRCTL, allow);
	build_read(b, FILTER_ARGUMENT(0));
	build_jump_if_equal(b, ARCH_SET_FS, report);
	build_here(b, allow);
	build_return(b, SECCOMP_RET_ALLOW);
	build_here(b, report);
	build_return(b, answers.start64);
}

int filter_reports(struct sock_filter filter[FILTER_REPORTS_LENGTH], struct filter_reported answers)
{
	struct build_note notes[FILTER_REPORTS_LENGTH];
	struct build b;
	struct build_label allow, other_arch;

	build_begin(&b, filter, notes, FILTER_REPORTS_LENGTH);
	allow = build_label(&b);
	other_arch = answers.start64 == SECCOMP_RET_ALLOW ? allow : build_label(&b);
	build_read(&b, FILTER_ARCH);
	build_jump_unless_equal(&b, AUDIT_ARCH_I386, other_arch);
	build_read(&b, FILTER_NUMBER);
	report_number(&b, I386_SET_THREAD_AREA, answers.start32);
	report_number(&b, (uint32_t)abi_arch("i386")->socketcall, answers.socketcall);
	report_late(&b, answers.late, allow);
	report_loads(&b, answers.load, allow);
	if (answers.start64 != SECCOMP_RET_ALLOW) {
		build_here(&b, other_arch);
		report_x86_64(&b, answers);
	}
	return build_end(&b);
}
