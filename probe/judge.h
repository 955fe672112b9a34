/* SPDX-License-Identifier: MIT
 *
 * Judging doors: was an answer given by a filter or by the kernel? Nothing is attempted here.
 *
 * A cell is a family at a door. Each cell is tried twice. The first attempt sets a flag bit in the type that does not
 * exist. The kernel answers EINVAL to it before it looks at the family (net/socket.c, __sys_socket and
 * __sys_socketpair; io_uring/net.c, io_socket_prep), so every other answer comes from a filter. The second attempt has
 * a valid type. If the kernel answered the first one, then it answered the second one too, with a socket or an error.
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

/* The answer to a question about the kernel, which is derived from answers that a filter may have invented. */
enum doors_truth {
	DOORS_NO,
	DOORS_YES,
	DOORS_CANT_TELL, /* the answers do not decide it */
};

/* How an attempt ended. */
enum doors_how {
	DOORS_UNASKED,   /* no attempt was made */
	DOORS_RETURNED,  /* with `value` */
	DOORS_PRETENDED, /* with a `value` of 0 or more, but there is no socket: a filter answered ERRNO(0) */
	DOORS_TRAPPED,   /* SIGSYS came to the child's handler */
	DOORS_KILLED,    /* the child died of SIGSYS */
	DOORS_FAULTED,   /* SIGSEGV: the kernel has no such entry (`int $0x80` without IA-32 emulation) */
	DOORS_SILENT,    /* no answer came in time */
	DOORS_DIED,      /* the child ended in another way; `value` is the signal, or 0 */
};

/* The last of its steps that an attempt by io_uring reached. */
enum doors_where { DOORS_AT_SETUP, DOORS_AT_MMAP, DOORS_AT_ENTER, DOORS_AT_OPERATION };

struct doors_answer {
	enum doors_how how;
	enum doors_where where;
	int value; /* as the kernel returns it: 0 or more, or -errno */
};

/* Facts about the kernel and its filters, each from an attempt of its own. */
struct doors_kernel {
	struct doors_answer filter;       /* prctl(PR_GET_SECCOMP): 0 where no filter is loaded */
	struct doors_answer filter_check; /* prctl() of an operation that doesn't exist: EINVAL unless a filter lies */
	struct doors_answer invalid;      /* an invalid type for AF_UNIX: only an emulator gives a socket */
	struct doors_answer release;      /* kernel_release(): abi/kernel.h */
	struct doors_answer i386;         /* i386's getpid */
	struct doors_answer x32;          /* x32's getpid */
	struct doors_answer call_0;       /* socketcall with call 0: EINVAL from the kernel */
	struct doors_uring {
		struct doors_answer setup;  /* io_uring_setup for 0 entries: EINVAL where the call is allowed */
		struct doors_answer enter;  /* io_uring_enter on descriptor -1: EBADF where the kernel has it */
	} uring, uring_i386, uring_x32;     /* at each of io_uring's doors */
	struct doors_answer uring_disabled; /* the sysctl kernel.io_uring_disabled, where /proc has it */
};

enum doors_state {
	DOORS_NONE,    /* the call cannot be made at this door */
	DOORS_OPEN,    /* a socket was created */
	DOORS_REFUSED, /* by a filter, with `error`; 0 if the call "succeeded" without a socket */
	DOORS_KILL,    /* by a filter that kills */
	DOORS_TRAP,    /* by a filter that sends SIGSYS */
	DOORS_MUTE,    /* by a filter's listener that doesn't answer */
	DOORS_DENIED,  /* allowed by the filters, refused by the kernel: an LSM, a missing capability; `error` */
	DOORS_BARRED,  /* refused by a filter or by the kernel; the answers do not show which; `error` */
	DOORS_MISSING, /* allowed by the filters, but the kernel has no such family, or not this type; `error` */
	DOORS_ABSENT,  /* this kernel does not have the door */
	DOORS_UNKNOWN, /* the answers contradict each other (a filter looks at the type), or there was no memory */
};

struct doors_cell {
	enum doors_state state;
	int error;                          /* an errno, 0 where there is none */
	struct doors_answer invalid, valid; /* of the attempts with an invalid and with a valid type */
};

/* A family at all doors. */
struct doors_row {
	struct doors_cell cell[DOORS_COUNT];
};

struct doors_asked {
	bool pair;       /* socketpair, not socket */
	bool type_known; /* a kernel that has the family does not answer EINVAL to this type and protocol */
	/*
	 * The arguments may name another family, which the kernel converts (abi/conversions.def): the first
	 * KERNEL_RELEASE() (abi/kernel.h) that does. 0 where they name the family itself.
	 */
	int converts_since;
};

/* Sets the state of each cell of a row by the cells' answers. A cell without an attempt gets DOORS_NONE. */
void doors_judge(struct doors_row *row, const struct doors_kernel *kernel, const struct doors_asked *asked);

/*
 * Compares two rows that were judged: a family's own, and that of a conversion into it. The kernel has the family or
 * does not have it, whichever way it is asked; where the rows disagree, a filter gave one of the answers.
 */
void doors_compare_converted(struct doors_row *own, struct doors_row *converted);

/* Whether the cell is closed, or its door does not exist. A cell whose kernel lacks the family is not closed. */
bool doors_is_closed(const struct doors_cell *cell);

/*
 * Whether all doors that exist agree, in all of these rows (null pointers are skipped): either all allow the family,
 * with one outcome, or all are closed, in whatever way.
 */
bool doors_agree(const struct doors_row *const *rows, size_t count);

/*
 * A bit (1u << door) for each door of `row` that allows what the front door refuses. The front door is DOORS_NATIVE in
 * `own`, the family's own row. `row` may be the same row, or that of a conversion.
 */
unsigned doors_around(const struct doors_row *own, const struct doors_row *row);

/* A bit for each door of `row` that is closed although the front door, in `own`, allows the family. */
unsigned doors_narrower(const struct doors_row *own, const struct doors_row *row);

/* Whether the door is io_uring, by whichever entry. */
bool doors_is_uring(enum doors_door door);

/* Whether a seccomp filter is loaded. */
enum doors_truth doors_filtered(const struct doors_kernel *kernel);

/* Whether the kernel has the door's entry, whatever it answers to socket calls. */
enum doors_truth doors_there(enum doors_door door, const struct doors_kernel *kernel);

/* Whether socketpair(2) can be made at that door. */
bool doors_has_pair(enum doors_door door);

/*
 * Whether one of the twenty calls reached the kernel. At DOORS_SOCKETCALL it was made with a block that cannot be read,
 * which the kernel answers with EFAULT; at DOORS_I386 with an invalid type (EINVAL) or descriptor (EBADF).
 */
bool doors_call_through(enum doors_door door, int call, const struct doors_answer *answer);

#endif
