/* SPDX-License-Identifier: MIT */
#include "run/strategy.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

/* ---- The order and its conditions -------------------------------------------------------------------------------- */

/* The state of one strategy_start(). */
struct walk {
	const struct strategy_means *means;
	const struct strategy_wanted *wanted;
	struct strategy_result *result;
	struct supervisor_options *supervision; /* the supervisor's options, which the strategy changes */
	bool preload_is_set;
	bool is_process_1; /* of the process that called strategy_start() */
};

static bool is_int80_wanted(const struct walk *walk)
{
	return walk->wanted->int80;
}

static bool can_stand_beside(const struct walk *walk)
{
	return !walk->wanted->init;
}

/*
 * Yama may permit only ancestors to write a program's memory; then a supervisor above can do what one beside can't. Any
 * other obstacle would stop a supervisor above, too.
 */
static bool should_stand_above(const struct walk *walk)
{
	const struct strategy_result *result = walk->result;

	return walk->wanted->init ||
	       (result->refused[STRATEGY_BESIDE] && result->refusals[STRATEGY_BESIDE].obstacle == SUPERVISOR_NO_MEMORY);
}

/* A judge() must be asked about each socket. Only a listener does that, so ways without one can't be taken. */
static bool may_do_without_listener(const struct walk *walk)
{
	return !walk->wanted->supervision->judge;
}

/*
 * True if an outer `run` serves this process already: EBUSY means that some process has a listener for it, and the
 * witness works. Not with a confinement, which closes socketcall: where the outer supervisor patches a program only at
 * its first multiplexed call, that call would never be reported to it.
 */
static bool works_already(const struct walk *walk)
{
	return !walk->wanted->supervision->confinement && may_do_without_listener(walk) &&
	       strategy_why_not_patched(walk->result)->error == -EBUSY && walk->means->witness() == WITNESS_WORKS;
}

/* A way is tried if no earlier one was taken and its condition is true. The last one can't be refused. */
static const struct step {
	enum strategy_way way;
	bool (*is_to_be_tried)(const struct walk *walk);
} order[] = {
	{ STRATEGY_INT80, is_int80_wanted },          { STRATEGY_BESIDE, can_stand_beside },
	{ STRATEGY_ABOVE, should_stand_above },       { STRATEGY_NOTHING, works_already },
	{ STRATEGY_PTRACE, may_do_without_listener }, { STRATEGY_PRELOAD, may_do_without_listener },
};

/* ---- One way ----------------------------------------------------------------------------------------------------- */

static void add_note(const struct walk *walk, enum strategy_note note)
{
	walk->result->notes[walk->result->note_count++] = note;
}

/* Sets the preload in the environment. If that isn't possible, sets SUPERVISOR_REFUSED and returns false. */
static bool set_preload(struct walk *walk)
{
	struct strategy_result *result = walk->result;

	if (walk->preload_is_set)
		return true;
	result->preload = walk->means->set_preload(walk->wanted->supervision->on_event != NULL, &result->place);
	walk->preload_is_set = result->preload == PRELOAD_FOUND;
	if (!walk->preload_is_set)
		result->start = SUPERVISOR_REFUSED;
	return walk->preload_is_set;
}

/* To be called if the preload serves the libraries. */
static void note_missed_threads(const struct walk *walk)
{
	if (!walk->means->preload_replaces_text())
		add_note(walk, STRATEGY_THREADS_MISSED);
}

/* Starts the supervisor of a way that has one. Returns false if it was refused. */
static bool start_supervisor(struct walk *walk, enum strategy_way way)
{
	struct strategy_result *result = walk->result;

	result->start = walk->means->start(way, walk->wanted->supervision, &result->status, &result->refusals[way]);
	result->refused[way] = result->start == SUPERVISOR_REFUSED;
	if (!result->refused[way] && way != STRATEGY_BESIDE && walk->is_process_1 && !walk->wanted->init)
		add_note(walk, STRATEGY_NUMBER_TAKEN);
	return !result->refused[way];
}

/*
 * True if the witness fails although a supervisor serves this process: the kernel maps no vDSO in 32-bit programs, or
 * their memory can't be written. The witness makes one call, shutdown(): if a filter refuses that as a direct call, the
 * witness fails anyway and says nothing about patching. Fills result->outcome if it returns true.
 */
static bool stays_unpatched(struct walk *walk)
{
	const struct supervisor_outcome *outcome = walk->wanted->supervision->outcome;

	if (walk->result->doors.direct[SOCKETCALL_SHUTDOWN].refused || walk->means->witness() != WITNESS_FAILS)
		return false;
	if (outcome)
		walk->result->outcome = *outcome;
	return true;
}

/*
 * The same for an `int $0x80`: it fails if an outer filter kills for socketcall, because the kernel takes the verdict
 * of the highest precedence, and killing precedes the trap of the supervisor's filter.
 */
static bool int80_stays_closed(const struct walk *walk)
{
	return !walk->result->doors.direct[SOCKETCALL_SHUTDOWN].refused &&
	       walk->means->witness_int80() == WITNESS_FAILS;
}

/* Tries a way with a listener. Returns false if it was refused, so that the next way is tried. */
static bool try_listener(struct walk *walk, enum strategy_way way)
{
	if (!start_supervisor(walk, way))
		return false;
	if (walk->result->start != SUPERVISOR_BECOME_PROGRAM || walk->wanted->preload || !stays_unpatched(walk))
		return true;
	add_note(walk, STRATEGY_UNPATCHABLE);
	if (set_preload(walk))
		note_missed_threads(walk);
	return true;
}

/* Like try_listener(). */
static bool try_tracing(struct walk *walk, enum strategy_way way)
{
	/* Programs are patched at exec, before any library is mapped. The preload serves the libraries. */
	if (!set_preload(walk))
		return true;
	if (!start_supervisor(walk, way)) {
		if (way == STRATEGY_INT80)
			add_note(walk, STRATEGY_INT80_MISSED);
		return false;
	}
	if (walk->result->start != SUPERVISOR_BECOME_PROGRAM)
		return true;
	if (stays_unpatched(walk))
		add_note(walk, STRATEGY_UNPATCHABLE);
	else if (way == STRATEGY_INT80 && int80_stays_closed(walk))
		add_note(walk, STRATEGY_INT80_MISSED);
	else if (way == STRATEGY_PTRACE)
		add_note(walk, STRATEGY_TRACED);
	note_missed_threads(walk);
	return true;
}

/*
 * Without a supervisor the program's process confines itself. If it can't, sets SUPERVISOR_REFUSED and returns false.
 */
static bool confine(struct walk *walk)
{
	const struct supervisor_confinement *confinement = walk->wanted->supervision->confinement;

	if (!confinement)
		return true;
	walk->result->confine_error = walk->means->confine(confinement);
	if (walk->result->confine_error)
		walk->result->start = SUPERVISOR_REFUSED;
	return !walk->result->confine_error;
}

/* Like try_listener(). */
static bool try_way(struct walk *walk, enum strategy_way way)
{
	walk->result->way = way;
	switch (way) {
	case STRATEGY_BESIDE:
	case STRATEGY_ABOVE:
		return try_listener(walk, way);
	case STRATEGY_PTRACE:
	case STRATEGY_INT80:
		return try_tracing(walk, way);
	case STRATEGY_NOTHING:
		walk->result->start = SUPERVISOR_BECOME_PROGRAM;
		return true;
	case STRATEGY_PRELOAD:
		walk->result->start = SUPERVISOR_BECOME_PROGRAM;
		if (!confine(walk) || !set_preload(walk) || walk->wanted->preload_only)
			return true;
		add_note(walk, STRATEGY_PRELOAD_LEFT);
		note_missed_threads(walk);
		return true;
	}
	return true;
}

/* ---- What the filters allow -------------------------------------------------------------------------------------- */

uint32_t strategy_refused_calls(const struct strategy_result *result)
{
	const struct witness_doors *doors = &result->doors;
	uint32_t calls = 0;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (result->way == STRATEGY_NOTHING ? doors->multiplexed[call].refused : doors->direct[call].refused)
			calls |= UINT32_C(1) << call;
	return calls;
}

/*
 * True if programs must not be patched or needn't be; fills result->doors.
 *
 * Patched programs make only direct calls. So programs must not be patched if filters refuse a direct call that works
 * multiplexed, and needn't be patched if filters refuse all calls either way. This doesn't apply with a confinement,
 * which closes socketcall, or with a judge(), which is asked about direct calls: then there are only direct calls.
 */
static bool patching_is_no_use(struct walk *walk)
{
	struct witness_doors *doors = &walk->result->doors;

	walk->means->try_doors(doors);
	if (!doors->were_tried || walk->wanted->supervision->confinement || !may_do_without_listener(walk))
		return false;
	if (witness_patching_loses(doors)) {
		add_note(walk, STRATEGY_DIRECT_REFUSED);
		return true;
	}
	return !witness_some_multiplexed_open(doors) && !witness_some_direct_open(doors);
}

/* Takes the first way that isn't refused. If there is none, sets SUPERVISOR_REFUSED and returns false. */
static bool take_first_way(struct walk *walk)
{
	for (const struct step *step = order; step < order + sizeof order / sizeof *order; step++)
		if (step->is_to_be_tried(walk) && try_way(walk, step->way))
			return true;
	walk->result->start = SUPERVISOR_REFUSED;
	return false;
}

static void walk_ways(struct walk *walk)
{
	bool works = false, is_no_use = patching_is_no_use(walk);

	/*
	 * Our own filter can report multiplexed calls only if no outer filter refuses them. Then each program is
	 * patched at its first multiplexed call, whatever code makes it, and that call is turned.
	 */
	walk->supervision->socketcall_reported =
		(walk->wanted->supervision->confinement || walk->wanted->supervision->judge) &&
		walk->result->doors.were_tried && witness_all_multiplexed_open(&walk->result->doors);
	if (is_no_use) {
		try_way(walk, STRATEGY_NOTHING);
	} else {
		if (walk->wanted->preload && !set_preload(walk))
			return;
		if (!take_first_way(walk))
			return;
		works = walk->result->way == STRATEGY_NOTHING;
		if (works)
			add_note(walk, STRATEGY_WORKS_ALREADY);
	}
	if (walk->wanted->init && walk->result->start == SUPERVISOR_BECOME_PROGRAM &&
	    walk->result->way >= STRATEGY_SUPERVISED)
		add_note(walk, STRATEGY_INIT_MISSED);
	if (!works && strategy_refused_calls(walk->result))
		add_note(walk, STRATEGY_CALLS_REFUSED);
}

void strategy_start(const struct strategy_means *means, const struct strategy_wanted *wanted,
		    struct strategy_result *result)
{
	struct supervisor_options supervision = *wanted->supervision;
	struct strategy_wanted own = *wanted;
	struct walk walk = { .means = means,
			     .wanted = &own,
			     .result = result,
			     .supervision = &supervision,
			     .is_process_1 = means->is_process_1() };
	void *page = mmap(NULL, sizeof *supervision.outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*result = (struct strategy_result){ .preload = PRELOAD_FOUND };
	supervision.outcome = page == MAP_FAILED ? NULL : page;
	own.supervision = &supervision;
	if (wanted->preload_only)
		try_way(&walk, STRATEGY_PRELOAD);
	else
		walk_ways(&walk);
	if (supervision.outcome)
		munmap(page, sizeof *supervision.outcome);
}

const struct supervisor_refusal *strategy_why_not_patched(const struct strategy_result *result)
{
	if (result->refused[STRATEGY_ABOVE])
		return &result->refusals[STRATEGY_ABOVE];
	return result->refused[STRATEGY_BESIDE] ? &result->refusals[STRATEGY_BESIDE] : NULL;
}
