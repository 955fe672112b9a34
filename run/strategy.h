/* SPDX-License-Identifier: MIT
 *
 * run/ makes 32-bit programs work where socketcall is closed:
 *
 *	demux/        code that turns a multiplexed call into the direct one, inside the program
 *	patch/        puts that code into a program's memory when the program starts
 *	supervise/    the processes that are notified of each start in a tree, and patch the programs
 *	preload/      the same code in a shared object, for LD_PRELOAD
 *	witness/      finds out whether multiplexed calls work, by a small 32-bit program; and which calls filters allow
 *	strategy.h    which of these ways is tried after which, and under which condition
 *	doctor.h      tries each way, and returns the results
 *	ring.h        remembers the last few of something, for the rooms above
 *
 * A caller that starts a tree calls strategy_start(), and tells its user what the result says. Nothing in run/ prints.
 */
#ifndef RUN_STRATEGY_H
#define RUN_STRATEGY_H

#include "run/preload/locate.h"
#include "run/supervise/supervisor.h"
#include "run/witness/doors.h"
#include "run/witness/witness.h"

#include <stdbool.h>

/* The ways to make a tree's multiplexed calls work. */
enum strategy_way {
	STRATEGY_BESIDE,  /* supervisor_beside(): programs are patched when a listener reports their start */
	STRATEGY_ABOVE,   /* supervisor_above(): the same, with the supervisor as the program's parent */
	STRATEGY_PTRACE,  /* supervisor_by_ptrace(): they are patched at exec; the preload serves libraries */
	STRATEGY_INT80,   /* the same with `int80`: an `int $0x80` of a program's own works, too */
	STRATEGY_PRELOAD, /* LD_PRELOAD alone, without a supervisor */
	STRATEGY_NOTHING, /* nothing is started: the calls work already, or nothing could make them work */
};

/* How many ways have a supervisor, and so can be refused: these are the first values of the enum. */
#define STRATEGY_SUPERVISED (STRATEGY_INT80 + 1)

/* What the user should know about a start. */
enum strategy_note {
	STRATEGY_INT80_MISSED,   /* STRATEGY_INT80 was refused, or an outer filter kills for the call:
				  * an `int $0x80` of a program's own doesn't work */
	STRATEGY_WORKS_ALREADY,  /* STRATEGY_NOTHING was taken, because multiplexed calls work already */
	STRATEGY_TRACED,         /* STRATEGY_PTRACE was taken, because ways without tracing were refused */
	STRATEGY_UNPATCHABLE,    /* the supervisor can't patch (`outcome` says why), so the preload is used */
	STRATEGY_PRELOAD_LEFT,   /* STRATEGY_PRELOAD was taken, because all other ways were refused */
	STRATEGY_THREADS_MISSED, /* the preload may not replace code, so it misses threads of glibc 2.41 */
	STRATEGY_DIRECT_REFUSED, /* STRATEGY_NOTHING was taken, because filters refuse direct calls that work
				  * multiplexed */
	STRATEGY_NUMBER_TAKEN,   /* this process stays process 1 as the face, so the program has another number */
	STRATEGY_INIT_MISSED,    /* `init` was wanted, but no supervisor was started */
	STRATEGY_CALLS_REFUSED,  /* some calls are refused both multiplexed and directly: nothing makes these work */
};

/* How many notes there are. A start has each one at most once. */
#define STRATEGY_NOTES (STRATEGY_CALLS_REFUSED + 1)

struct strategy_wanted {
	bool int80;        /* try STRATEGY_INT80 first; not with a judge() */
	bool init;         /* the supervisor must be above the program, and reap orphans; not with preload_only */
	bool preload;      /* set the preload, whichever way is taken */
	bool preload_only; /* try STRATEGY_PRELOAD and no other way; not with init */
	const struct supervisor_options *supervision; /* with on_event(), the preload is verbose, too */
};

struct strategy_result {
	/*
	 * In which process strategy_start() returned, as from a supervisor's start function. With SUPERVISOR_REFUSED
	 * the process must not become the program, because the preload couldn't be set (`preload` says why), the
	 * process couldn't be confined (`confine_error`), or a judge() needs a listener and there is none
	 * (strategy_why_not_patched() says why).
	 */
	enum supervisor_start start;
	enum strategy_way way;                    /* the way that was taken */
	int status;                               /* with SUPERVISOR_PROGRAM_ENDED: the program's wait status */
	enum preload_outcome preload;             /* PRELOAD_FOUND also if no preload was needed */
	struct preload_place place;               /* where the preload is: details of `preload` */
	int confine_error;                        /* 0, or -errno of confine_program() */
	enum strategy_note notes[STRATEGY_NOTES]; /* in the order in which the strategy found them */
	unsigned note_count;
	bool refused[STRATEGY_SUPERVISED];                       /* true for each way that was tried and refused, … */
	struct supervisor_refusal refusals[STRATEGY_SUPERVISED]; /* … and the reasons */
	struct witness_doors doors;        /* which calls filters allow without `run`; zero with `preload_only` */
	struct supervisor_outcome outcome; /* with STRATEGY_UNPATCHABLE: the result of patching the witness */
};

/* The functions by which the strategy acts. A test replaces them. */
struct strategy_means {
	/* Starts one of the ways with a supervisor. Returns as its start function does. */
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

/* The functions that act for real (run/means.c). */
extern const struct strategy_means strategy_means;

/*
 * Tries the ways in their order until one is taken, and fills *result. Like a supervisor's start functions, this may
 * return in two processes; result->start says in which one. In the process that becomes the program, the environment
 * contains the preload if it is needed.
 */
void strategy_start(const struct strategy_means *means, const struct strategy_wanted *wanted,
		    struct strategy_result *result);

/*
 * The calls that filters refuse to a program: with STRATEGY_NOTHING as multiplexed calls, with other ways as direct
 * ones. Bit 1u << N is the call with number N.
 */
uint32_t strategy_refused_calls(const struct strategy_result *result);

/* Why there is no supervisor with a listener; null if that wasn't tried, or wasn't refused. */
const struct supervisor_refusal *strategy_why_not_patched(const struct strategy_result *result);

#endif
