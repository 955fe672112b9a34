/* SPDX-License-Identifier: MIT
 * How a thread that waits for the supervisor goes on. The functions that deal with a call or a stop only return one of
 * these; a single place in by_listener.c, and one in by_ptrace.c, carries it out. */
#ifndef SUPERVISE_ANSWER_H
#define SUPERVISE_ANSWER_H

/* A call that was reported by the listener. */
enum call_answer {
	CALL_CONTINUE, /* the kernel makes the call as if it hadn't been reported */
	CALL_ANSWERED, /* the call has been answered already */
	CALL_REFUSE,   /* the call fails with ENOSYS */
	/* This process has attached to the thread, which stops; then … */
	CALL_TURN,   /* multiplexed_in_stopped() makes the thread repeat the call as a direct one */
	CALL_MARK,   /* socket_call_in_stopped() has the filters judge the call */
	CALL_REPEAT, /* filter_load_in_stopped() makes the call in the thread */
};

/* How a thread goes on that has stopped for its tracer. */
struct resumption {
	enum {
		RESUME_CONTINUE, /* it continues, with `signal` delivered unless that is 0 */
		RESUME_LISTEN, /* job control has stopped its process: PTRACE_LISTEN, it stays stopped until SIGCONT */
		RESUME_NONE,   /* no ptrace request: it runs already, or it has ended */
	} how;
	int signal;
};

#endif
