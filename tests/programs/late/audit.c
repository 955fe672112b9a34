/* SPDX-License-Identifier: MIT
 * For LD_AUDIT, which has ld.so map the program's libraries late: rtld-audit(7). */
unsigned la_version(unsigned version);

unsigned la_version(unsigned version)
{
	return version;
}
