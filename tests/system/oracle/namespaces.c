/* SPDX-License-Identifier: MIT
 * Another libc in the same process, by dlmopen(), in a process with one thread. */
#include "namespaces.h"

int main(void)
{
	oracle_begin("namespaces");
	for (int times = 0; times < 6; times++) {
		set_context("the other libc, time %d:", times + 1);
		namespace_open();
		namespace_door("a");
		namespace_close();
	}
	for (int i = 0; i < 3; i++)
		namespace_open();
	set_context("%s", "the last of three libcs:");
	namespace_door("b");
	namespace_close();
	namespace_close();
	set_context("%s", "the first of them:");
	namespace_door("c");
	namespace_close();
	return 0;
}
