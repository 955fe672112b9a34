/* SPDX-License-Identifier: MIT
 *
 * Usage: make DOOR FAMILY TYPE PROTOCOL [COUNT]
 * Asks for a socket at a door (doors.h), COUNT times, and prints the last answer: 0 or -errno; or 1: no such door.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/policy/programs/doors.h"

int main(int argc, char **argv)
{
	struct asked asked;
	long count = argc > 5 ? atol(argv[5]) : 1, result = 1;

	if (argc < 5)
		return 2;
	asked = (struct asked){ (uint32_t)strtoul(argv[2], NULL, 0), (uint32_t)strtoul(argv[3], NULL, 0),
				(uint32_t)strtoul(argv[4], NULL, 0), false };
	for (unsigned i = 0; i < door_count; i++)
		for (long round = 0; !strcmp(doors[i].name, argv[1]) && round < count; round++)
			result = doors[i].ask(&asked);
	printf("%ld\n", result);
	return 0;
}
