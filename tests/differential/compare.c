/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "compare.h"

#include <string.h>

#include "abi/calls.h"

static const char *const names[SOCKETCALL_CALLS + 1] = {
	"no call",
#define CALL(call, NAME, name, ...) #name,
#include "abi/calls.def"
#undef CALL
};

static const char *name_of(int call)
{
	return call >= 1 && call <= SOCKETCALL_CALLS ? names[call] : names[0];
}

static unsigned memory_differs(const struct expected *expected, const struct step *served)
{
	unsigned n = 0;

	if (!memcmp(expected->step.memory, served->memory, SEEN))
		return 0;
	for (unsigned i = 0; i < SEEN; i++)
		n += expected->step.memory[i] != served->memory[i] && !expected->unsure[i];
	return n;
}

/* True if the kernel wrote to recvmmsg's timeout, and the library didn't. */
static bool time_differs(const struct expected *expected, const struct step *served)
{
	return expected->time_left >= 0 &&
	       !memcmp(served->memory + expected->time_left, expected->time_was, expected->time_size);
}

enum difference difference_of(const struct expected *expected, const struct step *served)
{
	const struct step *kernel = &expected->step;
	bool lasts = kernel->open != served->open || kernel->state != served->state;

	if (kernel->result == served->result && !lasts && kernel->sigpipes == served->sigpipes &&
	    !memory_differs(expected, served) && !time_differs(expected, served))
		return SAME;
	return kernel->result < 0 && served->result < 0 && !lasts ? ANSWER_DIFFERS : STATE_DIFFERS;
}

const char *answer(const struct guest *guest, int64_t result, char *buffer)
{
	const char *error = NULL;

	for (int number = 1; number < 134 && result < 0; number++)
		if (guest_errno(guest, number) == (int)-result)
			error = strerrorname_np(number);

	if (result > 0)
		return "n";
	if (error)
		sprintf(buffer, "-%s", error);
	else
		sprintf(buffer, "%lld", (long long)result);
	return buffer;
}

void difference_name(const struct guest *guest, const struct call *kernel, const struct expected *expected,
		     const struct step *served, char *name)
{
	const struct step *was = &expected->step;
	char one[32], other[32];
	int n = snprintf(name, NAME_MAX_BYTES, "%s %s", guest->name, name_of(kernel->call));

	if (kernel->call == SOCKETCALL_SETSOCKOPT || kernel->call == SOCKETCALL_GETSOCKOPT)
		n += snprintf(name + n, NAME_MAX_BYTES - (size_t)n, " %d/%d", (int)kernel->word[1],
			      (int)kernel->word[2]);
	if (was->result != served->result)
		n += snprintf(name + n, NAME_MAX_BYTES - (size_t)n, " kernel:%s served:%s",
			      answer(guest, was->result, one), answer(guest, served->result, other));
	else
		n += snprintf(name + n, NAME_MAX_BYTES - (size_t)n, " both:%s", answer(guest, was->result, one));
	if (was->result > 0 && served->result > 0 && was->result != served->result)
		n += snprintf(name + n, NAME_MAX_BYTES - (size_t)n, " number");
	snprintf(name + n, NAME_MAX_BYTES - (size_t)n, "%s%s%s%s", was->open != served->open ? " descriptors" : "",
		 was->state != served->state ? " state" : "", was->sigpipes != served->sigpipes ? " sigpipe" : "",
		 memory_differs(expected, served) || time_differs(expected, served) ? " memory" : "");
}

static uint64_t address_of(unsigned seen)
{
	return ARENA + (seen < 2 * PAGE ? seen : seen + PAGE);
}

static void show_memory(FILE *to, const struct expected *expected, const struct step *served)
{
	unsigned shown = 0;

	for (unsigned i = 0; i < SEEN && shown < 48; i++) {
		if (expected->step.memory[i] == served->memory[i] || expected->unsure[i])
			continue;
		fprintf(to, "    %#llx: kernel %02x, served %02x\n", (unsigned long long)address_of(i),
			expected->step.memory[i], served->memory[i]);
		shown++;
	}
}

void show(FILE *to, const struct guest *guest, const struct call *call, const struct expected *expected,
	  const struct step *served, bool all)
{
	char one[32], other[32];

	fprintf(to, "  %s (%d), block at %#llx:", name_of(call->call), call->call, (unsigned long long)call->block);
	for (unsigned i = 0; i < SOCKETCALL_WORDS; i++)
		fprintf(to, " %#llx", (unsigned long long)call->word[i]);
	fprintf(to, "\n");
	for (uint32_t i = 0; i < call->patches; i++) {
		fprintf(to, "    %#x:", ARENA + call->patch[i].offset);
		for (unsigned b = 0; b < call->patch[i].length; b++)
			fprintf(to, "%s%02x", b % 4 ? "" : " ", call->patch[i].bytes[b]);
		fprintf(to, "\n");
	}
	fprintf(to, "    -> kernel %s (%lld), served %s (%lld)\n", answer(guest, expected->step.result, one),
		(long long)expected->step.result, answer(guest, served->result, other), (long long)served->result);
	if (!all)
		return;
	if (expected->step.open != served->open)
		fprintf(to, "    open: kernel %#llx, served %#llx\n", (unsigned long long)expected->step.open,
			(unsigned long long)served->open);
	if (expected->step.sigpipes != served->sigpipes)
		fprintf(to, "    SIGPIPE: kernel %u, served %u\n", expected->step.sigpipes, served->sigpipes);
	show_memory(to, expected, served);
}
