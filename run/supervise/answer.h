/* SPDX-License-Identifier: MIT
 * How a thread that waits for the supervisor goes on. What deals with a call or a stop returns this; one place each, in
 * by_listener.c and by_ptrace.c, makes it so. */
#ifndef SUPERVISE_ANSWER_H
#define SUPERVISE_ANSWER_H

/* A call that was reported by the listener. */
enum call_answer {
	CALL_CONTINUE, /* the kernel makes the call as if nothing had been */
	CALL_ANSWERED, /* the call has got its answer already */
	CALL_REFUSE,   /* its result is ENOSYS */
	/* The thread, which was attached to, stops, and then … */
	CALL_TURN,   /* multiplexed_in_stopped() has the call made directly */
	CALL_MARK,   /* socket_call_in_stopped() leaves its call to the filters */
	CALL_REPEAT, /* filter_load_in_stopped() makes the call in it */
};

/* A thread that has stopped for its tracer. */
struct resumption {
	enum {
		RESUME_CONTINUE, /* it runs on, and gets `signal`, if that isn't 0 */
		RESUME_LISTEN,   /* job control has stopped its process: it stays stopped until it gets SIGCONT */
		RESUME_NONE,     /* nothing is to be done: it runs on already, or it is gone */
	} how;
	int signal;
};

#endif
