/* SPDX-License-Identifier: MIT
 * A filter that refuses nothing. It notifies a supervisor of program starts and of programs' own filters. */
#ifndef FILTER_REPORTS_H
#define FILTER_REPORTS_H

#include <linux/filter.h>
#include <stdint.h>

enum { FILTER_REPORTS_LENGTH = 24 /* at most */ };

/* The answers: SECCOMP_RET_USER_NOTIF or SECCOMP_RET_TRACE, or SECCOMP_RET_ALLOW for what is not to be reported. */
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
	 * once per program start. With SECCOMP_RET_ALLOW the filter has no instruction for it.
	 */
	uint32_t start64;
};

/*
 * Writes a seccomp filter that gives these answers, and allows everything else. Returns the filter's length in
 * instructions, at most FILTER_REPORTS_LENGTH, or -errno as build_end().
 */
int filter_reports(struct sock_filter filter[FILTER_REPORTS_LENGTH], struct filter_reported answers);

#endif
