/* SPDX-License-Identifier: MIT
 *
 * run/supervise: runs a program and all that it starts, a tree of processes, so that each 32-bit program in it is
 * patched when it starts (run/patch/). The supervisor is a process that the kernel tells of each start. This header
 * has what starts one. There are two places for it, beside the tree or above it, and two ways to be told, a seccomp
 * listener or ptrace:
 *
 *	beside.c              starts a supervisor beside the tree, by listener
 *	guard.[ch]            why a supervisor beside the tree is two processes, and how one replaces the other
 *	reaper.[ch]           where process 1 collects no orphans: who does instead
 *	above.c, face.c       starts one above it, by either, and what whoever started it sees then
 *	handshake.[ch]        how the tree's first process and the supervisor come together; message.[ch], what they say
 *	needed.[ch]           the calls that none of them can do without
 *	surroundings.[ch]     how the supervisor keeps out of the tree's way
 *	confine.[ch]          how a policy is enforced in the tree, and in the supervisor itself
 *	by_listener.[ch]      serves a tree by its listener
 *	by_ptrace.[ch]        serves a tree by its stops under ptrace
 *	filter_loads.[ch]     programs that load seccomp filters of their own
 *	socket_calls.[ch]     sockets that programs make, for the options' judge()
 *	int80.[ch]            multiplexed calls by an `int $0x80` of a program's own
 *	answer.h              how a call or a stop is answered
 *	state.[ch]            struct supervisor: what is remembered from one call or stop to the next
 */
#ifndef SUPERVISE_SUPERVISOR_H
#define SUPERVISE_SUPERVISOR_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct filter_load;

/* Something that the supervisor has done, or found that it can't do, for one process. */
enum supervisor_event_kind {
	SUPERVISOR_PATCHED,         /* its vDSO was patched, and `stubs` of glibc and `go` stubs in its texts */
	SUPERVISOR_PATCHED_LATE,    /* so were `stubs` and `go` stubs in code that appeared after its start */
	SUPERVISOR_NOT_PATCHED,     /* it couldn't be patched, for `error`: as struct patch_result's */
	SUPERVISOR_NO_VDSO,         /* it has no 32-bit vDSO: the kernel gave it none (vdso32=0) */
	SUPERVISOR_NATIVE,          /* it is a 64-bit program, which makes no multiplexed calls */
	SUPERVISOR_FILTER_EXTENDED, /* its own filter, just loaded, now answers direct calls like multiplexed ones */
	SUPERVISOR_FILTER_LEFT,     /* its own filter, just loaded, couldn't be extended, for `error` */
	SUPERVISOR_INT80_TURNED,    /* its first multiplexed call by an `int $0x80` was turned into a direct call */
	SUPERVISOR_TREE_ENDED,   /* the last event: the tree's last process has ended. May come twice, after a kill */
	SUPERVISOR_MULTIPLEXED,  /* options.audit: it has made a multiplexed call, which was let through */
	SUPERVISOR_CALL_UNKNOWN, /* it has made a call that was reported, but isn't one to be dealt with here */
};

struct supervisor_event {
	enum supervisor_event_kind kind;
	pid_t pid; /* 0: of the tree, or of a process that isn't in the supervisor's PID namespace */
	int error; /* -errno */
	unsigned stubs, go;
	bool calls_alone; /* SUPERVISOR_TREE_ENDED: of 32-bit programs only those with multiplexed calls were told of */
	bool has_other;   /* SUPERVISOR_PATCHED: it seems to make calls by an `int $0x80`, which aren't reached */
};

/* Called in the supervisor's process, whose standard error is kept for it. */
typedef void supervisor_report(void *context, const struct supervisor_event *event);

/*
 * Called in the supervisor's process for each socket() and socketpair() that a process of the tree is about to make,
 * and, where multiplexed calls are reported, for each of these that can't be turned into a direct one. `call` is what
 * the kernel holds of it: its words are in registers, which nobody can change meanwhile; of a multiplexed call they say
 * which of the twenty it is, and nothing else. `pid` is the thread's number, or 0 if it isn't in the supervisor's PID
 * namespace. Returns what a seccomp filter would: SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with its data, or what kills or
 * traps.
 */
typedef uint32_t supervisor_judge(void *context, pid_t pid, const struct seccomp_data *call);

/*
 * A policy that a tree is confined by. Every process of the tree gets no_new_privs and the filter before the program
 * starts; so do the supervisor's own processes, which become not dumpable as well.
 */
struct supervisor_confinement {
	/* Refuses socketcall with an errno. Where the supervisor has that reported, its own filter comes first. */
	const struct sock_filter *filter;
	int length; /* in instructions */
	/*
	 * It refuses sendmsg() or recvmsg(), by which a listener is passed from one process to another: without these
	 * there is no supervisor with a listener.
	 */
	bool no_passing;
};

/* What came of patching the program that started last: SUPERVISOR_PATCHED, _NOT_PATCHED with `error`, or _NO_VDSO. */
struct supervisor_outcome {
	bool known;
	enum supervisor_event_kind kind;
	int error;
};

struct supervisor_options {
	supervisor_report *report; /* null: nothing is reported, and 64-bit programs don't wait for the supervisor */
	void *context; /* for report() and judge(), in the supervisor's process, which has a copy of all memory */
	struct supervisor_outcome *outcome; /* null, or shared with the supervisor's process, which writes there */
	const struct supervisor_confinement *confinement; /* null: the tree may do what it could without supervisor */
	supervisor_judge *judge; /* null: sockets are made without the supervisor. Needs a listener */
	uint32_t socket_mark;    /* supervisor_new() chooses it: see filter_sockets() */
	const int *keep;         /* descriptors for report() and judge(), above the standard ones */
	unsigned keep_count;
	/*
	 * By listener only. Multiplexed calls are reported, instead of program starts: each program is patched at its
	 * first multiplexed call, whatever code makes it, and that call is turned into a direct one (multiplexed.h). If
	 * an outer filter answers socketcall with an errno, that takes precedence, and nothing is ever reported. Where
	 * the supervisor may not trace the program, starts are reported as well, and a multiplexed call of code that
	 * isn't patched gets ENOSYS.
	 */
	bool socketcall_reported;
	/*
	 * Null; or fills load->examined in this process' stead (filter_load_examine()), because what programs load
	 * isn't to be looked at here. 0 or -errno.
	 */
	int (*examine)(void *context, struct filter_load *load);
	bool audit;         /* multiplexed calls are told of, once a process, and let through */
	bool report_closed; /* report() is told of 64-bit programs, too, whose multiplexed calls get ENOSYS */
	/* Null; or called behind each answer, with the time that has passed since the call was received. */
	void (*answered)(void *context, uint64_t nanoseconds);
};

/* Why a tree can't be supervised. */
struct supervisor_refusal {
	enum supervisor_obstacle {
		SUPERVISOR_NO_PROCESS,  /* the processes that it takes can't be started or can't talk to each other */
		SUPERVISOR_NO_MEMORY,   /* a program's memory may not be read and written */
		SUPERVISOR_NO_LISTENER, /* a seccomp filter with a listener can't be loaded */
		SUPERVISOR_NO_TRACING,  /* a child may not be traced */
		SUPERVISOR_NO_FILTER,   /* a seccomp filter can't be loaded */
	} obstacle;
	int error;     /* -errno */
	unsigned call; /* which system call an outer filter refuses: needed_name(); or 0 */
};

/* Which process a start function returned in, and what that process is to do. */
enum supervisor_start {
	SUPERVISOR_BECOME_PROGRAM, /* in the program's process: exec the program now */
	SUPERVISOR_PROGRAM_ENDED,  /* in the calling process: the program has ended, and its wait status is known */
	SUPERVISOR_REFUSED,        /* in the calling process, which is as it was before: the refusal says why */
};

/*
 * Beside: the calling process becomes the program; its number, parent, process group, terminal and signals stay as
 * they are. The supervisor is in a session of its own, and no process of the tree is its parent or its child; but of
 * process 1, which adopts every orphan, it is a quiet child (process/child.h). It must be permitted to write the memory
 * of processes that aren't its descendants. Never SUPERVISOR_PROGRAM_ENDED.
 */
enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal);

/*
 * Above: the program is a child of the supervisor, which is a child of the calling process. The calling process
 * passes on signals, stops, goes on and ends as the program does (face.h). The supervisor adopts and reaps orphans,
 * and serves until none is left. For who wants an init as process 1, and where Yama permits writing the memory of
 * descendants only.
 * *status is written with SUPERVISOR_PROGRAM_ENDED.
 */
enum supervisor_start supervisor_above(const struct supervisor_options *options, int *status,
				       struct supervisor_refusal *refusal);

/*
 * As supervisor_above(), but by ptrace(2): every process of the tree is traced, and patched when it execs. Its
 * libraries aren't mapped then, so glibc's cancellation stub is reached in static programs only. Programs of the
 * tree can't trace each other.
 *
 * A filter, if it can be loaded, stops programs when they load filters of their own (filter_loads.h). With `int80`,
 * another filter traps multiplexed calls, so that those by an `int $0x80` of a program's own are turned into direct
 * ones (int80.h).
 */
enum supervisor_start supervisor_by_ptrace(bool int80, const struct supervisor_options *options, int *status,
					   struct supervisor_refusal *refusal);

#endif
