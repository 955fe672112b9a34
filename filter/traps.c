/* SPDX-License-Identifier: MIT */
#include "filter/traps.h"

#include "filter/build.h"
#include "filter/filter.h"

int filter_traps(struct sock_filter filter[FILTER_TRAPS_LENGTH], const struct abi_arch *arch)
{
	struct build_note notes[FILTER_TRAPS_LENGTH];
	struct build b;
	struct build_label allow;

	build_begin(&b, filter, notes, FILTER_TRAPS_LENGTH);
	allow = build_label(&b);

	build_read(&b, FILTER_ARCH);
	build_jump_unless_equal(&b, arch->token, allow);
	build_read(&b, FILTER_NUMBER);
	build_jump_unless_equal(&b, (uint32_t)arch->socketcall, allow);
	build_read(&b, FILTER_CALLER_HIGH);
	build_jump_unless_equal(&b, 0, allow);
	build_return(&b, SECCOMP_RET_TRAP | FILTER_MARKER);

	build_here(&b, allow);
	build_return(&b, SECCOMP_RET_ALLOW);
	return build_end(&b);
}
