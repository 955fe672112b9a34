/* SPDX-License-Identifier: MIT
 *
 * run/ makes 32-bit programs work where socketcall is closed:
 *
 *	demux/        the code that turns a multiplexed call into the direct one, in the program itself
 *	patch/        puts that code into a program's memory when the program starts
 *	supervise/    the process that is told of each start in a tree, and patches
 *	preload/      the same code in a shared object, for LD_PRELOAD
 *	witness/      a small 32-bit program that shows whether multiplexed calls work; which calls filters let through
 *	strategy.h    which of these ways is tried after which, and under which condition
 *	doctor.h      tries each way, and tells what came of it
 *	ring.h        a memory of the last few things, for the others
 *
 * Whoever starts a tree calls strategy_start(), and tells its user what the result says. Nothing in run/ prints.
 */
#ifndef RUN_STRATEGY_H
#define RUN_STRATEGY_H

#include "run/preload/locate.h"
#include "run/supervise/supervisor.h"
#include "run/witness/doors.h"
#include "run/witness/witness.h"

#include <stdbool.h>

/* How the multiplexed calls of a tree's programs come to work. */
enum strategy_way {
	STRATEGY_BESIDE,  /* supervisor_beside(): programs are patched when a seccomp listener reports their start */
	STRATEGY_ABOVE,   /* supervisor_above(): the same, by a supervisor that is the program's ancestor */
	STRATEGY_PTRACE,  /* supervisor_by_ptrace(): they are patched when they exec; the preload is for libraries */
	STRATEGY_INT80,   /* the same with `int80`: an `int $0x80` of a program's own works, too */
	STRATEGY_PRELOAD, /* LD_PRELOAD alone, without a supervisor */
	STRATEGY_NOTHING, /* nothing is started: these calls work already, or nothing could make them work */
};

/* How many ways have a supervisor, and can be refused. They are the first ones. */
#define STRATEGY_SUPERVISED (STRATEGY_INT80 + 1)

/* What a user should be told of a start. */
enum strategy_note {
	STRATEGY_INT80_MISSED,   /* STRATEGY_INT80 was refused, or is of no use because a filter kills for the call:
				  * an `int $0x80` of a program's own isn't reached */
	STRATEGY_WORKS_ALREADY,  /* STRATEGY_NOTHING was taken */
	STRATEGY_TRACED,         /* STRATEGY_PTRACE was taken, because patching without tracing was refused */
	STRATEGY_UNPATCHABLE,    /* the supervisor can't patch (`outcome` says why): the preload stands in for it */
	STRATEGY_PRELOAD_LEFT,   /* STRATEGY_PRELOAD was taken, because all other ways were refused */
	STRATEGY_THREADS_MISSED, /* the preload can't replace text: glibc 2.41's threads aren't reached by it */
	STRATEGY_DIRECT_REFUSED, /* STRATEGY_NOTHING: direct calls are refused, and multiplexed ones work */
	STRATEGY_NUMBER_TAKEN,   /* process 1 stands above the program, which therefore has another number */
	STRATEGY_INIT_MISSED,    /* `init` was wanted, and no supervisor was started */
	STRATEGY_CALLS_REFUSED,  /* some calls are refused both multiplexed and directly: nothing makes these work */
};

#define STRATEGY_NOTES (STRATEGY_CALLS_REFUSED + 1)

struct strategy_wanted {
	bool int80;        /* STRATEGY_INT80 is to be tried first; not with a judge() */
	bool init;         /* the supervisor is to stand above the program, and reaps orphans. Not with preload_only */
	bool preload;      /* the preload is to be set, whichever way is taken */
	bool preload_only; /* STRATEGY_PRELOAD, and no other way is to be tried; likewise */
	const struct supervisor_options *supervision; /* with a report(), the preload tells what it does, too */
};

struct strategy_result {
	/*
	 * The process that this is, as of a supervisor's start function. SUPERVISOR_REFUSED: in the process that
	 * would have become the program, and which must not, because the preload couldn't be set: `preload` says why;
	 * or because it couldn't be confined: `unconfined`; or because a judge() needs a listener, and there is none:
	 * strategy_why_not_patched() says why.
	 */
	enum supervisor_start start;
	enum strategy_way way;                    /* the one that was taken */
	int status;                               /* the program's wait status, with SUPERVISOR_PROGRAM_ENDED */
	enum preload_outcome preload;             /* PRELOAD_FOUND also where the preload wasn't set at all */
	struct preload_place place;               /* belongs to `preload` */
	int unconfined;                           /* -errno of confine_program(), or 0 */
	enum strategy_note notes[STRATEGY_NOTES]; /* in the order of what they tell of */
	unsigned note_count;
	bool refused[STRATEGY_SUPERVISED];                       /* the ways that were tried and refused, … */
	struct supervisor_refusal refusals[STRATEGY_SUPERVISED]; /* … and why */
	struct witness_doors doors;        /* as things are without `run`; zero with `preload_only` */
	struct supervisor_outcome outcome; /* of the witness, with STRATEGY_UNPATCHABLE */
};

/* What the strategy uses, as functions that a test can replace. */
struct strategy_means {
	/* One of the ways with a supervisor. Returns as its start function does. */
	enum supervisor_start (*start)(enum strategy_way way, const struct supervisor_options *options, int *status,
				       struct supervisor_refusal *refusal);
	enum witness_answer (*witness)(void);           /* witness_ask() */
	enum witness_answer (*witness_int80)(void);     /* witness_ask_int80() */
	void (*try_doors)(struct witness_doors *doors); /* witness_try_doors() */
	enum preload_outcome (*set_preload)(bool verbose, struct preload_place *place);
	bool (*preload_replaces_text)(void);
	bool (*is_process_1)(void);
	int (*confine)(const struct supervisor_confinement *confinement); /* confine_program() */
};

/* The real ones (run/means.c). */
extern const struct strategy_means strategy_means;

/*
 * Goes through the ways in their order until one is taken, and fills *result. As with a supervisor's start functions,
 * this may return in two processes: result->start says in which one it is. The environment of the process that
 * becomes the program has the preload where that is needed.
 */
void strategy_start(const struct strategy_means *means, const struct strategy_wanted *wanted,
		    struct strategy_result *result);

/*
 * The calls of a program that a filter refuses: with STRATEGY_NOTHING where they are multiplexed, else where they are
 * direct. A bit (1u << call) each.
 */
uint32_t strategy_refused_calls(const struct strategy_result *result);

/* Why programs aren't patched by a supervisor with a listener; null if that wasn't tried, or wasn't refused. */
const struct supervisor_refusal *strategy_why_not_patched(const struct strategy_result *result);

#endif
