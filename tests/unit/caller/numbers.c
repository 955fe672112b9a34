/* SPDX-License-Identifier: MIT
 * Prints an architecture's calls, a line each: name, arity, and the number of the direct call, or 0 if it has none. */
#include "abi/abi.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	const struct abi_arch *arch = argc == 2 ? abi_arch(argv[1]) : NULL;

	if (!arch)
		return 1;
	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		int number = abi_direct(arch, call);

		printf("%s %u %d\n", abi_call(call)->name, abi_call(call)->arity, number == ABI_NONE ? 0 : number);
	}
	return 0;
}
