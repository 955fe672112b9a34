/* SPDX-License-Identifier: MIT
 * The call table of socketcall(7), as rows of an mdoc column list, from abi/calls.def. Run by the Makefile. */
#include "abi/abi.h"

#include <stdio.h>

int main(void)
{
	const struct abi_arch *arch = abi_arch("i386");

	for (int i = 1; i <= SOCKETCALL_CALLS; i++) {
		const struct abi_call *call = abi_call(i);
		int maker = arch->number[i] != ABI_NONE ? i : call->maker;

		printf(".It %d Ta Xr %s 2 Ta %u Ta %d %s Ta ", i, call->name, call->arity, abi_direct(arch, i),
		       abi_call(maker)->name);
		for (unsigned k = 0; k < call->arity; k++)
			printf("%s%s", k ? ", " : "", abi_kind_text(call->kind[k]));
		putchar('\n');
	}
	return 0;
}
