/* SPDX-License-Identifier: MIT
 *
 * Tests run/strategy.c on imaginary machines: a row has the answer of each means, and the expected result. TAP. */
#include "run/strategy.h"
#include "tests/fixtures/tap.h"

#include <errno.h>
#include <string.h>

#define REFUSED(obstacle_, error_)                                                                                     \
	{                                                                                                              \
		.start = SUPERVISOR_REFUSED, .refusal = { SUPERVISOR_NO_##obstacle_, -(error_) }                       \
	}
#define ENDED                                                                                                          \
	{                                                                                                              \
		.start = SUPERVISOR_PROGRAM_ENDED                                                                      \
	}

enum { PROGRAM_STATUS = 0x700 /* the wait status of a program that exits with 7 */ };

struct machine {
	const char *text; /* the assertion's: the machine and the options, and what happens */

	/* What strategy_start() is given, and how its means answer. */
	struct strategy_wanted wanted;
	bool verbose, is_process_1, is_confined, filter_is_refused, is_judged;
	struct answer {
		enum supervisor_start start; /* by default SUPERVISOR_BECOME_PROGRAM */
		struct supervisor_refusal refusal;
	} answers[STRATEGY_SUPERVISED];
	enum witness_answer witness, witness_int80;
	enum {
		UNSEEN,        /* no call could be tried */
		OPEN,          /* both doors are open */
		CLOSED,        /* the multiplexed calls are closed */
		CLOSED_PARTLY, /* these, and one direct call */
		NEITHER,       /* neither door is open */
		DIRECT_CLOSED, /* the direct calls are closed */
		FAMILY_CLOSED, /* one family is closed, to direct calls only */
		MIXED,         /* one call is closed at the multiplexed door, another at the direct one */
	} doors;
	enum preload_outcome preload;
	bool text_is_fixed; /* the preload can't replace text */

	/* What is expected. */
	const char *calls; /* the means that are used, in this order */
	enum supervisor_start start;
	enum strategy_way way;
	const char *notes; /* name_note() */
	const char *why;   /* which way's refusal says why nothing is patched without tracing */
};

static const struct machine machines[] = {
	{ "beside works", .witness = WITNESS_WORKS, .calls = "beside witness", .way = STRATEGY_BESIDE },
	{ "beside can't open memory: above", .answers = { [STRATEGY_BESIDE] = REFUSED(MEMORY, EACCES) },
	  .witness = WITNESS_WORKS, .calls = "beside above witness", .way = STRATEGY_ABOVE, .why = "beside" },
	{ "above: the calling process goes on when the program has ended",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(MEMORY, EACCES), [STRATEGY_ABOVE] = ENDED }, .calls = "beside above",
	  .start = SUPERVISOR_PROGRAM_ENDED, .way = STRATEGY_ABOVE, .why = "beside" },
	{ "process 1: beside, as in other processes", .is_process_1 = true, .witness = WITNESS_WORKS,
	  .calls = "beside witness", .way = STRATEGY_BESIDE },
	{ "process 1, and beside can't open memory: above, with a note", .is_process_1 = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(MEMORY, EACCES) }, .witness = WITNESS_WORKS,
	  .calls = "beside above witness", .way = STRATEGY_ABOVE, .notes = "number", .why = "beside" },
	{ "process 1, and no listener is permitted: by ptrace, with a note", .is_process_1 = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM) }, .witness = WITNESS_WORKS,
	  .calls = "beside preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "number traced",
	  .why = "beside" },
	{ "process 1, --trap: by int80, with a note", .is_process_1 = true, .wanted = { .int80 = true },
	  .witness = WITNESS_WORKS, .witness_int80 = WITNESS_WORKS,
	  .calls = "preload int80 witness witness-int80 replace", .way = STRATEGY_INT80, .notes = "number" },
	{ "process 1, --init: above at once, without a note", .is_process_1 = true, .wanted = { .init = true },
	  .witness = WITNESS_WORKS, .calls = "above witness", .way = STRATEGY_ABOVE },
	{ "--init, above refused: by ptrace, never beside", .is_process_1 = true, .wanted = { .init = true },
	  .answers = { [STRATEGY_ABOVE] = REFUSED(MEMORY, EIO) }, .witness = WITNESS_WORKS,
	  .calls = "above preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "traced", .why = "above" },
	{ "--init where calls work already: nothing is started, with a note that there is no init",
	  .wanted = { .init = true }, .answers = { [STRATEGY_ABOVE] = REFUSED(LISTENER, EBUSY) },
	  .witness = WITNESS_WORKS, .calls = "above witness", .way = STRATEGY_NOTHING, .notes = "already init",
	  .why = "above" },
	{ "--init where all ways are refused: the preload, with a note that there is no init",
	  .wanted = { .init = true },
	  .answers = { [STRATEGY_ABOVE] = REFUSED(LISTENER, EPERM), [STRATEGY_PTRACE] = REFUSED(TRACING, EPERM) },
	  .calls = "above preload ptrace replace", .way = STRATEGY_PRELOAD, .notes = "left init", .why = "above" },
	{ "another process' listener, and calls work: nothing is patched",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EBUSY) }, .witness = WITNESS_WORKS,
	  .calls = "beside witness", .way = STRATEGY_NOTHING, .notes = "already", .why = "beside" },
	{ "process 1, another process' listener, and calls work: nothing is patched", .is_process_1 = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EBUSY) }, .witness = WITNESS_WORKS,
	  .calls = "beside witness", .way = STRATEGY_NOTHING, .notes = "already", .why = "beside" },
	{ "another process' listener, and calls fail: by ptrace, where they fail too",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EBUSY) }, .witness = WITNESS_FAILS,
	  .calls = "beside witness preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "unpatchable",
	  .why = "beside" },
	{ "another process' listener, and no 32-bit program runs: by ptrace",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EBUSY) }, .witness = WITNESS_CANT_TELL,
	  .calls = "beside witness preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "traced",
	  .why = "beside" },
	{ "no listener is permitted: by ptrace with the preload, not above",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM) }, .witness = WITNESS_WORKS,
	  .calls = "beside preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "traced",
	  .why = "beside" },
	{ "no process can be started beside: by ptrace with the preload, not above",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(PROCESS, EAGAIN) }, .witness = WITNESS_WORKS,
	  .calls = "beside preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "traced",
	  .why = "beside" },
	{ "by ptrace: the calling process goes on when the program has ended",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM), [STRATEGY_PTRACE] = ENDED },
	  .calls = "beside preload ptrace", .start = SUPERVISOR_PROGRAM_ENDED, .way = STRATEGY_PTRACE,
	  .why = "beside" },
	{ "neither beside nor above can open memory: by ptrace, for the reason that above gave",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(MEMORY, EACCES), [STRATEGY_ABOVE] = REFUSED(MEMORY, EIO) },
	  .witness = WITNESS_WORKS, .calls = "beside above preload ptrace witness replace", .way = STRATEGY_PTRACE,
	  .notes = "traced", .why = "above" },
	{ "all ways are refused: the preload",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM), [STRATEGY_PTRACE] = REFUSED(TRACING, EPERM) },
	  .calls = "beside preload ptrace replace", .way = STRATEGY_PRELOAD, .notes = "left", .why = "beside" },
	{ "all ways are refused, and text can't be replaced: the preload, with a note",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM), [STRATEGY_PTRACE] = REFUSED(TRACING, EPERM) },
	  .text_is_fixed = true, .calls = "beside preload ptrace replace", .way = STRATEGY_PRELOAD,
	  .notes = "left threads", .why = "beside" },
	{ "no listener is permitted, and text can't be replaced: by ptrace, with a note",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM) }, .text_is_fixed = true, .witness = WITNESS_WORKS,
	  .calls = "beside preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "traced threads",
	  .why = "beside" },
	{ "--trap: by int80", .wanted = { .int80 = true }, .witness = WITNESS_WORKS, .witness_int80 = WITNESS_WORKS,
	  .calls = "preload int80 witness witness-int80 replace", .way = STRATEGY_INT80 },
	{ "--trap: the calling process goes on when the program has ended", .wanted = { .int80 = true },
	  .answers = { [STRATEGY_INT80] = ENDED }, .calls = "preload int80", .start = SUPERVISOR_PROGRAM_ENDED,
	  .way = STRATEGY_INT80 },
	{ "--trap is refused: beside, as without it", .wanted = { .int80 = true },
	  .answers = { [STRATEGY_INT80] = REFUSED(TRACING, EPERM) }, .witness = WITNESS_WORKS,
	  .calls = "preload int80 beside witness", .way = STRATEGY_BESIDE, .notes = "int80" },
	{ "--trap and all other ways are refused: the preload, which is set once", .wanted = { .int80 = true },
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM),
		       [STRATEGY_PTRACE] = REFUSED(TRACING, EPERM),
		       [STRATEGY_INT80] = REFUSED(FILTER, EINVAL) },
	  .calls = "preload int80 beside ptrace replace", .way = STRATEGY_PRELOAD, .notes = "int80 left",
	  .why = "beside" },
	{ "vdso32=0: a supervisor beside, and the preload", .witness = WITNESS_FAILS,
	  .calls = "beside witness preload replace", .way = STRATEGY_BESIDE, .notes = "unpatchable" },
	{ "vdso32=0 where text can't be replaced: the same, with a note", .witness = WITNESS_FAILS,
	  .text_is_fixed = true, .calls = "beside witness preload replace", .way = STRATEGY_BESIDE,
	  .notes = "unpatchable threads" },
	{ "vdso32=0 and --preload: the preload is set already", .wanted = { .preload = true }, .witness = WITNESS_FAILS,
	  .calls = "preload beside", .way = STRATEGY_BESIDE },
	{ "no 32-bit program runs: beside, without a note", .witness = WITNESS_CANT_TELL, .calls = "beside witness",
	  .way = STRATEGY_BESIDE },
	{ "--preload-only starts nothing and says nothing", .wanted = { .preload_only = true }, .text_is_fixed = true,
	  .calls = "preload", .way = STRATEGY_PRELOAD },
	{ "--verbose is passed to the preload", .wanted = { .preload_only = true }, .verbose = true,
	  .calls = "preload-verbose", .way = STRATEGY_PRELOAD },
	{ "--preload-only where the preload has no usable folder: the program isn't started",
	  .wanted = { .preload_only = true }, .preload = PRELOAD_NO_FOLDER, .calls = "preload",
	  .start = SUPERVISOR_REFUSED, .way = STRATEGY_PRELOAD },
	{ "--preload where the preload has no usable folder: the program isn't started", .wanted = { .preload = true },
	  .preload = PRELOAD_UNFIT_FOLDER, .calls = "preload", .start = SUPERVISOR_REFUSED },
	{ "by ptrace where the preload has no usable folder: the program isn't started",
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM) }, .preload = PRELOAD_NO_FOLDER,
	  .calls = "beside preload", .start = SUPERVISOR_REFUSED, .way = STRATEGY_PTRACE, .why = "beside" },
	{ "vdso32=0 where the preload has no usable folder: the program isn't started", .witness = WITNESS_FAILS,
	  .preload = PRELOAD_NO_FOLDER, .calls = "beside witness preload", .start = SUPERVISOR_REFUSED,
	  .way = STRATEGY_BESIDE, .notes = "unpatchable" },
	{ "--trap under a filter that kills for the call", .wanted = { .int80 = true }, .witness = WITNESS_WORKS,
	  .witness_int80 = WITNESS_FAILS, .calls = "preload int80 witness witness-int80 replace", .way = STRATEGY_INT80,
	  .notes = "int80" },
	{ "by ptrace where memory can't be written", .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM) },
	  .witness = WITNESS_FAILS, .calls = "beside preload ptrace witness replace", .way = STRATEGY_PTRACE,
	  .notes = "unpatchable", .why = "beside" },
	{ "nothing is closed: patched all the same", .doors = OPEN, .witness = WITNESS_WORKS, .calls = "beside witness",
	  .way = STRATEGY_BESIDE },
	{ "socketcall is closed", .doors = CLOSED, .witness = WITNESS_WORKS, .calls = "beside witness",
	  .way = STRATEGY_BESIDE },
	{ "socketcall is closed, and one direct call", .doors = CLOSED_PARTLY, .witness = WITNESS_WORKS,
	  .calls = "beside witness", .way = STRATEGY_BESIDE, .notes = "refused" },
	{ "the direct calls are closed, socketcall isn't: nothing is patched", .doors = DIRECT_CLOSED, .calls = "",
	  .way = STRATEGY_NOTHING, .notes = "direct" },
	{ "the same with --trap and --preload: nothing is patched", .wanted = { .int80 = true, .preload = true },
	  .doors = DIRECT_CLOSED, .calls = "", .way = STRATEGY_NOTHING, .notes = "direct" },
	{ "a family is closed to direct calls only: nothing is patched", .doors = FAMILY_CLOSED, .calls = "",
	  .way = STRATEGY_NOTHING, .notes = "direct" },
	{ "each door is closed for another call: nothing is patched", .doors = MIXED, .calls = "",
	  .way = STRATEGY_NOTHING, .notes = "direct refused" },
	{ "both doors are closed: nothing is tried", .doors = NEITHER, .calls = "", .way = STRATEGY_NOTHING,
	  .notes = "refused" },
	{ "the direct calls are closed, and a confinement closes socketcall", .is_confined = true,
	  .doors = DIRECT_CLOSED, .calls = "reported beside", .way = STRATEGY_BESIDE, .notes = "refused" },
	{ "a confinement, and nothing is closed: multiplexed calls are reported", .is_confined = true, .doors = OPEN,
	  .witness = WITNESS_WORKS, .calls = "reported beside witness", .way = STRATEGY_BESIDE },
	{ "a confinement where socketcall is closed: multiplexed calls can't be reported", .is_confined = true,
	  .doors = CLOSED, .witness = WITNESS_WORKS, .calls = "beside witness", .way = STRATEGY_BESIDE },
	{ "a confinement is passed to the supervisor", .is_confined = true, .witness = WITNESS_WORKS,
	  .calls = "beside witness", .way = STRATEGY_BESIDE },
	{ "a confinement, and another process' listener: by ptrace, though calls work now", .is_confined = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EBUSY) }, .witness = WITNESS_WORKS,
	  .calls = "beside preload ptrace witness replace", .way = STRATEGY_PTRACE, .notes = "traced",
	  .why = "beside" },
	{ "a confinement, and all ways are refused: the program's process confines itself", .is_confined = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EPERM), [STRATEGY_PTRACE] = REFUSED(TRACING, EPERM) },
	  .calls = "beside preload ptrace confine replace", .way = STRATEGY_PRELOAD, .notes = "left", .why = "beside" },
	{ "a confinement that can't be loaded: the program isn't started", .is_confined = true,
	  .filter_is_refused = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(FILTER, EINVAL), [STRATEGY_PTRACE] = REFUSED(FILTER, EINVAL) },
	  .calls = "beside preload ptrace confine", .start = SUPERVISOR_REFUSED, .way = STRATEGY_PRELOAD,
	  .why = "beside" },
	{ "a judge, and no listener can be created: the program isn't started", .is_judged = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(LISTENER, EBUSY) }, .calls = "beside", .start = SUPERVISOR_REFUSED,
	  .way = STRATEGY_BESIDE, .why = "beside" },
	{ "a judge, and beside can't open memory: above", .is_judged = true,
	  .answers = { [STRATEGY_BESIDE] = REFUSED(MEMORY, EACCES) }, .witness = WITNESS_WORKS,
	  .calls = "beside above witness", .way = STRATEGY_ABOVE, .why = "beside" },
	{ "--preload-only with a confinement", .wanted = { .preload_only = true }, .is_confined = true,
	  .calls = "confine preload", .way = STRATEGY_PRELOAD },
	{ "--preload-only with a confinement that can't be loaded", .wanted = { .preload_only = true },
	  .is_confined = true, .filter_is_refused = true, .calls = "confine", .start = SUPERVISOR_REFUSED,
	  .way = STRATEGY_PRELOAD },
};

/* The row under test, and the means that were called. At file scope, because the means are functions without a context
 * argument. */
static const struct machine *machine;
static char calls[256];

static void add_word(char *words, size_t size, const char *word)
{
	size_t length = strlen(words);

	snprintf(words + length, size - length, "%s%s", length ? " " : "", word);
}

static const char *name_way(enum strategy_way way)
{
	switch (way) {
	case STRATEGY_BESIDE:
		return "beside";
	case STRATEGY_ABOVE:
		return "above";
	case STRATEGY_PTRACE:
		return "ptrace";
	case STRATEGY_INT80:
		return "int80";
	case STRATEGY_PRELOAD:
		return "preload";
	case STRATEGY_NOTHING:
		return "nothing";
	}
	return "?";
}

static const char *name_note(enum strategy_note note)
{
	switch (note) {
	case STRATEGY_INT80_MISSED:
		return "int80";
	case STRATEGY_WORKS_ALREADY:
		return "already";
	case STRATEGY_TRACED:
		return "traced";
	case STRATEGY_UNPATCHABLE:
		return "unpatchable";
	case STRATEGY_PRELOAD_LEFT:
		return "left";
	case STRATEGY_THREADS_MISSED:
		return "threads";
	case STRATEGY_DIRECT_REFUSED:
		return "direct";
	case STRATEGY_NUMBER_TAKEN:
		return "number";
	case STRATEGY_INIT_MISSED:
		return "init";
	case STRATEGY_CALLS_REFUSED:
		return "refused";
	}
	return "?";
}

static enum supervisor_start start(enum strategy_way way, const struct supervisor_options *options, int *status,
				   struct supervisor_refusal *refusal)
{
	const struct answer *answer = &machine->answers[way];

	if (!options->confinement != !machine->is_confined)
		add_word(calls, sizeof calls, "confinement-differs");
	if (options->socketcall_reported)
		add_word(calls, sizeof calls, "reported");
	add_word(calls, sizeof calls, name_way(way));
	if (answer->start == SUPERVISOR_PROGRAM_ENDED)
		*status = PROGRAM_STATUS;
	if (answer->start == SUPERVISOR_REFUSED)
		*refusal = answer->refusal;
	return answer->start;
}

static enum witness_answer witness(void)
{
	add_word(calls, sizeof calls, "witness");
	return machine->witness;
}

static enum witness_answer witness_int80(void)
{
	add_word(calls, sizeof calls, "witness-int80");
	return machine->witness_int80;
}

static void close_call(struct witness_refusal *refusals, int call)
{
	refusals[call] = (struct witness_refusal){ .refused = true, .error = -EPERM };
}

static void try_doors(struct witness_doors *doors)
{
	*doors = (struct witness_doors){ .were_tried = machine->doors != UNSEEN };
	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		if (machine->doors == CLOSED || machine->doors == NEITHER || machine->doors == CLOSED_PARTLY)
			close_call(doors->multiplexed, call);
		if (machine->doors == NEITHER || machine->doors == DIRECT_CLOSED)
			close_call(doors->direct, call);
	}
	if (machine->doors == CLOSED_PARTLY)
		close_call(doors->direct, SOCKETCALL_CONNECT);
	if (machine->doors == MIXED) {
		close_call(doors->multiplexed, SOCKETCALL_CONNECT);
		close_call(doors->direct, SOCKETCALL_BIND);
	}
	if (machine->doors == FAMILY_CLOSED)
		doors->refused_families = 2;
}

static enum preload_outcome set_preload(bool verbose, struct preload_place *place)
{
	add_word(calls, sizeof calls, verbose ? "preload-verbose" : "preload");
	snprintf(place->folder, sizeof place->folder, "/folder");
	return machine->preload;
}

static bool replaces_text(void)
{
	add_word(calls, sizeof calls, "replace");
	return !machine->text_is_fixed;
}

static bool is_process_1(void)
{
	return machine->is_process_1;
}

static int confine(const struct supervisor_confinement *confinement)
{
	(void)confinement;
	add_word(calls, sizeof calls, "confine");
	return machine->filter_is_refused ? -EINVAL : 0;
}

static const struct strategy_means means = {
	.start = start,
	.witness = witness,
	.witness_int80 = witness_int80,
	.try_doors = try_doors,
	.set_preload = set_preload,
	.preload_replaces_text = replaces_text,
	.is_process_1 = is_process_1,
	.confine = confine,
};

static void report(void *context, const struct supervisor_event *event)
{
	(void)context;
	(void)event;
}

static uint32_t judge(void *context, pid_t pid, const struct seccomp_data *call)
{
	(void)context;
	(void)pid;
	(void)call;
	return SECCOMP_RET_ALLOW;
}

static bool is_string(const char *what, const char *got, const char *wanted)
{
	if (!strcmp(got, wanted ? wanted : ""))
		return true;
	printf("# %s: '%s', not '%s'\n", what, got, wanted ? wanted : "");
	return false;
}

static bool is_number(const char *what, int got, int wanted)
{
	if (got == wanted)
		return true;
	printf("# %s: %d, not %d\n", what, got, wanted);
	return false;
}

/* True if the result has the refusal of each way that was called and refused, and no other. */
static bool are_refusals_kept(const struct strategy_result *result)
{
	bool good = true;

	for (unsigned way = 0; way < STRATEGY_SUPERVISED; way++) {
		const struct answer *answer = &machine->answers[way];
		bool refused = answer->start == SUPERVISOR_REFUSED && strstr(calls, name_way(way));

		good &= is_number(name_way(way), result->refused[way], refused);
		if (refused) {
			good &= is_number("its obstacle", (int)result->refusals[way].obstacle,
					  (int)answer->refusal.obstacle);
			good &= is_number("its error", result->refusals[way].error, answer->refusal.error);
		}
	}
	return good;
}

static bool is_as_wanted(const struct machine *row)
{
	static const struct supervisor_confinement confinement = { .length = 1 };
	const struct supervisor_options options = {
		.on_event = row->verbose ? report : NULL,
		.confinement = row->is_confined ? &confinement : NULL,
		.judge = row->is_judged ? judge : NULL,
	};
	struct strategy_wanted wanted = row->wanted;
	struct strategy_result result;
	const struct supervisor_refusal *why;
	char notes[256] = "";
	bool good;

	machine = row;
	calls[0] = '\0';
	wanted.supervision = &options;
	strategy_start(&means, &wanted, &result);
	for (unsigned i = 0; i < result.note_count; i++)
		add_word(notes, sizeof notes, name_note(result.notes[i]));
	why = strategy_why_not_patched(&result);
	good = is_string("calls", calls, row->calls);
	good &= is_string("notes", notes, row->notes);
	good &= is_string("way", name_way(result.way), name_way(row->way));
	good &= is_string("why", why ? name_way((enum strategy_way)(why - result.refusals)) : "", row->why);
	good &= is_number("start", (int)result.start, (int)row->start);
	good &= is_number("preload", (int)result.preload,
			  (int)(strstr(calls, "preload") ? row->preload : PRELOAD_FOUND));
	good &= is_number("confine_error", result.confine_error, row->filter_is_refused ? -EINVAL : 0);
	if (row->start == SUPERVISOR_PROGRAM_ENDED)
		good &= is_number("status", result.status, PROGRAM_STATUS);
	return good && are_refusals_kept(&result);
}

int main(void)
{
	size_t count = sizeof machines / sizeof *machines;

	for (size_t i = 0; i < count; i++)
		ok(is_as_wanted(&machines[i]), "%s", machines[i].text);
	return plan();
}
