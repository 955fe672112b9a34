/* SPDX-License-Identifier: MIT
 * Prints a table of socketcall(7) as rows of an mdoc column list: the calls, from abi/calls.def, or, with an argument,
 * the architectures, from abi/arch. The Makefile runs it. */
#include "abi/abi.h"

#include <stdio.h>

static void number(int number)
{
	if (number == ABI_NONE)
		printf(" Ta none");
	else
		printf(" Ta %d", number);
}

static int arches(void)
{
	const struct abi_arch *arch;

	for (int i = 0; (arch = abi_arch_at(i)); i++) {
		printf(".It %s Ta %u, %s", arch->name, arch->word * 8, arch->order == ABI_LITTLE ? "little" : "big");
		number(arch->socketcall);
		number(abi_direct(arch, SOCKETCALL_SOCKET));
		printf(" Ta %s\n", arch->since[SOCKETCALL_SOCKET]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct abi_arch *arch = abi_arch("i386");

	(void)argv;
	if (argc > 1)
		return arches();

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
