/* SPDX-License-Identifier: MIT */
#include "probe/probe.h"
#include "abi/kernel.h"
#include "probe/children.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The attempts to make, and where each answer is stored. */
struct plan {
	struct attempt *attempts;
	struct doors_answer **answers;
	size_t count;
};

enum {
	CALL_ATTEMPTS = 2 * SOCKETCALL_CALLS,
	FAMILY_ATTEMPTS = 2 * (2 + ABI_CONVERSIONS) * DOORS_COUNT,
};

/* The attempts that fill struct doors_kernel, and the offset of the member for each answer. */
static const struct {
	struct attempt attempt;
	size_t answer; /* offset in struct doors_kernel */
} kernel_attempts[] = {
	{ { .ask = ATTEMPT_FILTER }, offsetof(struct doors_kernel, filter) },
	{ { .ask = ATTEMPT_FILTER_CHECK }, offsetof(struct doors_kernel, filter_check) },
	{ { .ask = ATTEMPT_RELEASE }, offsetof(struct doors_kernel, release) },
	{ { .ask = ATTEMPT_SOCKET, .family = AF_UNIX, .type = SOCK_STREAM, .invalid = true },
	  offsetof(struct doors_kernel, invalid) },
	{ { .ask = ATTEMPT_ENTRY, .door = DOORS_I386 }, offsetof(struct doors_kernel, i386) },
	{ { .ask = ATTEMPT_ENTRY, .door = DOORS_X32 }, offsetof(struct doors_kernel, x32) },
	{ { .ask = ATTEMPT_URING_SETUP, .door = DOORS_IO_URING }, offsetof(struct doors_kernel, uring.setup) },
	{ { .ask = ATTEMPT_ENTRY, .door = DOORS_IO_URING }, offsetof(struct doors_kernel, uring.enter) },
	{ { .ask = ATTEMPT_URING_SETUP, .door = DOORS_IO_URING_I386 },
	  offsetof(struct doors_kernel, uring_i386.setup) },
	{ { .ask = ATTEMPT_ENTRY, .door = DOORS_IO_URING_I386 }, offsetof(struct doors_kernel, uring_i386.enter) },
	{ { .ask = ATTEMPT_URING_SETUP, .door = DOORS_IO_URING_X32 }, offsetof(struct doors_kernel, uring_x32.setup) },
	{ { .ask = ATTEMPT_ENTRY, .door = DOORS_IO_URING_X32 }, offsetof(struct doors_kernel, uring_x32.enter) },
	{ { .ask = ATTEMPT_CALL, .door = DOORS_SOCKETCALL, .call = 0 }, offsetof(struct doors_kernel, call_0) },
	{ { .ask = ATTEMPT_URING_DISABLED }, offsetof(struct doors_kernel, uring_disabled) },
};
enum { KERNEL_ATTEMPTS = sizeof kernel_attempts / sizeof *kernel_attempts };
_Static_assert(KERNEL_ATTEMPTS == sizeof(struct doors_kernel) / sizeof(struct doors_answer),
	       "each member of struct doors_kernel has an attempt");

static void plan(struct plan *p, struct attempt attempt, struct doors_answer *answer)
{
	p->attempts[p->count] = attempt;
	p->answers[p->count] = answer;
	p->count++;
}

static void plan_kernel(struct plan *p, struct doors_kernel *kernel)
{
	for (size_t i = 0; i < KERNEL_ATTEMPTS; i++)
		plan(p, kernel_attempts[i].attempt,
		     (struct doors_answer *)(void *)((char *)kernel + kernel_attempts[i].answer));
}

static void plan_calls(struct plan *p, struct probe *probe)
{
	const struct abi_arch *i386 = abi_arch("i386");

	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		plan(p, (struct attempt){ .ask = ATTEMPT_CALL, .door = DOORS_SOCKETCALL, .call = call },
		     &probe->multiplexed[call]);
		if (i386->number[call] != ABI_NONE)
			plan(p, (struct attempt){ .ask = ATTEMPT_CALL, .door = DOORS_I386, .call = call },
			     &probe->direct[call]);
	}
}

static void plan_cell(struct plan *p, struct attempt attempt, const struct abi_family *family, struct doors_cell *cell)
{
	attempt.family = family->number;
	attempt.type = family->type;
	attempt.protocol = family->protocol;
	plan(p, attempt, &cell->valid);
	attempt.invalid = true;
	plan(p, attempt, &cell->invalid);
}

bool probe_converts_into(const struct probe_family *family, size_t conversion)
{
	return abi_conversion_row(conversion)->to == family->family.number;
}

/* The arguments that the kernel converts. */
static struct abi_family converted_family(size_t conversion)
{
	const struct abi_conversion *c = abi_conversion_row(conversion);

	return (struct abi_family){ .number = c->from, .type = c->type, .protocol = c->protocol };
}

static void plan_family(struct plan *p, struct probe_family *f)
{
	for (int i = 0; i < DOORS_COUNT; i++) {
		enum doors_door door = (enum doors_door)i;

		plan_cell(p, (struct attempt){ .ask = ATTEMPT_SOCKET, .door = door }, &f->family, &f->socket.cell[i]);
		if (f->family.pair && doors_has_pair(door))
			plan_cell(p, (struct attempt){ .ask = ATTEMPT_SOCKETPAIR, .door = door }, &f->family,
				  &f->pair.cell[i]);
		for (size_t c = 0; c < ABI_CONVERSIONS; c++) {
			struct abi_family asked = converted_family(c);

			if (probe_converts_into(f, c))
				plan_cell(p, (struct attempt){ .ask = ATTEMPT_SOCKET, .door = door }, &asked,
					  &f->converted[c].cell[i]);
		}
	}
}

static int carry_out(struct plan *p, int patience, const char **what)
{
	int r = children_run(p->attempts, p->count, patience, what);

	for (size_t i = 0; !r && i < p->count; i++)
		*p->answers[i] = p->attempts[i].answer;
	return r;
}

static bool stopped_at_enter(const struct doors_cell *cell)
{
	return cell->valid.where == DOORS_AT_ENTER && cell->invalid.where == DOORS_AT_ENTER;
}

/*
 * A cell whose ring was created, but whose io_uring_enter was refused. Another entry's io_uring_enter may submit the
 * operation in the ring, or the kernel's polling thread may find it. So the cell is tried again in each of these ways,
 * until one succeeds.
 */
struct retry {
	struct doors_cell *cell, again;
};

/* Plans new attempts for those cells of the row that need them. Returns how many cells these are. */
static size_t plan_again(struct plan *p, struct doors_row *row, const struct abi_family *asked,
			 enum attempt_submits submits, struct retry *retries)
{
	size_t count = 0;

	for (int i = 0; i < DOORS_COUNT; i++) {
		struct attempt attempt = { .ask = ATTEMPT_SOCKET, .door = (enum doors_door)i, .submits = submits };

		if (!doors_is_uring(attempt.door) || !stopped_at_enter(&row->cell[i]))
			continue;
		retries[count].cell = &row->cell[i];
		plan_cell(p, attempt, asked, &retries[count].again);
		count++;
	}
	return count;
}

static int go_without_enter(struct plan *p, struct probe *probe, int patience, const char **what)
{
	struct retry *retries = calloc(probe->count * (1 + ABI_CONVERSIONS) * DOORS_COUNT + 1, sizeof *retries);
	int r = 0;

	*what = "memory";
	if (!retries)
		return -ENOMEM;
	for (int way = ATTEMPT_SUBMITS_NATIVE; !r && way <= ATTEMPT_SUBMITS_POLLED; way++) {
		enum attempt_submits submits = (enum attempt_submits)way;
		size_t count = 0;

		p->count = 0;
		for (size_t i = 0; i < probe->count; i++) {
			struct probe_family *f = &probe->families[i];

			count += plan_again(p, &f->socket, &f->family, submits, retries + count);
			for (size_t c = 0; c < ABI_CONVERSIONS; c++) {
				struct abi_family asked = converted_family(c);

				count += plan_again(p, &f->converted[c], &asked, submits, retries + count);
			}
		}
		if (count)
			r = carry_out(p, patience, what);
		for (size_t i = 0; !r && i < count; i++)
			if (retries[i].again.valid.where == DOORS_AT_OPERATION)
				*retries[i].cell = retries[i].again;
	}
	free(retries);
	return r;
}

static void judge(struct probe *probe)
{
	for (size_t i = 0; i < probe->count; i++) {
		struct probe_family *f = &probe->families[i];
		struct doors_asked asked = { .type_known = f->family.type };

		doors_judge(&f->socket, &probe->kernel, &asked);
		asked.pair = true;
		doors_judge(&f->pair, &probe->kernel, &asked);
		for (size_t c = 0; c < ABI_CONVERSIONS; c++) {
			const struct abi_conversion *conversion = abi_conversion_row(c);

			asked = (struct doors_asked){
				.type_known = true,
				.converts_since = KERNEL_RELEASE(conversion->major, conversion->minor),
			};
			doors_judge(&f->converted[c], &probe->kernel, &asked);
			doors_compare_converted(&f->socket, &f->converted[c]);
		}
	}
}

int probe_doors(struct probe *probe, int patience, const char **what)
{
	size_t room = KERNEL_ATTEMPTS + CALL_ATTEMPTS + probe->count * FAMILY_ATTEMPTS;
	struct plan p = {
		.attempts = calloc(room, sizeof *p.attempts),
		.answers = calloc(room, sizeof(struct doors_answer *)),
	};
	int r = -ENOMEM;

	*what = "memory";
	if (p.attempts && p.answers) {
		plan_kernel(&p, &probe->kernel);
		plan_calls(&p, probe);
		for (size_t i = 0; i < probe->count; i++)
			plan_family(&p, &probe->families[i]);
		r = carry_out(&p, patience, what);
		if (!r)
			r = go_without_enter(&p, probe, patience, what);
		if (!r)
			judge(probe);
	}
	free(p.attempts);
	free(p.answers);
	return r;
}
