/* SPDX-License-Identifier: MIT
 * A policy that decides nothing: it has the starts of 32-bit programs reported. */
#ifndef POLICY_STARTS_H
#define POLICY_STARTS_H

#include <linux/filter.h>
#include <stdint.h>

enum { POLICY_STARTS_LENGTH = 6 };

/*
 * Writes a seccomp filter that answers `action` (SECCOMP_RET_USER_NOTIF or SECCOMP_RET_TRACE) to set_thread_area of i386
 * and allows everything else. Every i386 libc makes that call once in a program's start, when its objects are mapped and
 * before any of their code runs: glibc and musl in setting up thread-local storage, Go for each thread. Returns its length
 * in instructions.
 */
unsigned short policy_starts(struct sock_filter filter[POLICY_STARTS_LENGTH], uint32_t action);

#endif
