/* SPDX-License-Identifier: MIT
 *
 * Usage: verdicts LIST ERRNO SEED ROUNDS
 * To be run under `socketcall run --families LIST --refused errno:ERRNO`, where ERRNO is the name of an error that no
 * kernel gives for a socket; as a program of x86-64 and as one of i386. Asks for random sockets at random doors, and
 * compares each answer with the verdict of socketcall_policy_judge(). Prints the differences, and how many sockets
 * were allowed and refused.
 */
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/policy.h"
#include "tests/system/policy/programs/doors.h"

enum { RULES = 256, TOLD_MOST = 10 };

static unsigned long long state;

static uint32_t some(uint32_t below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % below;
}

/* Most often a family that policies and kernels have. */
static uint32_t some_family(void)
{
	static const uint32_t usual[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, 38, 43, 16, 0, 46 };

	if (some(20) == 0)
		return some(1u << 31) * 2 + some(2);
	return some(2) ? usual[some(sizeof usual / sizeof *usual)] : some(50);
}

static uint32_t some_type(void)
{
	uint32_t type = some(3) ? 1 + some(5) : some(16);

	if (some(3) == 0)
		type |= SOCK_CLOEXEC;
	if (some(3) == 0)
		type |= SOCK_NONBLOCK;
	if (some(10) == 0)
		type |= some(1 << 15) << 4;
	return type;
}

static uint32_t some_protocol(void)
{
	static const uint32_t usual[] = { 0, 0, 0, 6, 17, 1, 256, 132, 33, 15 };

	return some(10) ? usual[some(sizeof usual / sizeof *usual)] : some(1u << 31) * 2 + some(2);
}

int main(int argc, char **argv)
{
	static struct socketcall_policy_rule rules[RULES];
	struct socketcall_policy policy = { .rules = rules, .capacity = RULES };
	struct socketcall_policy_options options = { .io_uring = false };
	struct socketcall_policy_error error;
	socketcall_policy_verdict refused;
	char word[64];
	unsigned long allowed = 0, refusals = 0, wrong = 0;

	if (argc != 5)
		return 2;
	snprintf(word, sizeof word, "errno:%s", argv[2]);
	if (socketcall_policy_refused(word, strlen(word), &refused, &error) ||
	    socketcall_policy_families(&policy, argv[1], strlen(argv[1]), refused, &error)) {
		printf("%s\n", error.text);
		return 2;
	}
	state = strtoull(argv[3], NULL, 0);
	for (long round = 0; round < atol(argv[4]); round++) {
		struct asked asked = { some_family(), some_type(), some_protocol(), some(4) == 0 };
		const struct door *door = &doors[some((uint32_t)door_count)];
		struct seccomp_data data = data_of(&asked);
		socketcall_policy_verdict verdict = socketcall_policy_judge(&policy, 1, &options, &data);
		long result = door->ask(&asked), direct = door->is_shut ? 0 : doors[0].ask(&asked);
		bool refuses = verdict != SECCOMP_RET_ALLOW, good;
		long wanted = refuses ? -(long)(verdict & SECCOMP_RET_DATA) : direct;

		if (door->is_shut)
			good = result == -ENOSYS;
		else
			good = result == wanted && (refuses || direct != -(long)(refused & SECCOMP_RET_DATA));
		allowed += !refuses;
		refusals += refuses;
		wrong += !good;
		if (!good && wrong <= TOLD_MOST)
			printf("%s: family %#x, type %#x, protocol %#x%s: %ld, not %ld\n", door->name, asked.family,
			       asked.type, asked.protocol, asked.pair ? ", a pair" : "", result,
			       door->is_shut ? -ENOSYS : wanted);
	}
	printf("%lu allowed, %lu refused, %lu wrong\n", allowed, refusals, wrong);
	return wrong > 0;
}
