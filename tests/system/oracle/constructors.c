/* SPDX-License-Identifier: MIT
 *
 * Constructors that make sockets: of a library that the program is linked with, and of one that it opens.
 *
 * Linked with -Wl,-rpath,/t/oracle/lib -L/t/oracle/lib -Wl,--no-as-needed -l:needed
 */
#include "samples.h"

__attribute__((constructor)) static void begin(void)
{
	set_context("the program's constructor:");
	sample_all("program");
	set_context("%s", "");
}

int main(void)
{
	void *handle;

	oracle_begin("constructors");
	say("main begins");
	sample_all("main");
	for (int i = 0; i < 3; i++) {
		handle = dlopen("/t/oracle/lib/constructor", RTLD_NOW | RTLD_LOCAL);
		if (!handle)
			die(-ENOENT, "dlopen: %s", dlerror());
		dlclose(handle);
	}
	say("main ends");
	return 0;
}
