/* SPDX-License-Identifier: MIT
 * A filter that refuses nothing. It notifies a supervisor of program starts, of code that appears later, of multiplexed
 * calls, and of programs' own filters. */
#ifndef FILTER_REPORTS_H
#define FILTER_REPORTS_H

#include <linux/filter.h>
#include <stdint.h>

enum {
	FILTER_REPORTS_LENGTH = 38, /* at most */
	/* The signals of the rt_sigaction() calls that `late` reports: see struct filter_reported. */
	FILTER_REPORTS_GO_SIGNAL = 64,
	FILTER_REPORTS_GLIBC_SIGNAL = 33,
};

/*
 * The filter's answers: SECCOMP_RET_USER_NOTIF or SECCOMP_RET_TRACE for calls that are reported, SECCOMP_RET_ALLOW for
 * the others, for which the filter then has no instructions.
 */
struct filter_reported {
	/*
	 * To i386's set_thread_area. Every i386 libc makes this call once per program start, when the program's
	 * objects are mapped and before any of their code runs: glibc and musl to set up thread-local storage,
	 * and so does Go, for each thread.
	 */
	uint32_t start32;
	/* To i386's seccomp() or prctl() if it loads a filter and doesn't have FILTER_MARKER as its fifth argument. */
	uint32_t load;
	/*
	 * To x86-64's arch_prctl(ARCH_SET_FS), by which every x86-64 libc, and Go, sets up thread-local storage
	 * once per program start.
	 */
	uint32_t start64;
	/*
	 * To calls of i386 that are made when code which makes multiplexed calls has just appeared in a running
	 * program. Programs hardly make them otherwise:
	 *   rt_sigaction(64, NULL)        Go's runtime asks for each signal's handler when it starts, also as a plugin
	 *   rt_sigaction(33, not null)    glibc's first pthread_create() installs the handler of SIGSETXID; its
	 *                                 cancellation stub makes calls only where there are threads
	 *   modify_ldt() with a first     Go up to 1.6, where later versions make set_thread_area
	 *   word other than 0
	 */
	uint32_t late;
	/* To i386's socketcall itself. An outer filter that answers it with an errno takes precedence (seccomp(2)). */
	uint32_t socketcall;
};

/*
 * Writes a seccomp filter that gives these answers, and allows everything else. Returns the filter's length in
 * instructions, at most FILTER_REPORTS_LENGTH, or -errno as build_end().
 */
int filter_reports(struct sock_filter filter[FILTER_REPORTS_LENGTH], struct filter_reported answers);

#endif
