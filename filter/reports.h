/* SPDX-License-Identifier: MIT
 * A policy that decides nothing: it has some calls reported. */
#ifndef FILTER_REPORTS_H
#define FILTER_REPORTS_H

#include <linux/filter.h>
#include <stdint.h>

enum { FILTER_REPORTS_LENGTH = 24 /* at most */ };

/*
 * Writes a seccomp filter that answers two things of i386, and one of x86-64, so (SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE), and
 * allows everything else:
 *   - `start` to set_thread_area. Every i386 libc makes that call once in a program's start, when its objects are mapped and before
 *     any of their code runs: glibc and musl in setting up thread-local storage, Go for each thread.
 *   - `load` to the load of a seccomp filter, by seccomp() or prctl().
 *   - `native` to arch_prctl(ARCH_SET_FS), by which every x86-64 libc, and Go, sets up thread-local storage once in a program's
 *     start. With SECCOMP_RET_ALLOW the filter has no instruction for it.
 * Returns its length in instructions.
 */
unsigned short filter_reports(struct sock_filter filter[FILTER_REPORTS_LENGTH], uint32_t start, uint32_t load,
			      uint32_t native);

#endif
