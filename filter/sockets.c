/* SPDX-License-Identifier: MIT */
#include "filter/sockets.h"

#include "abi/abi.h"
#include "filter/build.h"
#include "filter/filter.h"

/* The accumulator holds a number of `arch`. Goes on at `found` if it makes a socket, and else at `other`. */
static void look_for(struct build *b, const struct abi_arch *arch, struct build_label found, struct build_label other)
{
	build_jump_if_equal(b, (uint32_t)arch->number[SOCKETCALL_SOCKET], found);
	build_branch(b, BUILD_EQUAL, (uint32_t)arch->number[SOCKETCALL_SOCKETPAIR], found, other);
}

int filter_sockets(struct sock_filter filter[FILTER_SOCKETS_LENGTH], uint32_t marker)
{
	const struct abi_arch *x86_64 = abi_arch("x86_64"), *i386 = abi_arch("i386");
	struct build_note notes[FILTER_SOCKETS_LENGTH];
	struct build b;
	struct build_label allow, found, other_arch;

	build_begin(&b, filter, notes, FILTER_SOCKETS_LENGTH);
	allow = build_label(&b);
	found = build_label(&b);
	other_arch = build_label(&b);

	build_read(&b, FILTER_ARCH);
	build_jump_unless_equal(&b, x86_64->token, other_arch);
	build_read(&b, FILTER_NUMBER);
	look_for(&b, x86_64, found, allow);
	build_here(&b, other_arch);
	build_jump_unless_equal(&b, i386->token, allow);
	build_read(&b, FILTER_NUMBER);
	look_for(&b, i386, found, allow);

	build_here(&b, found);
	build_read(&b, FILTER_ARGUMENT(FILTER_MARKER_ARGUMENT));
	build_jump_if_equal(&b, marker, allow);
	build_return(&b, SECCOMP_RET_USER_NOTIF);
	build_here(&b, allow);
	build_return(&b, SECCOMP_RET_ALLOW);
	return build_end(&b);
}
