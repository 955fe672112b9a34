/* SPDX-License-Identifier: MIT */
#include "filter/closed.h"

#include "filter/build.h"
#include "filter/filter.h"

int filter_closed(struct sock_filter filter[FILTER_CLOSED_LENGTH], const struct abi_arch *arch, int error)
{
	struct build_note notes[FILTER_CLOSED_LENGTH];
	struct build b;
	struct build_label allow;

	build_begin(&b, filter, notes, FILTER_CLOSED_LENGTH);
	allow = build_label(&b);

	build_read(&b, FILTER_ARCH);
	build_jump_unless_equal(&b, arch->token, allow);
	build_read(&b, FILTER_NUMBER);
	build_jump_unless_equal(&b, (uint32_t)arch->socketcall, allow);
	build_return(&b, SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA));

	build_here(&b, allow);
	build_return(&b, SECCOMP_RET_ALLOW);
	return build_end(&b);
}
