/* SPDX-License-Identifier: MIT
 *
 * Judging doors: what the answers to attempts say of who gave them, a filter or the kernel. Nothing is attempted here.
 *
 * Each cell, a family at a door, is asked for twice. The first time the type has a flag bit that doesn't exist, which
 * makes the kernel answer EINVAL before it looks at the family (net/socket.c, __sys_socket and __sys_socketpair;
 * io_uring/net.c, io_socket_prep), so every other answer comes from a filter, whatever its errno. The second time all
 * is as it should be: now a socket, or the kernel's own refusal, comes from behind the filter.
 */
#ifndef PROBE_JUDGE_H
#define PROBE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/abi.h"

/* The doors of probe/doors.def, from 0. DOORS_COUNT isn't one of them, so that a switch needs no case for it. */
enum doors_door {
#define DOOR(NAME, name, text, advice) DOORS_##NAME,
#include "probe/doors.def"
#undef DOOR
};
enum {
	DOORS_COUNT = 0
#define DOOR(NAME, name, text, advice) +1
#include "probe/doors.def"
#undef DOOR
};

/* What is known of something, from answers that a filter may have made up. */
enum doors_truth {
	DOORS_NO,
	DOORS_YES,
	DOORS_CANT_TELL, /* the answers don't show it */
};

/* How an attempt came out. */
enum doors_how {
	DOORS_UNASKED,
	DOORS_RETURNED,  /* with `value` */
	DOORS_PRETENDED, /* with a `value` of 0 or more where no socket was */
	DOORS_TRAPPED,   /* SIGSYS, to a handler */
	DOORS_KILLED,    /* by SIGSYS */
	DOORS_FAULTED,   /* SIGSEGV: the processor or the kernel doesn't know the instruction's entry */
	DOORS_SILENT,    /* nothing, for as long as was waited */
	DOORS_DIED,      /* otherwise; `value` is the signal, or 0 */
};

/* Which of its calls an attempt by io_uring came to. */
enum doors_where { DOORS_AT_SETUP, DOORS_AT_MMAP, DOORS_AT_ENTER, DOORS_AT_OPERATION };

struct doors_answer {
	enum doors_how how;
	enum doors_where where;
	int value; /* as the kernel returns it: 0 or more, or -errno */
};

/* What is known of the kernel besides, each by an attempt of its own. */
struct doors_kernel {
	struct doors_answer filter;       /* prctl(PR_GET_SECCOMP): 0 where no filter is loaded */
	struct doors_answer filter_check; /* prctl() of an operation that doesn't exist: EINVAL unless a filter lies */
	struct doors_answer invalid;      /* an invalid type for AF_UNIX: a socket only from what isn't Linux itself */
	struct doors_answer release;      /* kernel_release(): abi/kernel.h */
	struct doors_answer i386;         /* i386's getpid */
	struct doors_answer x32;          /* x32's getpid */
	struct doors_answer call_0;       /* socketcall with call 0: EINVAL from the kernel */
	struct doors_uring {
		struct doors_answer setup;  /* io_uring_setup for no entry: EINVAL where it can be had and is allowed */
		struct doors_answer enter;  /* io_uring_enter on descriptor -1: EBADF where the kernel has it */
	} uring, uring_i386, uring_x32;     /* by each of io_uring's doors */
	struct doors_answer uring_disabled; /* the sysctl kernel.io_uring_disabled, where /proc has it */
};

enum doors_state {
	DOORS_NONE,    /* the call isn't one of this door's */
	DOORS_OPEN,    /* a socket was had */
	DOORS_REFUSED, /* by a filter, with `error`, which may be 0: the call "succeeded" without a socket */
	DOORS_KILL,    /* by a filter that kills */
	DOORS_TRAP,    /* by a filter that sends SIGSYS */
	DOORS_MUTE,    /* by a filter's listener that doesn't answer */
	DOORS_DENIED,  /* by the kernel, behind the filter: an LSM or a missing capability; `error` */
	DOORS_BARRED,  /* by a filter or behind it, which can't be told here; `error` */
	DOORS_MISSING, /* let through, but the kernel has no such family here, or not the tried type; `error` */
	DOORS_ABSENT,  /* the door isn't there */
	DOORS_UNKNOWN, /* the answers contradict each other (a filter looks at the type too), or no room to try */
};

struct doors_cell {
	enum doors_state state;
	int error;                          /* an errno, 0 where there is none */
	struct doors_answer invalid, valid; /* what the state was made from */
};

/* A family at all doors. */
struct doors_row {
	struct doors_cell cell[DOORS_COUNT];
};

struct doors_asked {
	bool pair;       /* socketpair, not socket */
	bool type_known; /* type and protocol are such that a kernel which has the family doesn't answer EINVAL */
	/*
	 * The first KERNEL_RELEASE() (abi/kernel.h) that makes a socket of the family from these arguments, which name
	 * another one (abi/conversions.def); 0 where they name the family itself.
	 */
	int converts_since;
};

/* Sets the states of a row from its cells' answers. A cell that nothing was asked of is DOORS_NONE. */
void doors_judge(struct doors_row *row, const struct doors_kernel *kernel, const struct doors_asked *asked);

/*
 * Compares a row that was judged, of what the kernel converts into the family, with the family's own, which was judged,
 * too. The kernel has the family or doesn't, whichever way it is asked.
 */
void doors_compare_converted(struct doors_row *own, struct doors_row *converted);

/* No family is let through at this cell: it is closed, or the door isn't there. What only lacks the family isn't
 * closed. */
bool doors_is_closed(const struct doors_cell *cell);

/* The doors that are there came to the same in all of these rows, of which each may be a null pointer: all let the
 * family through, with one outcome, or all are closed, however. */
bool doors_agree(const struct doors_row *const *rows, size_t count);

/*
 * A bit (1u << door) for each of the row's doors that lets through what the front door refuses. The front door is that
 * of `own`, the family's own row, which `row` may be as well.
 */
unsigned doors_around(const struct doors_row *own, const struct doors_row *row);

/* A bit for each door of the row that is closed to what the kernel was reached with at the front door, of `own`. */
unsigned doors_narrower(const struct doors_row *own, const struct doors_row *row);

/* Whether that door is io_uring, by whichever entry. */
bool doors_is_uring(enum doors_door door);

/* Whether a seccomp filter is loaded. */
enum doors_truth doors_filtered(const struct doors_kernel *kernel);

/* Whether the kernel has the door's entry at all, whatever becomes of sockets there. */
enum doors_truth doors_there(enum doors_door door, const struct doors_kernel *kernel);

/* Can socketpair(2) be made by that door? */
bool doors_has_pair(enum doors_door door);

/*
 * Whether one of the twenty calls came to the kernel by DOORS_SOCKETCALL or, directly, by DOORS_I386, when it was made
 * with a block that can't be read (EFAULT), or with a type (EINVAL) or descriptor (EBADF) that isn't one.
 */
bool doors_call_through(enum doors_door door, int call, const struct doors_answer *answer);

#endif
