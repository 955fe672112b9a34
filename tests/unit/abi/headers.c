/* SPDX-License-Identifier: MIT
 * Compares tables of abi/ with the kernel's headers: the calls' numbers, and i386's system-call numbers. TAP. */
#include <asm/unistd_32.h>
#include <linux/audit.h>
#include <linux/net.h>
#include <stdlib.h>

#include "abi/abi.h"
#include "tests/fixtures/tap.h"

static void is(int got, int wanted, const char *text, const char *name)
{
	if (!ok(got == wanted, "%s %s: %d", text, name, got))
		printf("# the kernel's headers say %d\n", wanted);
}

/* An undefined macro stays its own name, which begins with an underscore. */
#define TEXT(macro)      #macro
#define NUMBER_OF(macro) number_of(TEXT(macro))

static int number_of(const char *text)
{
	return *text == '_' ? ABI_NONE : atoi(text);
}

int main(void)
{
	const struct abi_arch *i386 = abi_arch("i386");

	is((int)i386->token, AUDIT_ARCH_I386, "token of", "i386");
	is(i386->socketcall, __NR_socketcall, "i386 number of", "socketcall");
	is(i386->recvmmsg_time64, __NR_recvmmsg_time64, "i386 number of", "recvmmsg_time64");
#define CALL(call, NAME, name, ...)                                                                                    \
	is(SOCKETCALL_##NAME, SYS_##NAME, "call", #name);                                                              \
	is(i386->number[call], NUMBER_OF(__NR_##name), "i386 number of", #name);
#include "abi/calls.def"
	return plan();
}
