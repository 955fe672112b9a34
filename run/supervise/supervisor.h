/* SPDX-License-Identifier: MIT
 *
 * run/supervise: runs a program and all processes that descend from it (the tree), and patches each 32-bit program of
 * the tree when it starts (run/patch/). The supervisor is a process that the kernel notifies of each start. It stands
 * beside the tree or above it, and is notified by a seccomp listener or by ptrace(2). This header declares the
 * functions that start one.
 *
 *	beside.c              starts a supervisor beside the tree, with a listener
 *	guard.[ch]            the two processes of a supervisor beside the tree, and how one replaces the other
 *	reaper.[ch]           collects dead supervisors where process 1 doesn't collect orphans
 *	above.c, face.[ch]    start a supervisor above the tree, with a listener or ptrace; the face, its parent
 *	handshake.[ch]        what the program's process and the supervisor agree on before the program starts
 *	message.[ch]          the messages that the processes of a start send each other
 *	needed.[ch]           tries the system calls without which no supervisor works
 *	surroundings.[ch]     keeps the supervisor away from the tree's terminal, session and descriptors
 *	confine.[ch]          enforces a policy in the tree, and in the supervisor itself
 *	by_listener.[ch]      serves a tree by its listener
 *	by_ptrace.[ch]        serves a tree by its ptrace stops
 *	filter_loads.[ch]     extends seccomp filters that programs load
 *	socket_calls.[ch]     asks the options' judge() about sockets that programs create
 *	multiplexed.[ch]      turns reported multiplexed calls into direct ones
 *	int80.[ch]            turns trapped multiplexed calls that a program makes by its own `int $0x80`
 *	answer.h              the ways in which a reported call or a stop is answered
 *	state.[ch]            struct supervisor: what the supervisor remembers between calls or stops
 */
#ifndef SUPERVISE_SUPERVISOR_H
#define SUPERVISE_SUPERVISOR_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct filter_load;

/* What the supervisor has done for one process, or was not able to do. */
enum supervisor_event_kind {
	SUPERVISOR_PATCHED,         /* its vDSO was patched, and `stubs` stubs of glibc and `go` of Go */
	SUPERVISOR_PATCHED_LATE,    /* `stubs` and `go` stubs were patched in code that was mapped after its start */
	SUPERVISOR_NOT_PATCHED,     /* it couldn't be patched, or its calls can't be turned, because of `error` */
	SUPERVISOR_NO_VDSO,         /* it has no 32-bit vDSO, because the kernel maps none (vdso32=0) */
	SUPERVISOR_NATIVE,          /* it is a 64-bit program, which makes no multiplexed calls */
	SUPERVISOR_FILTER_EXTENDED, /* its filter was extended when it loaded it: filter_loads.h */
	SUPERVISOR_FILTER_LEFT,     /* the filter that it loaded couldn't be extended, because of `error` */
	SUPERVISOR_INT80_TURNED,    /* its first multiplexed call by an `int $0x80` of its own was turned */
	SUPERVISOR_TREE_ENDED,   /* the last event: the tree has ended. Twice if a server is killed after the first */
	SUPERVISOR_MULTIPLEXED,  /* options.audit: it made a multiplexed call, which was let through */
	SUPERVISOR_CALL_UNKNOWN, /* it made a call that another filter than ours reported here: the call got ENOSYS */
};

struct supervisor_event {
	enum supervisor_event_kind kind;
	pid_t pid; /* 0: the event is about the whole tree, or the process isn't in the supervisor's PID namespace */
	int error; /* -errno */
	unsigned stubs, go;
	bool only_calls_reported; /* SUPERVISOR_TREE_ENDED: starts weren't reported, only multiplexed calls */
	bool has_other; /* SUPERVISOR_PATCHED: it seems to contain an `int $0x80` of its own, which isn't patched */
};

/*
 * Called in the supervisor's process for each event. The supervisor keeps its standard error open for this function. If
 * a server is killed in this function or before it has answered the call, the event may come again. An event that says
 * that a program was patched may instead be lost, because the next server finds the program patched.
 */
typedef void supervisor_on_event(void *context, const struct supervisor_event *event);

/*
 * Called in the supervisor's process for each socket() and socketpair() that a process of the tree is about to make;
 * and, with options.socketcall_reported, for each multiplexed call that can't be turned into a direct one. `call` is
 * the kernel's copy of the call's registers, so the program can't change it after the decision. For a multiplexed call
 * it contains the number of the call, 1 to 20, but no words, because those are in memory. `pid` is the thread's number,
 * or 0 if the thread isn't in the supervisor's PID namespace. Returns a seccomp verdict: SECCOMP_RET_ALLOW,
 * SECCOMP_RET_LOG, SECCOMP_RET_ERRNO with the errno as its data, or a verdict that kills or traps.
 */
typedef uint32_t supervisor_judge(void *context, pid_t pid, const struct seccomp_data *call);

/*
 * The policy that confines a tree. Every process of the tree gets no_new_privs and the filter before the program
 * starts. The supervisor's processes get both, too, and become not dumpable.
 */
struct supervisor_confinement {
	/*
	 * The filter refuses socketcall with an errno. With options.socketcall_reported the supervisor's own
	 * instructions come before it and report socketcall, because the errno would take precedence over a report.
	 */
	const struct sock_filter *filter;
	int length; /* in instructions */
	/*
	 * The filter refuses sendmsg() or recvmsg(). A listener is passed from one process to another by these calls,
	 * so a supervisor with a listener can't be started.
	 */
	bool forbids_passing;
};

/*
 * The result of patching the program that started last: SUPERVISOR_PATCHED, SUPERVISOR_NOT_PATCHED with `error`, or
 * SUPERVISOR_NO_VDSO.
 */
struct supervisor_outcome {
	bool known;
	enum supervisor_event_kind kind;
	int error;
};

struct supervisor_options {
	supervisor_on_event *on_event; /* null: no events, and 64-bit programs aren't reported */
	void *context; /* for on_event() and judge(), which see the supervisor's copy of this process' memory */
	struct supervisor_outcome *outcome; /* null, or shared with the supervisor's process, which writes it */
	const struct supervisor_confinement *confinement; /* null: no policy confines the tree */
	supervisor_judge *judge; /* null: sockets aren't judged. Otherwise a listener is needed */
	uint32_t socket_mark;    /* supervisor_new() sets it, at random: see filter_sockets() */
	const int *keep;         /* descriptors above 2 that the supervisor keeps open for on_event() and judge() */
	unsigned keep_count;
	/*
	 * By listener only. Multiplexed calls are reported instead of program starts. Each program is patched at its
	 * first multiplexed call, whatever code makes it, and that call is turned into a direct one (multiplexed.h). If
	 * an outer filter answers socketcall with an errno, that takes precedence over a report, and no call is ever
	 * reported. If the supervisor may not trace the program, starts are reported as well, and a multiplexed call of
	 * code that isn't patched gets ENOSYS.
	 */
	bool socketcall_reported;
	/*
	 * Null; or called instead of filter_load_examine(), and fills load->examined. For a process that must not
	 * examine a program's filter itself, because the program chose its instructions. Returns 0 or -errno.
	 */
	int (*examine)(void *context, struct filter_load *load);
	bool audit;        /* each program's first multiplexed call is an event, and all calls are let through */
	bool tells_closed; /* SUPERVISOR_NOT_PATCHED also for 64-bit programs whose multiplexed calls get ENOSYS */
	/* Null; or called after each answer, with the time since the supervisor began to receive the call. */
	void (*answered)(void *context, uint64_t nanoseconds);
};

/* Why no supervisor can be started for a tree. */
struct supervisor_refusal {
	enum supervisor_obstacle {
		SUPERVISOR_NO_PROCESS,  /* the supervisor's processes can't be started or can't communicate */
		SUPERVISOR_NO_MEMORY,   /* the supervisor may not read and write a program's memory */
		SUPERVISOR_NO_LISTENER, /* a seccomp filter with a listener can't be loaded */
		SUPERVISOR_NO_TRACING,  /* the supervisor may not trace its child */
		SUPERVISOR_NO_FILTER,   /* a seccomp filter can't be loaded */
	} obstacle;
	int error;     /* -errno */
	unsigned call; /* the system call that an outer filter refuses, for needed_name(); or 0 */
};

/* A start function forks. This says which process it returned in, and what that process must do. */
enum supervisor_start {
	SUPERVISOR_BECOME_PROGRAM, /* in the program's process: exec the program now */
	SUPERVISOR_PROGRAM_ENDED,  /* in the calling process: the program has ended, and its wait status is known */
	SUPERVISOR_REFUSED,        /* in the calling process, which is as it was before: the refusal says why */
};

/*
 * Beside: the calling process becomes the program, and keeps its number, parent, process group, terminal and signals.
 * The supervisor is in a session of its own. No process of the tree is its parent or its child, with one exception:
 * process 1 would adopt the supervisor as an orphan and see its end, so if the program is process 1, the supervisor is
 * its quiet child (process/child.h). The supervisor must be permitted to write the memory of processes that aren't its
 * descendants. Never returns SUPERVISOR_PROGRAM_ENDED.
 */
enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal);

/*
 * Above: the program is a child of the supervisor, which is a child of the calling process. The calling process
 * forwards signals to the program, and stops, continues and ends as the program does (face.h). The supervisor adopts
 * and reaps orphans, and serves until no process of the tree is left. This is for users who want an init as process 1,
 * and for systems where Yama permits a process to write only its descendants' memory. *status is set with
 * SUPERVISOR_PROGRAM_ENDED.
 */
enum supervisor_start supervisor_above(const struct supervisor_options *options, int *status,
				       struct supervisor_refusal *refusal);

/*
 * Like supervisor_above(), but by ptrace(2): every process of the tree is traced, and patched when it calls exec. Its
 * libraries aren't mapped at that time, so glibc's cancellation stub is patched in static programs only. A process has
 * only one tracer, so programs of the tree can't trace each other.
 *
 * If a filter can be loaded, it stops programs that load filters of their own (filter_loads.h). With `int80`, another
 * filter traps multiplexed calls, so that those by an `int $0x80` of the program's own are turned into direct ones
 * (int80.h).
 */
enum supervisor_start supervisor_by_ptrace(bool int80, const struct supervisor_options *options, int *status,
					   struct supervisor_refusal *refusal);

#endif
