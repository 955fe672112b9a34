/* SPDX-License-Identifier: MIT
 * An audit library for LD_AUDIT: rtld-audit(7). With one, ld.so maps the program's libraries only after its start. */
unsigned la_version(unsigned version);

unsigned la_version(unsigned version)
{
	return version;
}
